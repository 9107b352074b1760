#!/usr/bin/env python3
"""What surrounds a diffusion model, by the reference: noise from seeds, pictures and masks as diffusers prepares them,
Canny's edges as OpenCV finds them, text in PNG files as Pillow writes it.

Writes tests/fixtures/edges/. Every picture is drawn here; of the photos of the shared data, which are not in the
repository, only checksums and edge maps are kept: photos.json and photo_edges.safetensors.
"""

import io
import json
import os
import pathlib
import sys
import zipfile
import zlib

# PyTorch's normal noise differs in the last bits between kinds of processor; this is the kind that most have.
os.environ["ATEN_CPU_CAPABILITY"] = "avx2"

import cv2
import numpy as np
import torch
from diffusers.image_processor import VaeImageProcessor
from PIL import Image, ImageDraw, ImageFilter, PngImagePlugin
from safetensors.numpy import save_file

from pictures import PHOTO_NAMES, PHOTOS, drawing

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "tests" / "fixtures" / "edges"
# Of each result, that many numbers are kept beside the checksum of all.
SAMPLES = 8

SEEDS = [0, 1, 42, 2**31 - 1, 2**32 - 1, 2**32 + 5, 20261122]
# Requests in a row: single values, pairs broken in the middle, whole blocks, blocks with a rest.
REQUESTS = [4, 16, 3, 17, 1, 33, 15, 48, 31, 100]


def noise():
    drawn = {}
    for seed in SEEDS:
        generator = torch.Generator("cpu").manual_seed(seed)
        values = [torch.randn(count, generator=generator) for count in REQUESTS]
        drawn[str(seed)] = torch.cat(values).numpy()
    save_file(drawn, OUT / "noise.safetensors", {"requests": json.dumps(REQUESTS)})


def stroke(size):
    """A mask as a soft brush paints it, with a tinge, so that the conversion to grey matters."""
    width, height = size
    picture = Image.new("RGB", size, (9, 0, 20))
    draw = ImageDraw.Draw(picture)
    draw.ellipse([width * 0.2, height * 0.1, width * 0.8, height * 0.7], fill=(250, 255, 190))
    draw.line([0, height, width, height * 0.4], fill=(120, 160, 90), width=max(1, width // 12))
    return picture.filter(ImageFilter.GaussianBlur(max(1, width // 20)))


PICTURES = {
    "wide": drawing((61, 40)),
    "tall": drawing((19, 90), seed=2),
    "small": drawing((7, 9), seed=3),
    "square": drawing((64, 64), seed=4),
    "stroke": stroke((75, 60)),
    "stroke_tall": stroke((20, 70)),
}
TARGETS = [(64, 64), (32, 48), (24, 16), (96, 64), (40, 128), (61, 40)]
FITS = {"stretch": "default", "crop": "crop"}


def prepared(picture, width, height, fit):
    """`init`, `control` and `mask` of one picture at one size."""
    # A factor of 1, so that sizes are taken as they are.
    processors = {
        "init": VaeImageProcessor(vae_scale_factor=1, do_convert_rgb=True),
        "control": VaeImageProcessor(vae_scale_factor=1, do_convert_rgb=True, do_normalize=False),
        "mask": VaeImageProcessor(vae_scale_factor=1, do_normalize=False, do_binarize=True, do_convert_grayscale=True),
    }
    for kind, processor in processors.items():
        result = processor.preprocess(picture, height, width, resize_mode=FITS[fit])[0].numpy()
        yield kind, np.ascontiguousarray(result, np.float32)


def case(name, values, **settings):
    flat = values.ravel()
    step = max(1, flat.size // SAMPLES) | 1  # odd, to pass through all columns
    sample = [float(str(value)) for value in flat[::step]]  # the shortest that single precision reads back
    return {"picture": name, **settings, "crc32": zlib.crc32(flat.tobytes()), "step": step, "sample": sample}


def input_cases(pictures, targets):
    for name, picture in pictures.items():
        for width, height in targets:
            for fit in FITS:
                for kind, values in prepared(picture, width, height, fit):
                    settings = {"width": width, "height": height, "fit": fit, "kind": kind}
                    yield case(name, values, **settings)
                    for factor in (8, 4, 3) if kind == "mask" else ():
                        size = (height // factor, width // factor)
                        small = torch.nn.functional.interpolate(torch.from_numpy(values)[None], size=size)
                        yield case(name, small.numpy(), **{**settings, "kind": "latents", "factor": factor})


def photos():
    if not PHOTOS.exists():
        print(f"{PHOTOS} is not here: what the photos gave stays as it is", file=sys.stderr)
        return None
    archive = zipfile.ZipFile(PHOTOS)
    return {name: Image.open(io.BytesIO(archive.read(name))).convert("RGB") for name in PHOTO_NAMES}


# Low and high threshold, and whether the gradient is measured by its length.
THRESHOLDS = [(100, 200, False), (150, 50, False), (0, 0, False), (100, 200, True), (10.7, 99.5, True)]


def edge_maps(pictures):
    """OpenCV's maps, eight pixels to a byte; of a grey picture, that of its one channel."""
    maps = {}
    for name, picture in pictures.items():
        for low, high, length in THRESHOLDS:
            found = cv2.Canny(np.asarray(picture), low, high, L2gradient=length)
            maps[f"{name}/{low}/{high}/{'l2' if length else 'l1'}"] = np.packbits(found > 0)
    return maps


def annotated():
    """A picture with each kind of text, by another program, and with what that program reads in it."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Title", "Café № 5".encode("latin-1", "replace").decode("latin-1"))
    notes.add_text("Comment", "packed, again and again; " * 40, zip=True)
    notes.add_itxt("kindling", json.dumps({"prompt": "一只猫在树旁边 🐈\u200d⬛", "seed": 7}, ensure_ascii=False))
    notes.add_itxt("parameters", "a red apple 🍎\nNegative prompt: <img onerror=alert(1)>\n" * 9, lang="en", tkey="Größe", zip=True)
    notes.add_text("empty", "")
    file = io.BytesIO()
    drawing((9, 6)).save(file, "PNG", pnginfo=notes)
    (OUT / "annotated.png").write_bytes(file.getvalue())
    with Image.open(file) as picture:
        read = [[key, str(text)] for key, text in picture.text.items()]
    (OUT / "annotated.json").write_text(json.dumps(read, indent=1) + "\n")


def write(name, cases):
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (OUT / name).write_text(f"[\n{lines}\n]\n")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    noise()
    annotated()
    save_file({name: np.asarray(picture) for name, picture in PICTURES.items()}, OUT / "pictures.safetensors")
    write("inputs.json", input_cases(PICTURES, TARGETS))
    grey = {f"{name}/grey": picture.convert("L") for name, picture in PICTURES.items()}
    save_file(edge_maps({**PICTURES, **grey}), OUT / "edges.safetensors")
    found = photos()
    if found is not None:
        write("photos.json", input_cases(found, [(64, 64), (96, 64)]))
        save_file(edge_maps(found), OUT / "photo_edges.safetensors")
    total = sum(file.stat().st_size for file in OUT.rglob("*") if file.is_file())
    print(f"{total} bytes in {OUT}")


if __name__ == "__main__":
    main()
