"""Scenes composed from the emoji sheets: one thing, some of one thing, or two things, on a ground of one colour.

Only the sheets and CLDR's names are read; every caption is made here from what was drawn.
"""

import hashlib
import json
import random
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from text2image_captions import COLOURS, caption

SIDE = 64
STYLES = ("fluent_3d", "fluent_flat", "noto")
PALETTE = {name: np.array(rgb, np.float32) for name, (rgb, _) in COLOURS.items()}
CONCEPTS = Path(__file__).resolve().parent.parent / "data" / "text2image_concepts.tsv"


def cut(cell):
    """Premultiplied RGBA, 0 to 1, tightly cropped: white is opened from the border inwards, the seam unmixed from white."""
    white = (cell >= 246).all(-1).astype(np.uint8)
    padded = np.pad(white, 1, constant_values=1)
    _, labels = cv2.connectedComponents(padded, connectivity=4)
    outside = (labels == labels[0, 0])[1:-1, 1:-1].astype(np.uint8)
    rgb = cell.astype(np.float32) / 255
    depth = cv2.distanceTransform(1 - np.pad(outside, 1, constant_values=1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    alpha = (depth > 0).astype(np.float32)
    # A pixel of the seam is a mixture of white and the nearest pixel two deep.
    inner = (depth > 2.2).astype(np.uint8)
    if inner.any():
        _, nearest = cv2.distanceTransformWithLabels(1 - inner, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        colours = np.zeros((nearest.max() + 1, 3), np.float32)
        ys, xs = np.nonzero(inner)
        colours[nearest[ys, xs]] = rgb[ys, xs]
        body = colours[nearest]
        seam = (depth > 0) & (depth <= 1.5)
        mixed = (1 - rgb).sum(-1) / np.maximum((1 - body).sum(-1), 1e-3)
        mixed = np.where((1 - body).sum(-1) < 0.15, 1.0, np.clip(mixed, 0, 1))
        alpha = np.where(seam, mixed, alpha)
        rgb = np.where((seam & (mixed < 1))[..., None], body, rgb)
    out = np.dstack([rgb * alpha[..., None], alpha]).astype(np.float32)
    ys, xs = np.nonzero(alpha > 0.05)
    return np.ascontiguousarray(out[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1])


def body_of(sprite):
    """What takes a colour: weights of the pixels of the commonest hue, and the middle of their saturation and value."""
    alpha = sprite[..., 3]
    rgb = np.clip(sprite[..., :3] / np.maximum(alpha, 1e-3)[..., None], 0, 1)
    hsv = cv2.cvtColor(rgb.astype(np.float32), cv2.COLOR_RGB2HSV)
    hue, saturation, value = hsv[..., 0], hsv[..., 1], hsv[..., 2]
    solid = alpha > 0.5
    vivid = solid & (saturation > 0.25) & (value > 0.2)
    if vivid.sum() > 0.35 * solid.sum():
        histogram = np.bincount((hue[vivid] / 10).astype(int) % 36, weights=saturation[vivid], minlength=36)
        smooth = histogram + np.roll(histogram, 1) + np.roll(histogram, -1)
        peak = smooth.argmax() * 10 + 5
        gap = np.abs((hue - peak + 180) % 360 - 180)
        weight = np.clip((48 - gap) / 16, 0, 1) * np.clip((saturation - 0.08) / 0.15, 0, 1)
    else:
        weight = np.clip((0.3 - saturation) / 0.1, 0, 1) * np.clip((value - 0.25) / 0.1, 0, 1)
    chosen = solid & (weight > 0.5)
    if chosen.sum() < 20:
        chosen = solid
    return weight, np.median(saturation[chosen]), np.median(value[chosen]), np.median(rgb[chosen], 0), chosen.sum() / solid.sum()


def recolour(sprite, name):
    """The sprite with its body in a colour of the palette, shading kept."""
    weight, saturation_middle, value_middle, _, _ = body_of(sprite)
    alpha = sprite[..., 3:]
    rgb = np.clip(sprite[..., :3] / np.maximum(alpha, 1e-3), 0, 1)
    value = rgb.max(-1)
    saturation = 1 - rgb.min(-1) / np.maximum(value, 1e-3)
    target = PALETTE[name] / 255
    shade = (value / max(value_middle, 0.05))[..., None]
    if name == "white":
        shade = 0.45 + 0.55 * shade
    painted = np.where(shade <= 1, target * shade, target + (1 - target) * np.clip((shade - 1) * 1.2, 0, 0.7))
    if saturation_middle > 0.25:
        shine = np.clip(1 - saturation / saturation_middle, 0, 1)[..., None]
        painted = painted + (value[..., None] - painted) * shine * (0.25 if name == "black" else 0.45)
    rgb = rgb + (painted - rgb) * weight[..., None]
    return np.dstack([np.clip(rgb, 0, 1) * alpha, alpha]).astype(np.float32)


def held_out(concept, colour, ground):
    """One in fifteen of the combinations of a concept, its colour and the ground's is never trained on."""
    if (concept, colour, ground) in {("red apple", "red", "blue")}:
        return False
    return int(hashlib.md5(f"{concept}|{colour}|{ground}".encode()).hexdigest(), 16) % 15 == 0


class Shelf:
    """Sprites of the chosen concepts, a sprite a style."""

    def __init__(self, data, chosen="", styles=STYLES):
        folder = Path(data) / "emoji"
        sheets = {style: np.asarray(Image.open(folder / f"{style}_64.webp").convert("RGB")) for style in styles}
        cells = {}
        for entry in json.loads((folder / "emoji_meta.json").read_text()):
            if not entry["skin"] and entry["style"] in styles:
                cells.setdefault(entry["en"], {})[entry["style"]] = entry
        self.concepts, self.tinted = [], {}
        for line in CONCEPTS.read_text().splitlines():
            if line.startswith("#"):
                continue
            key, en, zh, measure, flags = line.split("\t")
            if key not in cells or chosen not in flags:
                continue
            sprites, natural = {}, {}
            for style, entry in cells[key].items():
                row, column = (v * SIDE for v in entry["sheet"])
                sprites[style] = cut(sheets[style][row : row + SIDE, column : column + SIDE])
                middle = body_of(sprites[style])[3] * 255
                natural[style] = min(PALETTE, key=lambda c: np.abs(PALETTE[c] - middle).sum())
            self.concepts.append(
                {"key": key, "en": en.split(","), "zh": zh.split(","), "measure": measure, "sprites": sprites,
                 "natural": natural, "tint": "c" in flags, "popular": "p" in flags}
            )
        self.popular = [c for c in self.concepts if c["popular"]]
        self.tintable = [c for c in self.concepts if c["tint"]]
        self.tintable_popular = [c for c in self.tintable if c["popular"]]
        self.by_key = {c["key"]: c for c in self.concepts}

    def sprite(self, concept, style, colour=None):
        """As it is or in a colour; tinted ones are kept."""
        if colour is None:
            return concept["sprites"][style]
        at = (concept["key"], style, colour)
        if at not in self.tinted:
            self.tinted[at] = recolour(concept["sprites"][style], colour)
        return self.tinted[at]


def put(canvas, sprite, x, y, size):
    """Lays a sprite on, its longer side `size` px, its middle at (x, y) where it fits."""
    height, width = sprite.shape[:2]
    factor = size / max(height, width)
    wide, high = max(4, round(width * factor)), max(4, round(height * factor))
    small = cv2.resize(sprite, (wide, high), interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    small = np.clip(small, 0, 1)
    left = int(np.clip(round(x - wide / 2), 0, max(0, SIDE - wide)))
    top = int(np.clip(round(y - high / 2), 0, max(0, SIDE - high)))
    small = small[: SIDE - top, : SIDE - left]
    view = canvas[top : top + small.shape[0], left : left + small.shape[1]]
    view *= 1 - small[..., 3:]
    view += small[..., :3] * 255


def pick(shelf, rng, popular, tint=False):
    if tint:
        return rng.choice(shelf.tintable_popular if rng.random() < popular else shelf.tintable)
    return rng.choice(shelf.popular if rng.random() < popular else shelf.concepts)


def thing(concept, style, colour=None, **more):
    return {"concept": concept, "style": style, "colour": colour, "en": concept["en"], "zh": concept["zh"],
            "measure": concept["measure"], **more}


def compose(shelf, rng, kinds, weights, freedom):
    """What is on a picture: `things`, their places, the ground and what of it the caption names.

    `freedom`, 0 to 1: how much sizes and places vary that no caption names.
    """
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    ground = None if rng.random() < (0.6 if kind == "plain" else 0.5) else rng.choice(list(COLOURS))
    scene = {"kind": kind, "ground_named": ground, "ground": ground or "white", "places": []}

    def some_style(concept):
        styles = list(concept["sprites"])
        return rng.choices(styles, [weights[s] for s in styles])[0]

    def colour_of(concept, style):
        for _ in range(40):
            colour = rng.choice(list(COLOURS))
            if colour != scene["ground"] and not held_out(concept["key"], colour, scene["ground"]):
                return colour
        return None

    wants_colour = kind == "colour" or (kind in ("count", "place") and rng.random() < 0.25)
    concept = pick(shelf, rng, {"plain": 0.25, "colour": 0.5}.get(kind, 0.6), wants_colour)
    style = some_style(concept)
    colour = colour_of(concept, style) if wants_colour else None
    if colour is None and concept["natural"][style] == scene["ground"] and ground:
        scene["ground_named"], scene["ground"] = None, "white"
    jitter = lambda spread: rng.uniform(-spread, spread) * freedom
    between = lambda low, high: (low + high) / 2 + (rng.random() - 0.5) * (high - low) * freedom
    if kind in ("plain", "colour"):
        scene["things"] = [thing(concept, style, colour)]
        if rng.random() < 0.08:
            small = rng.random() < 0.5
            scene["things"][0] |= {"size_en": "small" if small else rng.choice(["big", "large"]), "size_zh": "小" if small else "大"}
            scene["places"] = [(32 + jitter(3), 32 + jitter(3), between(20, 26) if small else 63)]
        else:
            scene["places"] = [(32 + jitter(2), 32 + jitter(2), between(48, 58))]
    elif kind == "place":
        place = rng.choice(["left", "right", "top", "bottom", "centre"])
        scene["place"] = place
        scene["things"] = [thing(concept, style, colour)]
        x, y = {"left": (15, 32), "right": (49, 32), "top": (32, 15), "bottom": (32, 49), "centre": (32, 32)}[place]
        scene["places"] = [(x + jitter(2), y + jitter(2), between(25, 30))]
    elif kind == "count":
        count = rng.choice([2, 2, 3, 3, 4])
        scene["things"] = [thing(concept, style, colour, count=count)]
        at = {2: [(17, 32), (47, 32)], 3: [(32, 17), (17, 47), (47, 47)], 4: [(17, 17), (47, 17), (17, 47), (47, 47)]}[count]
        size = between(26, 30)
        scene["places"] = [(x + jitter(1.5), y + jitter(1.5), size) for x, y in at]
    else:
        for _ in range(20):
            other = pick(shelf, rng, 0.75)
            if other is not concept and style in other["sprites"]:
                break
        second = None
        first = colour
        if rng.random() < 0.35:
            first = colour_of(concept, style) if concept["tint"] else None
            second = colour_of(other, style) if other["tint"] else None
        relation = rng.choice(["next", "next", "left", "right", "above", "below"])
        scene["relation"] = relation
        scene["things"] = [thing(concept, style, first), thing(other, style, second)]
        if first is None and concept["natural"][style] == scene["ground"] or second is None and other["natural"][style] == scene["ground"]:
            scene["ground_named"], scene["ground"] = None, "white"
            for part in scene["things"]:
                part["colour"] = None if part["colour"] == "white" else part["colour"]
        side = relation if relation != "next" else rng.choice(["left", "right"])
        a, b = {"left": ((17, 32), (47, 32)), "right": ((47, 32), (17, 32)), "above": ((32, 17), (32, 47)), "below": ((32, 47), (32, 17))}[side]
        scene["places"] = [(x + jitter(1.5), y + jitter(1.5), between(27, 31)) for x, y in (a, b)]
    scene["style_named"] = style if rng.random() < 0.45 else None
    return scene


def draw(shelf, scene, rng, freedom):
    """`[64, 64, 3]`, u8"""
    colour = PALETTE[scene["ground"]].copy()
    if scene["ground"] != "white":
        colour += [rng.uniform(-8, 8) * freedom for _ in range(3)]
    canvas = np.empty((SIDE, SIDE, 3), np.float32)
    canvas[:] = np.clip(colour, 0, 255)
    if len(scene["things"]) == 1:
        part = scene["things"][0]
        sprite = shelf.sprite(part["concept"], part["style"], part["colour"])
        for x, y, size in scene["places"]:
            put(canvas, sprite, x, y, size)
    else:
        for part, (x, y, size) in zip(scene["things"], scene["places"]):
            put(canvas, shelf.sprite(part["concept"], part["style"], part["colour"]), x, y, size)
    return np.clip(canvas + 0.5, 0, 255).astype(np.uint8)


def pack(data, out, tokenizer, config):
    """Writes pictures, and the tokens of an English and a Chinese caption each, with where they come from."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    count, kinds, weights = config["count"], config["kinds"], config["styles"]
    shelf, rng = Shelf(data, config["set"], list(weights)), random.Random(config["seed"])
    pictures = np.lib.format.open_memmap(out / "pictures.npy", "w+", np.uint8, (count, SIDE, SIDE, 3))
    tokens = np.lib.format.open_memmap(out / "tokens.npy", "w+", np.uint16, (count, 2, 32))
    tokens[:] = 0
    samples, cut_off = [], 0
    for at in range(count):
        scene = compose(shelf, rng, kinds, weights, config["freedom"])
        pictures[at] = draw(shelf, scene, rng, config["freedom"])
        texts = [caption(scene, rng, False), caption(scene, rng, True)]
        for row, text in enumerate(texts):
            ids = tokenizer.encode(text).ids
            cut_off += len(ids) > 32
            ids = ids if len(ids) <= 32 else ids[:31] + ids[-1:]
            tokens[at, row, : len(ids)] = ids
        if at < 400:
            samples.append(texts)
    about = {"config": config, "captions_cut_off": cut_off, "concepts": len(shelf.concepts),
             "sources": {"noto_64.webp": "Noto Emoji, Apache-2.0", "fluent_3d_64.webp, fluent_flat_64.webp": "Fluent Emoji, MIT",
                         "names": "CLDR (Unicode License v3) and this project"}, "samples": samples}
    (out / "about.json").write_text(json.dumps(about, ensure_ascii=False, indent=1))
    return about


if __name__ == "__main__":
    import argparse

    from tokenizers import Tokenizer

    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--config", required=True)
    arguments.add_argument("--data", required=True)
    arguments.add_argument("--tokenizer", required=True)
    arguments.add_argument("--out", required=True)
    given = arguments.parse_args()
    cv2.setNumThreads(1)
    about = pack(given.data, given.out, Tokenizer.from_file(given.tokenizer), json.loads(Path(given.config).read_text())["scenes"])
    print({k: v for k, v in about.items() if k != "samples"})
