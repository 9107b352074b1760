"""Trains the U-Net on packed scenes: v-prediction, steps of little noise weighing less, captions sometimes dropped, averaged weights. Resumes from disk."""

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
import torch
from diffusers.models.attention_processor import AttnProcessor
from safetensors.torch import load_file

from clip_model import save
from text2image_model import alphas, states, text_tower, unet
from text2image_parallel import average_gradients, launch
from text2image_vae import build


class Scenes:
    """A worker's share of the pack; pictures are encoded when first drawn, and their latents kept."""

    def __init__(self, pack, run, config, rank, world):
        pack = Path(pack)
        self.pictures = np.load(pack / "pictures.npy", mmap_mode="r")
        self.tokens = np.load(pack / "tokens.npy")
        self.rows = np.arange(rank, len(self.pictures), world)
        self.vae = build(config)
        self.vae.load_state_dict(torch.load(Path(run) / "vae.pt", weights_only=False)["model"])
        self.encoder = self.vae.encoder.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.latents = np.zeros((len(self.rows), 4, 16, 16), np.float16)
        self.known = np.zeros(len(self.rows), bool)
        # The same pictures in every worker, so that all agree on the factor.
        first = self.encode(np.arange(768))
        self.factor = float(1 / first.std())

    def encode(self, rows):
        with torch.no_grad():
            x = torch.from_numpy(self.pictures[np.sort(rows)]).permute(0, 3, 1, 2).float() / 127.5 - 1
            return self.encoder(x.contiguous(memory_format=torch.channels_last)).numpy()

    def batch(self, size, drop, chinese, rng):
        """Latents of unit size and token ids."""
        at = np.sort(rng.integers(0, len(self.rows), size))
        new = at[~self.known[at]]
        if len(new):
            new = np.unique(new)
            self.latents[new] = self.encode(self.rows[new])
            self.known[new] = True
        ids = self.tokens[self.rows[at], (rng.random(size) < chinese).astype(int)].astype(np.int64)
        ids[rng.random(size) < drop] = [2, 3] + [0] * 30
        return torch.from_numpy(self.latents[at].astype(np.float32)) * self.factor, torch.from_numpy(ids)


class Latents:
    """What `text2image_latents.py` packed, as [`Scenes`] gives it."""

    def __init__(self, path, rank, world):
        pack = np.load(path)
        self.latents, self.tokens = pack["latents"][rank::world], pack["tokens"][rank::world]
        self.scale, self.factor = pack["scale"], float(pack["factor"])

    def batch(self, size, drop, chinese, rng):
        at = rng.integers(0, len(self.latents), size)
        ids = self.tokens[at, (rng.random(size) < chinese).astype(int)].astype(np.int64)
        ids[rng.random(size) < drop] = [2, 3] + [0] * 30
        return torch.from_numpy(self.latents[at] * (self.scale[0] * self.factor)), torch.from_numpy(ids)


def resumed(model, optimiser, average, run, start):
    """Where a run goes on: from `unet.pt` with its moments, else from the weights at `start` alone. Step, seconds, factor."""
    state, names = run and run / "unet.pt", [name for name, _ in model.named_parameters()]
    device = average[0].device
    if state and state.exists():
        saved = torch.load(state, weights_only=False, map_location=device)
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        torch._foreach_copy_(average, [saved["average"][name] for name in names])
        return saved["step"], saved["seconds"], saved["factor"]
    if start:
        weights = load_file(start)
        with torch.no_grad():
            for name, parameter, mean in zip(names, model.parameters(), average, strict=True):
                parameter.copy_(weights[name])
                mean.copy_(weights[name])
    return 0, 0.0, None


def work(rank, world, given):
    everything = json.loads(Path(given.config).read_text())
    config, run = everything["unet"], Path(given.run)
    torch.manual_seed(config["seed"])
    device = given.device
    model = unet(config).to(device)
    if device == "cpu":  # A quarter faster than the fused kernel, whose way back is slow on a CPU.
        model.set_attn_processor(AttnProcessor())
    parameters = list(model.parameters())
    decayed = [p for p in parameters if p.dim() > 1]
    others = [p for p in parameters if p.dim() <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": config["decay"]}, {"params": others, "weight_decay": 0.0}],
        lr=config["rate"], betas=(0.9, 0.99), fused=True,
    )
    average = [p.detach().clone() for p in parameters]
    run.mkdir(parents=True, exist_ok=True)
    state = run / "unet.pt"
    step, spent, factor = resumed(model, optimiser, average, run if given.resume else None, given.start)
    first = step
    rng = np.random.default_rng([config["seed"], rank, step])
    noise_generator = torch.Generator().manual_seed(config["seed"] * 1_000_003 + step * 17 + rank)
    scenes = Latents(given.latents, rank, world) if given.latents else Scenes(given.pack, run, everything["autoencoder"], rank, world)
    scenes.factor = factor or scenes.factor
    tower = text_tower(given.clip).to(device)
    cumulated = alphas().to(device)
    size = (given.batch or config["batch"]) // world
    limit = given.minutes * 60 if given.minutes else None
    file = (run / "unet.csv").open("a") if rank == 0 else None
    log = csv.writer(file) if file else None
    if rank == 0:
        print(f"{sum(p.numel() for p in parameters) / 1e6:.2f} M parameters, scaling factor {scenes.factor:.4f}, from step {step}", flush=True)
    began, shown, shown_step, saved_at, losses = time.time(), time.time(), step, time.time(), []
    progress = 0.0
    while progress < 1:
        latents, ids = (part.to(device) for part in scenes.batch(size, config["drop"], config["chinese"], rng))
        context = states(tower, ids)
        times = torch.from_numpy(((rng.permutation(size) + rng.random(size)) / size * 1000).astype(np.int64)).clamp(0, 999).to(device)
        signal = cumulated[times].sqrt().view(-1, 1, 1, 1)
        dirt = (1 - cumulated[times]).sqrt().view(-1, 1, 1, 1)
        noise = torch.randn(latents.shape, generator=noise_generator).to(device)
        ratio = (signal / dirt).square().flatten()
        with torch.autocast(device.split(":")[0], torch.bfloat16, enabled=config["bf16"]):
            made = model(signal * latents + dirt * noise, times, context).sample
        error = (made.float() - (signal * noise - dirt * latents)).square().mean((1, 2, 3))
        # Full weight where noise hides the picture: there the caption alone says what to draw. Less where little noise is left.
        loss = (error * (config["gamma"] / (ratio + 1)).clamp_max(1)).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        # Where time ends the run, the workers agree on how far they are.
        mine = (spent + time.time() - began) / limit if limit else step / config["steps"]
        progress, mean_loss = average_gradients(parameters, world, [mine, loss.item()])
        rate = config["rate"] * min(1, (step + 1 - first) / config["warm"]) * (0.5 + 0.5 * np.cos(np.pi * min(1, progress)) + 0.01)
        for group in optimiser.param_groups:
            group["lr"] = rate
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        step += 1
        if rank == 0:
            keep = min(config["average"], (1 + step) / (10 + step))
            torch._foreach_lerp_(average, [p.detach() for p in parameters], 1 - keep)
            losses.append(mean_loss)
            now = time.time()
            if step % 50 == 0:
                speed = (step - shown_step) * size * world / (now - shown)
                shown, shown_step = now, step
                left = (limit - spent - (now - began)) / 60 if limit else (config["steps"] - step) * size * world / speed / 60
                row = [step, f"{np.mean(losses[-50:]):.4f}", f"{rate:.6f}", f"{speed:.0f}", f"{left:.1f}"]
                log.writerow(row)
                file.flush()
                print(*row, flush=True)
            if now - saved_at > 120 or progress >= 1:
                saved_at = now
                names = [name for name, _ in model.named_parameters()]
                torch.save(
                    {"model": model.state_dict(), "average": dict(zip(names, average)), "optimiser": optimiser.state_dict(),
                     "step": step, "seconds": spent + now - began, "factor": scenes.factor, "config": config},
                    run / "unet.part",
                )
                (run / "unet.part").replace(state)
                (run / "average").mkdir(exist_ok=True)
                save(dict(zip(names, average)), run / "average/last.safetensors")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--config", required=True)
    arguments.add_argument("--pack", help="folder of scenes as pixels")
    arguments.add_argument("--latents", help="or file of scenes as latents, which the autoencoder is not needed for")
    arguments.add_argument("--clip", required=True, help="folder of the small CLIP, or of the text tower that the U-Net began with")
    arguments.add_argument("--run", required=True)
    arguments.add_argument("--resume", action="store_true")
    arguments.add_argument("--start", help="weights to start from where there is nothing to resume")
    arguments.add_argument("--minutes", type=float, help="the schedule ends then, instead of after the config's steps")
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--device", default="cpu")
    arguments.add_argument("--batch", type=int, help="instead of the config's")
    given = arguments.parse_args()
    launch(work, given.workers, given)


if __name__ == "__main__":
    main()
