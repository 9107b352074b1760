"""Trains the small autoencoder (diffusers' AutoencoderTiny, factor 4) on composed scenes: L1, edges at two scales, latents kept near unit size."""

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny

from text2image_parallel import average_gradients, launch


def build(config):
    width = config["width"]
    return AutoencoderTiny(
        encoder_block_out_channels=(width,) * 3,
        decoder_block_out_channels=(width,) * 3,
        latent_channels=config["latent_channels"],
        num_encoder_blocks=tuple(config["encoder_blocks"]),
        num_decoder_blocks=tuple(config["decoder_blocks"]),
        scaling_factor=1.0,
    )


def edges(x):
    """Differences along x and y."""
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]


def loss_of(made, wanted):
    """Both −1 to 1."""
    loss = (made - wanted).abs().mean() + 0.5 * F.mse_loss(made, wanted)
    for scale in (1, 2):
        a, b = (made, wanted) if scale == 1 else (F.avg_pool2d(made, 2), F.avg_pool2d(wanted, 2))
        loss = loss + 0.5 * sum((p - q).abs().mean() for p, q in zip(edges(a), edges(b)))
    return loss


def batch(pictures, rows, rng):
    """Scenes, some flipped, so that the autoencoder knows more than the captions name: `[n, 3, 64, 64]`, −1 to 1."""
    x = torch.from_numpy(np.ascontiguousarray(pictures[np.sort(rows)])).permute(0, 3, 1, 2).float() / 127.5 - 1
    if rng.random() < 0.5:
        x = x.flip(-1)
    return x.contiguous(memory_format=torch.channels_last)


def decibels(model, pictures, rows):
    total = []
    model.eval()
    with torch.no_grad():
        for at in range(0, len(rows), 64):
            x = torch.from_numpy(pictures[rows[at : at + 64]]).permute(0, 3, 1, 2).float() / 127.5 - 1
            y = model.decoder(model.encoder(x)).clamp(-1, 1)
            total.append(-10 * torch.log10(((x - y) / 2).square().mean((1, 2, 3)).clamp_min(1e-8)))
    model.train()
    return torch.cat(total).mean().item()


def work(rank, world, given):
    config = json.loads(Path(given.config).read_text())["autoencoder"]
    run = Path(given.run)
    run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config["seed"])
    rng = np.random.default_rng([config["seed"], rank])
    pictures = np.load(Path(given.pack) / "pictures.npy", mmap_mode="r")
    pictures = np.ascontiguousarray(pictures[: config["pictures"]])
    model = build(config).to(memory_format=torch.channels_last)
    parameters = list(model.parameters())
    optimiser = torch.optim.AdamW(parameters, lr=config["rate"], betas=(0.9, 0.99), weight_decay=1e-4)
    step, state = 0, run / "vae.pt"
    if given.resume and state.exists():
        saved = torch.load(state, weights_only=False)
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        step = saved["step"]
        rng = np.random.default_rng([config["seed"], rank, step])
    held = np.arange(192)
    steps, size = config["steps"], config["batch"] // world
    log = csv.writer((run / "vae.csv").open("a")) if rank == 0 else None
    began, began_step = time.time(), step
    while step < steps:
        x = batch(pictures, rng.integers(256, len(pictures), size), rng)
        rate = config["rate"] * min(1, (step + 1) / 100) * (0.5 + 0.5 * np.cos(np.pi * step / steps) + 0.02)
        for group in optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16, enabled=config["bf16"]):
            latents = model.encoder(x)
            made = model.decoder(latents)
        latents, made = latents.float(), made.float()
        excess = (latents.abs() - 2.5).clamp_min(0).square().mean() + 0.05 * (latents.mean((0, 2, 3)).square() + (latents.std((0, 2, 3)) - 1).square()).mean()
        smooth = sum(d.square().mean() for d in edges(latents))
        loss = loss_of(made, x) + 0.1 * excess + 0.002 * smooth
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        average_gradients(parameters, world)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        step += 1
        if rank == 0 and step % 25 == 0:
            speed = (step - began_step) * size * world / (time.time() - began)
            quality = decibels(model, pictures, held) if step % 200 == 0 else float("nan")
            row = [step, f"{loss.item():.4f}", f"{latents.std().item():.3f}", f"{latents.abs().max().item():.2f}", f"{quality:.2f}", f"{speed:.0f}"]
            log.writerow(row)
            print(*row, flush=True)
        if rank == 0 and (step % 200 == 0 or step == steps):
            torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step}, state)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--config", required=True)
    arguments.add_argument("--pack", required=True)
    arguments.add_argument("--run", required=True)
    arguments.add_argument("--resume", action="store_true")
    arguments.add_argument("--workers", type=int, default=2)
    given = arguments.parse_args()
    launch(work, given.workers, given)


if __name__ == "__main__":
    main()
