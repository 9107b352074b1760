"""Trains the U-Net on packed scenes: v-prediction, steps of little noise weighing less, captions sometimes dropped, averaged weights.

    python text2image_train.py --config ../config/text2image.json --pack PACK --clip CLIP --run RUN/unet --workers 2      # --resume goes on

`PACK` is a folder of scenes as pixels, whose autoencoder is `RUN/vae`, or a file of `text2image_latents.py`. `CLIP` is the folder of the small CLIP, or
of the text tower that the U-Net began with: a U-Net must keep that. Every checkpoint draws 16 prompts into `RUN/unet/samples/`.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from diffusers.models.attention_processor import AttnProcessor
from tokenizers import Tokenizer

from optimiser import Both
from text2image_model import alphas, noise, sample, states, text_tower, tokenizer_file, unet
from text2image_sample import PROMPTS, grid, pictures
from text2image_vae import HELD, trained, values
from training import Job, options, train


class Scenes:
    """A worker's share of the pack; pictures are encoded when first drawn, and their latents kept."""

    def __init__(self, pack, vae, rank, world):
        self.pictures = np.load(Path(pack) / "pictures.npy", mmap_mode="r")
        self.tokens = np.load(Path(pack) / "tokens.npy")
        self.rows = np.arange(HELD + rank, len(self.pictures), world)
        self.encoder = vae.encoder.to(memory_format=torch.channels_last)
        self.latents = np.zeros((len(self.rows), 4, 16, 16), np.float16)
        self.known = np.zeros(len(self.rows), bool)
        # The same pictures in every worker, so that all agree on the factor.
        first = self.encode(np.arange(768))
        self.factor = float(1 / first.std())
        self.held = torch.from_numpy(first[:HELD]) * self.factor, torch.from_numpy(self.tokens[:HELD].astype(np.int64))

    def encode(self, rows):
        with torch.no_grad():
            return self.encoder(values(self.pictures[np.sort(rows)])).numpy()

    def batch(self, size, drop, chinese, rng):
        """Latents of unit size and token ids."""
        at = np.sort(rng.integers(0, len(self.rows), size))
        new = at[~self.known[at]]
        if len(new):
            new = np.unique(new)
            self.latents[new] = self.encode(self.rows[new])
            self.known[new] = True
        latents = torch.from_numpy(self.latents[at].astype(np.float32)) * self.factor
        return latents, captions(self.tokens[self.rows[at]], drop, chinese, rng)


class Latents:
    """What `text2image_latents.py` packed, as [`Scenes`] gives it."""

    def __init__(self, path, rank, world):
        pack = np.load(path)
        self.latents, self.tokens = pack["latents"][HELD + rank :: world], pack["tokens"][HELD + rank :: world]
        self.factor, self.scale = float(pack["factor"]), pack["scale"][0] * float(pack["factor"])
        self.held = torch.from_numpy(pack["latents"][:HELD] * self.scale), torch.from_numpy(pack["tokens"][:HELD].astype(np.int64))

    def batch(self, size, drop, chinese, rng):
        at = rng.integers(0, len(self.latents), size)
        return torch.from_numpy(self.latents[at] * self.scale), captions(self.tokens[at], drop, chinese, rng)


def captions(tokens, drop, chinese, rng):
    """Of `[n, 2, 32]` one language each, some of them dropped."""
    ids = tokens[np.arange(len(tokens)), (rng.random(len(tokens)) < chinese).astype(int)].astype(np.int64)
    ids[rng.random(len(ids)) < drop] = [2, 3] + [0] * 30
    return torch.from_numpy(ids)


class UNet(Job):
    parts = ["loss"]

    def __init__(self, rank, world, given):
        everything = json.loads(Path(given.config).read_text())
        self.config, self.run, self.device, self.clip = everything["unet"], Path(given.run), given.device, given.clip
        self.rate, self.size, self.rank = self.config["rate"], (given.batch or self.config["batch"]) // world, rank
        torch.manual_seed(self.config["seed"])
        self.model = self.fresh()
        self.vae = None if given.latents else trained(self.run.parent, everything)
        self.scenes = Latents(given.latents, rank, world) if given.latents else Scenes(given.pack, self.vae, rank, world)
        known = self.run / "average/config.json"
        if given.resume and known.exists():
            self.scenes.factor = json.loads(known.read_text())["factor"]
        self.tower, self.cumulated = text_tower(given.clip).to(self.device), alphas().to(self.device)

    def fresh(self):
        model = unet(self.config)
        if self.device == "cpu":  # A quarter faster than the fused kernel, whose way back is slow on a CPU.
            model.set_attn_processor(AttnProcessor())
        return model

    def optimise(self):
        self.optimiser = Both(self.model, self.config["decay"], betas=(0.9, 0.99))

    def error(self, model, latents, ids, times, dirt):
        """Of each scene's velocity, and how strong the signal is against the noise: `[n]`, `[n]`."""
        with torch.autocast(self.device.split(":")[0], enabled=False):
            context = states(self.tower, ids.to(self.device))
        latents, dirt = latents.to(self.device), dirt.to(self.device)
        kept, lost = (part.sqrt().view(-1, 1, 1, 1) for part in (self.cumulated[times], 1 - self.cumulated[times]))
        made = model(kept * latents + lost * dirt, times, context).sample
        return (made.float() - (kept * dirt - lost * latents)).square().mean((1, 2, 3)), (kept / lost).square().flatten()

    def loss(self, step, done):
        config, size = self.config, self.size
        rng = np.random.default_rng([config["seed"], self.rank, step])
        with torch.autocast(self.device.split(":")[0], enabled=False):
            latents, ids = self.scenes.batch(size, config["drop"], config["chinese"], rng)
        times = torch.from_numpy(((rng.permutation(size) + rng.random(size)) / size * 1000).astype(np.int64)).clamp(0, 999).to(self.device)
        dirt = torch.randn(latents.shape, generator=torch.Generator().manual_seed(int(rng.integers(2**62))))
        error, ratio = self.error(self.model, latents, ids, times, dirt)
        # Full weight where noise hides the picture: there the caption alone says what to draw. Less where little noise is left.
        loss = (error * (config["gamma"] / (ratio + 1)).clamp_max(1)).mean()
        return loss, [loss.item()]

    def height(self, step, done):
        return min(1, (step + 1) / self.config["warm"]) * (0.5 + 0.5 * math.cos(math.pi * done) + 0.01)

    def files(self, step):
        return {"config.json": json.dumps({"unet": self.config, "factor": self.scenes.factor, "step": step}, indent=2)}

    @torch.no_grad()
    def scores(self, model, step):
        """The error of scenes held out, at the same noise every time; and 16 prompts as pictures, where the autoencoder is at hand."""
        latents, ids = self.scenes.held
        times = torch.arange(HELD, device=self.device) * 1000 // HELD
        dirt = torch.randn(latents.shape, generator=torch.Generator().manual_seed(1))
        table = {}
        for at, language in enumerate(("English", "Chinese")):
            parts = zip(*(part.split(64) for part in (latents, ids[:, at], times, dirt)))
            table[f"error, {language}"] = torch.cat([self.error(model, *part)[0] for part in parts]).mean().item()
        if self.vae:
            folder = self.run / "samples"
            folder.mkdir(exist_ok=True)
            tokenizer = Tokenizer.from_file(str(tokenizer_file(self.clip)))
            made = sample(model, self.tower, tokenizer, PROMPTS, noise(len(PROMPTS), 7))
            grid(list(pictures(self.vae, made, self.scenes.factor)), 8, 2).save(folder / f"{step:06}.png")
        return table


def main():
    defaults = {"config": "crates/train/config/text2image.json", "pack": "runs/text2image/pack", "run": "runs/text2image/unet"}
    ask = options(__doc__, **defaults, average=0.996, every=250)
    ask.add_argument("--latents", help="instead of --pack: the file of text2image_latents.py, which the autoencoder is not needed for")
    ask.add_argument("--clip", default="web/models/text2image/text_encoder")
    train(UNet, ask.parse_args())


if __name__ == "__main__":
    main()
