#!/usr/bin/env python3
"""What PyTorch makes of the networks that the lessons write out by hand.

Writes tests/fixtures/lessons/networks.json: losses, gradients and a few steps of each optimiser, which crates/lessons/src/training/gradients_tests.rs must
find. Inputs and weights come from a formula that both sides know, so that the file stays small.
"""

import json
import math
import pathlib

import torch
from torch import nn

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "lessons"
L2 = 0.01


def wave(count, phase, height):
    """height · sin(0.37 · i + phase), in f64 and then rounded."""
    return torch.tensor([height * math.sin(0.37 * i + phase) for i in range(count)], dtype=torch.float32)


def ink(rows):
    """Pictures of 28 × 28: waves, of which what is below 0.2 is paper."""
    values = wave(rows * 784, 0.1, 1.0)
    return torch.where(values > 0.2, values, torch.zeros(())).reshape(rows, 1, 28, 28)


def place(tensor, phase, height):
    with torch.no_grad():
        tensor.copy_(wave(tensor.numel(), phase, height).reshape(tensor.shape))


def placed(layers):
    """Dense weights are [inputs, outputs] in ours, [outputs, inputs] in PyTorch's."""
    for at, layer in enumerate(layers):
        if isinstance(layer, nn.Linear):
            with torch.no_grad():
                layer.weight.copy_(wave(layer.weight.numel(), at, 0.5).reshape(layer.in_features, layer.out_features).T)
        else:
            place(layer.weight, at, 0.3)
        place(layer.bias, at + 0.5, 0.1)


def numbers(tensor):
    return [float(f"{value:.8g}") for value in tensor.detach().flatten().tolist()]


def dense(act):
    first, second, third = nn.Linear(6, 5), nn.Linear(5, 7), nn.Linear(7, 4)
    layers = [first, second, third]
    return layers, nn.Sequential(first, act(), second, act(), third)


def case_dense(name, act):
    x, y = wave(9 * 6, 0.3, 1.0).reshape(9, 6), torch.arange(9) % 4
    layers, model = dense(act)
    placed(layers)
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    gradients = [{"weights": numbers(layer.weight.grad.T), "bias": numbers(layer.bias.grad)} for layer in layers]
    steps = {}
    for optimiser in ("sgd", "momentum", "adam"):
        placed(layers)
        made = {
            "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.05),
            "momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9),
            "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.05, eps=1e-8),
        }[optimiser](model.parameters())
        for _ in range(5):
            made.zero_grad()
            penalty = sum((layer.weight**2).sum() for layer in layers)
            (nn.functional.cross_entropy(model(x), y) + L2 * penalty).backward()
            made.step()
        steps[optimiser] = [{"weights": numbers(layer.weight.T), "bias": numbers(layer.bias)} for layer in layers]
    return {"activation": name, "loss": loss.item(), "gradients": gradients, "steps": steps}


def case_convolution():
    x, y = ink(4), torch.tensor([3, 0, 9, 3])
    front, hidden, last = nn.Conv2d(1, 3, 3), nn.Linear(3 * 13 * 13, 6), nn.Linear(6, 10)
    placed([front, hidden, last])
    pooled = nn.functional.max_pool2d(torch.relu(front(x)), 2)
    # Ours keep the maps innermost: [13 · 13, filters].
    logits = last(torch.relu(hidden(pooled.permute(0, 2, 3, 1).flatten(1))))
    loss = nn.functional.cross_entropy(logits, y)
    loss.backward()
    return {
        "loss": loss.item(), "logits": numbers(logits),
        "front": {"weights": numbers(front.weight.grad), "bias": numbers(front.bias.grad)},
        "hidden": {"bias": numbers(hidden.bias.grad), "some": numbers(hidden.weight.grad.T.flatten()[::97])},
        "last": {"weights": numbers(last.weight.grad.T), "bias": numbers(last.bias.grad)},
    }


def main():
    found = {"l2": L2, "dense": [case_dense("relu", nn.ReLU), case_dense("tanh", nn.Tanh)], "convolution": case_convolution()}
    (FIXTURES / "networks.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
