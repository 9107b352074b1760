"""Trains the small autoencoder (diffusers' AutoencoderTiny, factor 4) on composed scenes: L1, edges at two scales, latents kept near unit size.

    python text2image_vae.py --config ../config/text2image.json --pack PACK --run RUN/vae --workers 2      # --resume goes on
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny

from optimiser import Both
from training import Job, load, options, train

# Scenes that neither autoencoder nor U-Net learns from: these they are scored on.
HELD = 256


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


def trained(run, config):
    """The autoencoder of a run folder, frozen."""
    vae = build(config["autoencoder"])
    load(vae, Path(run) / "vae/average/last.safetensors")
    return vae.eval().requires_grad_(False)


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


def values(pictures):
    """Of bytes `[n, 64, 64, 3]`: `[n, 3, 64, 64]`, −1 to 1, the channels of a pixel beside each other."""
    x = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return x.contiguous(memory_format=torch.channels_last)


def batch(pictures, rows, rng):
    """Scenes as values, some batches flipped, so that the autoencoder knows more than the captions name."""
    x = values(pictures[np.sort(rows)])
    return x.flip(-1).contiguous(memory_format=torch.channels_last) if rng.random() < 0.5 else x


def decibels(model, pictures, rows, device):
    total = []
    with torch.no_grad():
        for at in range(0, len(rows), 64):
            x = values(pictures[rows[at : at + 64]]).to(device)
            y = model.decoder(model.encoder(x)).clamp(-1, 1)
            total.append(-10 * torch.log10(((x - y) / 2).square().mean((1, 2, 3)).clamp_min(1e-8)))
    return torch.cat(total).mean().item()


class Autoencoder(Job):
    parts = ["loss", "spread", "largest"]

    def __init__(self, rank, world, given):
        self.config = json.loads(Path(given.config).read_text())["autoencoder"]
        self.rate, self.size, self.device = self.config["rate"], (given.batch or self.config["batch"]) // world, given.device
        torch.manual_seed(self.config["seed"])
        self.seed, self.rank = self.config["seed"], rank
        pictures = np.load(Path(given.pack) / "pictures.npy", mmap_mode="r")
        self.pictures = np.ascontiguousarray(pictures[: self.config["pictures"]])
        self.model = self.fresh().to(memory_format=torch.channels_last)

    def fresh(self):
        return build(self.config)

    def optimise(self):
        self.optimiser = Both(self.model, 1e-4, betas=(0.9, 0.99))

    def loss(self, step, done):
        rng = np.random.default_rng([self.seed, self.rank, step])
        x = batch(self.pictures, rng.integers(HELD, len(self.pictures), self.size), rng).to(self.device)
        latents = self.model.encoder(x)
        made = self.model.decoder(latents).float()
        latents = latents.float()
        excess = (latents.abs() - 2.5).clamp_min(0).square().mean() + 0.05 * (latents.mean((0, 2, 3)).square() + (latents.std((0, 2, 3)) - 1).square()).mean()
        smooth = sum(d.square().mean() for d in edges(latents))
        loss = loss_of(made, x) + 0.1 * excess + 0.002 * smooth
        return loss, [loss.item(), latents.std().item(), latents.abs().max().item()]

    def height(self, step, done):
        return min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * done) + 0.02)

    def scores(self, model, step):
        return {"dB": decibels(model, self.pictures, np.arange(HELD), self.device)}


def main():
    defaults = {"config": "crates/train/config/text2image.json", "pack": "runs/text2image/pack", "run": "runs/text2image/vae"}
    train(Autoencoder, options(__doc__, **defaults, average=0.9).parse_args())


if __name__ == "__main__":
    main()
