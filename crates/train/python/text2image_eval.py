"""Scores an exported folder: names found again by the small CLIP, colours and grounds obeyed, counted by pixels, and a grid to look at."""

import argparse
import json
import random
from pathlib import Path

import cv2
import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import CLIPConfig, CLIPModel

from text2image_captions import COLOURS, article, plural
from text2image_export import reopened
from text2image_model import dequantised, noise, sample, token_ids
from text2image_sample import grid, pictures
from text2image_scenes import PALETTE, Shelf, held_out, put

MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
GRID = [
    "a red apple on a blue background", "一只猫在树旁边", "a cat", "一只狗", "a rabbit", "一匹马", "a panda", "狮子",
    "a penguin, 3D style", "一只猫头鹰", "a duck, flat style", "蝴蝶", "a fish", "螃蟹", "a turtle", "一只青蛙,扁平风格",
    "a banana", "草莓", "a pizza", "汉堡", "a cookie", "蛋糕", "a mushroom", "一根胡萝卜",
    "a tree", "仙人掌", "a sunflower", "一朵玫瑰", "the sun", "月亮", "a cloud", "雪人",
    "a house", "城堡", "a car", "一辆公交车", "a bicycle", "飞机", "a rocket", "帆船",
    "a red heart", "一颗绿色的心", "a blue car", "一辆黄色的汽车", "a purple t-shirt", "粉色的气球", "an orange umbrella", "黑色的书包",
    "a yellow star on a purple background", "红色背景上的一只企鹅", "a green apple on a pink background", "黄色背景,一颗红色的心",
    "a white rabbit on a blue background", "绿色背景上的一条橙色的鱼", "a robot on a grey background", "黑色背景上的月亮",
    "two apples", "三颗星星", "four red balloons", "两只猫", "a dog to the left of a house", "一条鱼在一朵花上面", "a star on the right", "上面有一个太阳",
]


def colour_name(rgb):
    """The palette's word for each pixel: `[n]` from `[n, 3]`, u8."""
    hsv = cv2.cvtColor((rgb.astype(np.float32) / 255)[None], cv2.COLOR_RGB2HSV)[0]
    hue, saturation, value = hsv.T
    out = np.full(len(rgb), "red", object)
    out[(hue >= 12) & (hue < 40)] = "orange"
    out[(hue >= 12) & (hue < 40) & (value < 0.66)] = "brown"
    out[(hue >= 40) & (hue < 70)] = "yellow"
    out[(hue >= 70) & (hue < 170)] = "green"
    out[(hue >= 170) & (hue < 252)] = "blue"
    out[(hue >= 252) & (hue < 305)] = "purple"
    out[(hue >= 305) & (hue < 345)] = "pink"
    out[((hue >= 345) | (hue < 12)) & (saturation < 0.5) & (value > 0.75)] = "pink"
    grey = saturation < 0.16
    out[grey] = "grey"
    out[grey & (value > 0.84)] = "white"
    out[value < 0.26] = "black"
    return out


def seen(picture):
    """Colour of the border, and the commonest colour of what differs from it."""
    ring = np.concatenate([picture[:2].reshape(-1, 3), picture[-2:].reshape(-1, 3), picture[:, :2].reshape(-1, 3), picture[:, -2:].reshape(-1, 3)])
    ground = np.median(ring, 0)
    name = min(PALETTE, key=lambda c: np.abs(PALETTE[c] - ground).sum())
    other = picture.reshape(-1, 3)[np.linalg.norm(picture.reshape(-1, 3) - ground, axis=1) > 70]
    if len(other) < 80:
        return name, None
    names, counts = np.unique(colour_name(other), return_counts=True)
    return name, names[counts.argmax()]


class Judge:
    """The small CLIP."""

    def __init__(self, folder):
        folder = Path(folder)
        config = json.loads((folder / "config.json").read_text())
        config.pop("quantization_config", None)
        self.model = CLIPModel(CLIPConfig(**config)).eval()
        missing = self.model.load_state_dict(dequantised(folder / "model.safetensors"), strict=False).missing_keys
        assert not [k for k in missing if "position_ids" not in k], missing
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    @torch.no_grad()
    def cosines(self, images, names):
        """Of each picture, 64 × 64, with each name: `[pictures, names]`."""
        x = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 255
        x = (x - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)
        vision = self.model.visual_projection(self.model.vision_model(pixel_values=x).pooler_output)
        ids = token_ids(self.tokenizer, names)
        mask = (ids != 0).long()
        text = self.model.text_projection(self.model.text_model(input_ids=ids, attention_mask=mask).pooler_output)
        return torch.nn.functional.normalize(vision) @ torch.nn.functional.normalize(text).T

    def found(self, images, names):
        """Share of pictures whose own name is the nearest of all, and among the five nearest."""
        near, right = self.cosines(images, names), torch.arange(len(names))
        return (near.argmax(1) == right).float().mean().item(), (near.topk(5).indices == right[:, None]).any(1).float().mean().item()


def composed(shelf, count, seed):
    """Combinations of concept, colour and ground that training never saw."""
    rng, out = random.Random(seed), []
    while len(out) < count:
        concept, colour, ground = rng.choice(shelf.tintable), rng.choice(list(COLOURS)), rng.choice(list(COLOURS))
        if colour != ground and held_out(concept["key"], colour, ground):
            out.append((concept, colour, ground))
    return out


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--config", required=True)
    arguments.add_argument("--data", required=True)
    arguments.add_argument("--clip", required=True)
    arguments.add_argument("--model", required=True)
    arguments.add_argument("--grid", required=True)
    arguments.add_argument("--steps", type=int, default=20)
    arguments.add_argument("--guidance", type=float, default=3.0)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--only-grid", action="store_true")
    given = arguments.parse_args()
    torch.manual_seed(given.seed)
    scenes = json.loads(Path(given.config).read_text())["scenes"]
    parts = reopened(given.model)
    tokenizer = Tokenizer.from_file(str(Path(given.model) / "tokenizer/tokenizer.json"))

    def make(prompts, seed):
        out = []
        for at in range(0, len(prompts), 32):
            some = prompts[at : at + 32]
            latents = sample(parts.unet, parts.text_encoder, tokenizer, some, noise(len(some), seed + at), given.steps, given.guidance)
            out += list(pictures(parts.vae, latents, parts.vae.config.scaling_factor))
        return out

    grid(make(GRID, given.seed), 8, 2).save(given.grid, optimize=True)
    if given.only_grid:
        return
    shelf, judge, out = Shelf(given.data, scenes["set"], list(scenes["styles"])), Judge(given.clip), {}
    hundred = sorted(random.Random(1).sample(shelf.concepts, min(100, len(shelf.concepts))), key=lambda c: c["key"])
    names = {"en": [c["en"][0] for c in hundred], "zh": [c["zh"][0] for c in hundred]}
    asked = {"en": [n if plural(n) == n else article(n) for n in names["en"]], "zh": [f"一{c['measure']}{c['zh'][0]}" for c in hundred]}
    for style in scenes["styles"]:
        real = []
        for concept in hundred:
            canvas = np.full((64, 64, 3), 255, np.float32)
            put(canvas, concept["sprites"][style], 32, 32, 54)
            real.append(canvas.astype(np.uint8))
        for language in names:
            out[f"names found, the sheet itself, {style}, {language}"] = judge.found(real, names[language])
    for language in names:
        out[f"names found, {language}"] = judge.found(make(asked[language], 1000), names[language])
    triples = composed(shelf, 100, 5)
    for language in ("en", "zh"):
        if language == "en":
            prompts = [f"{article(f'{colour} ' + c['en'][0])} on {article(ground)} background" for c, colour, ground in triples]
        else:
            prompts = [f"{COLOURS[ground][1]}色背景上的一{c['measure']}{COLOURS[colour][1]}色的{c['zh'][0]}" for c, colour, ground in triples]
        got = [seen(p) for p in make(prompts, 5000)]
        right = [(ground == want, colour == wanted) for (ground, colour), (_, wanted, want) in zip(got, triples)]
        out[f"ground obeyed of 100, {language}"] = sum(g for g, _ in right)
        out[f"colour obeyed of 100, {language}"] = sum(c for _, c in right)
        out[f"both obeyed of 100, {language}"] = sum(g and c for g, c in right)
    real = []
    for concept, colour, ground in triples:
        canvas = np.empty((64, 64, 3), np.float32)
        canvas[:] = PALETTE[ground]
        put(canvas, shelf.sprite(concept, next(iter(concept["sprites"])), colour), 32, 32, 54)
        real.append(seen(canvas.astype(np.uint8)))
    out["both obeyed of 100, drawn by the composer"] = sum(g == want and c == wanted for (g, c), (_, wanted, want) in zip(real, triples))
    for key, value in out.items():
        print(f"{key}: {value if isinstance(value, int) else ' / '.join(f'{100 * v:.0f} %' for v in value) + ' (R@1 / R@5)'}")


if __name__ == "__main__":
    main()
