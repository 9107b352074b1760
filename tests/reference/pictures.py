#!/usr/bin/env python3
"""Pictures for the bench, drawn here: soft colours, shapes and grain, in the sizes and weights that photos have.

Usage: pictures.py OUT [COUNT]. Every third is a PNG, the others are JPEGs, some upright. Never committed.
"""

import json
import pathlib
import sys

import numpy
from PIL import Image, ImageDraw

JPEG_SIZES = [(640, 480), (800, 600), (1024, 768), (1280, 960), (600, 800), (768, 1024)]
PNG_SIZES = [(256, 256), (400, 300), (512, 384), (300, 400)]
SEED = 20261124


def soft_colours(random, width, height):
    """A few large areas that run into each other."""
    small = random.integers(0, 256, (4, 5, 3), dtype=numpy.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def shapes(random, picture):
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    for _ in range(random.integers(4, 14)):
        x, y = random.integers(0, width), random.integers(0, height)
        reach = random.integers(10, max(11, width // 3))
        colour = tuple(int(value) for value in random.integers(0, 256, 3))
        kind = random.choice(["ellipse", "rectangle", "line"])
        box = [x, y, x + reach, y + int(reach * random.uniform(0.4, 1.6))]
        if kind == "line":
            draw.line(box, fill=colour, width=int(random.integers(1, 9)))
        else:
            getattr(draw, kind)(box, fill=colour)


def grained(random, picture, strength):
    grain = random.normal(0, strength, (picture.height, picture.width, 1))
    return Image.fromarray((numpy.asarray(picture) + grain).clip(0, 255).astype(numpy.uint8))


def draw(index, out):
    random = numpy.random.default_rng(SEED + index)
    png = index % 3 == 2
    sizes = PNG_SIZES if png else JPEG_SIZES
    picture = soft_colours(random, *sizes[index // 3 % len(sizes)])
    shapes(random, picture)
    picture = grained(random, picture, 2 if png else 6)
    name = f"{index:03}.{'png' if png else 'jpg'}"
    if png:
        picture.save(out / name)
    else:
        picture.save(out / name, quality=85, subsampling=2)
    return name


def main():
    out = pathlib.Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    out.mkdir(parents=True, exist_ok=True)
    names = [draw(index, out) for index in range(count)]
    sizes = [(out / name).stat().st_size for name in names]
    # last: its presence says that all of it is there
    (out / "names.json").write_text(json.dumps(names) + "\n")
    print(f"{count} pictures, {sum(sizes) / 1e6:.1f} MB, {min(sizes) / 1e3:.0f} to {max(sizes) / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
