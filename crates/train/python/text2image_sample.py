"""Draws a grid of prompts with the averaged weights of a run."""

import argparse
import json
from pathlib import Path

import torch
from PIL import Image
from tokenizers import Tokenizer

import training
from text2image_model import noise, sample, text_tower, tokenizer_file, unet
from text2image_vae import trained

PROMPTS = [
    "a red apple on a blue background", "一只猫在树旁边", "a cat", "一只狗", "a red heart", "a green car", "一朵红色的花", "pizza",
    "a yellow star on a purple background", "两个苹果", "three red balloons", "a fish above a tree", "a house, 3D style",
    "蓝色背景上的一只企鹅", "a smiling face on the left", "一辆蓝色的公交车,扁平风格",
]


def load(run, config):
    """Averaged U-Net, autoencoder, factor and step of a run."""
    run = Path(run)
    about = json.loads((run / "unet/average/config.json").read_text())
    model = unet(about["unet"])
    training.load(model, run / "unet/average/last.safetensors")
    return model.eval(), trained(run, json.loads(Path(config).read_text())), about["factor"], about["step"]


def pictures(vae, latents, factor):
    """`[n, 64, 64, 3]`, u8"""
    with torch.no_grad():
        x = vae.decoder(latents / factor).clamp(-1, 1)
    return ((x + 1) * 127.5 + 0.5).clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()


def grid(images, columns, scale=1, gap=2):
    """One picture of many."""
    rows = -(-len(images) // columns)
    side = images[0].shape[0] * scale + gap
    out = Image.new("RGB", (columns * side - gap, rows * side - gap), (128, 128, 128))
    for at, image in enumerate(images):
        picture = Image.fromarray(image)
        if scale > 1:
            picture = picture.resize((picture.width * scale,) * 2, Image.NEAREST)
        out.paste(picture, (at % columns * side, at // columns * side))
    return out


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--config", required=True)
    arguments.add_argument("--run", required=True)
    arguments.add_argument("--clip", required=True)
    arguments.add_argument("--out", required=True)
    arguments.add_argument("--steps", type=int, default=20)
    arguments.add_argument("--guidance", type=float, default=3.0)
    arguments.add_argument("--seed", type=int, default=7)
    given = arguments.parse_args()
    torch.set_num_threads(1)
    model, vae, factor, step = load(given.run, given.config)
    tokenizer = Tokenizer.from_file(str(tokenizer_file(given.clip)))
    latents = sample(model, text_tower(given.clip), tokenizer, PROMPTS, noise(len(PROMPTS), given.seed), given.steps, given.guidance)
    print(f"step {step}, latents std {latents.std():.2f}")
    grid(list(pictures(vae, latents, factor)), 8, 2).save(given.out.format(step=step))


if __name__ == "__main__":
    main()
