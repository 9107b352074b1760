"""AdamW for vectors and tables, Muon (Jordan et al. 2024) for the matrices inside layers: fewer steps to the same loss."""

import torch
import torch.distributed as distributed


@torch.no_grad()
def orthogonal(stack):
    """Nearest to an orthogonal matrix, for each of `[count, rows, columns]`: five steps of Newton and Schulz in bfloat16."""
    wide = stack.shape[1] <= stack.shape[2]
    x = (stack if wide else stack.transpose(1, 2)).bfloat16()
    x = x / (x.flatten(1).norm(dim=1).view(-1, 1, 1) + 1e-7)
    for _ in range(5):
        square = x @ x.transpose(1, 2)
        x = 3.4445 * x + (-4.775 * square + 2.0315 * (square @ square)) @ x
    return (x if wide else x.transpose(1, 2)).float()


class Muon:
    """Momentum whose update is made orthogonal; matrices of one shape go together, each process takes its share of them."""

    def __init__(self, parameters, decay, rank=0, world=1, momentum=0.95):
        shapes = {}
        for parameter in parameters:
            shapes.setdefault(tuple(parameter.shape), []).append(parameter)
        self.groups = [(p, torch.zeros(len(p), *shape, device=p[0].device)) for shape, p in shapes.items()]
        self.decay, self.momentum, self.rank, self.world = decay, momentum, rank, world

    @torch.no_grad()
    def step(self, rate):
        updates = []
        for parameters, memory in self.groups:
            gradient = torch.stack([p.grad for p in parameters])
            memory.lerp_(gradient, 1 - self.momentum)
            ahead = gradient.lerp(memory, self.momentum)
            update = torch.zeros_like(memory)
            update[self.rank :: self.world] = orthogonal(ahead[self.rank :: self.world])
            updates.append(update)
        if self.world > 1 and updates:
            flat = torch.cat([update.flatten() for update in updates])
            distributed.all_reduce(flat)
            updates = [part.view_as(update) for part, update in zip(flat.split([u.numel() for u in updates]), updates)]
        for (parameters, _), update in zip(self.groups, updates):
            # As long as AdamW's steps usually are, so that learning rates compare (Liu et al. 2025).
            size = 0.2 * max(update.shape[1:]) ** 0.5
            for parameter, change in zip(parameters, update):
                parameter.mul_(1 - rate * self.decay).sub_(change, alpha=rate * size)

    def state_dict(self):
        return [memory for _, memory in self.groups]

    def load_state_dict(self, memories):
        for (_, memory), kept in zip(self.groups, memories):
            memory.copy_(kept)


class Both:
    """Tables, vectors and heads by AdamW, matrices by Muon at `matrices` times its learning rate."""

    def __init__(self, model, decay, matrices=1.0, rank=0, world=1, betas=(0.9, 0.98)):
        self.matrices = matrices
        inner = [p for name, p in model.named_parameters() if p.ndim == 2 and ".layer" in name]
        known = {id(p) for p in inner}
        others = [p for p in model.parameters() if id(p) not in known]
        groups = [{"params": [p for p in others if p.ndim > 1], "weight_decay": decay}, {"params": [p for p in others if p.ndim < 2], "weight_decay": 0.0}]
        self.adam = torch.optim.AdamW(groups, lr=0.0, betas=betas, eps=1e-6, fused=True)
        self.muon = Muon(inner, decay, rank, world)

    def step(self, rate):
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.step()
        self.muon.step(rate * self.matrices)
        self.adam.zero_grad()
        for parameters, _ in self.muon.groups:
            for parameter in parameters:
                parameter.grad = None

    def state_dict(self):
        return {"adam": self.adam.state_dict(), "muon": self.muon.state_dict()}

    def load_state_dict(self, state):
        self.adam.load_state_dict(state["adam"])
        self.muon.load_state_dict(state["muon"])
