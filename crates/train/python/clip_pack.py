"""One file with everything that training the small CLIP reads: small enough to travel, the same split as the Rust trainer's.

    python clip_pack.py --data ../shared/data --run runs/clip --out runs/clip/pack.npz

`runs/clip` must hold `tokenizer.json` and `targets.f32` of `kindling-train clip prepare`. Emoji are kept without loss, photos as WebP.
"""

import argparse
import collections
import io
import json
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from rust_random import StdRng

CELL, PHOTO = 64, 96


def cut(sheet, row, column):
    """One emoji with its white ground made transparent from the border inwards: `[64, 64, 4]`."""
    rgb = sheet[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL]
    white = np.pad((rgb >= 246).all(-1), 1, constant_values=True)
    ground = np.zeros_like(white)
    ground[[0, -1], :] = ground[:, [0, -1]] = True
    while True:
        grown = ground.copy()
        grown[1:] |= ground[:-1]
        grown[:-1] |= ground[1:]
        grown[:, 1:] |= ground[:, :-1]
        grown[:, :-1] |= ground[:, 1:]
        grown &= white
        if (grown == ground).all():
            break
        ground = grown
    alpha = np.where(ground[1:-1, 1:-1], 0, 255).astype(np.uint8)
    return np.concatenate([rgb, alpha[..., None]], -1)


def concept_of(concepts, by_name, en, zh, en_words=(), zh_words=()):
    place = by_name.setdefault(en.lower(), len(concepts))
    if place == len(concepts):
        words = [[w for w in words if w != name] for words, name in ((en_words, en), (zh_words, zh))]
        concepts.append({"en": en, "zh": zh, "en_words": words[0], "zh_words": words[1], "emoji": [], "photos": []})
    return concepts[place]


def emoji(config, data, concepts, by_name):
    """Cells by style, and what is held out of them, as `data.rs` chooses it."""
    styles = [*config["train_styles"], config["test_style"]]
    entries = json.loads((data / "emoji/emoji_meta.json").read_text(encoding="utf-8"))
    entries = [e for e in entries if not e["skin"] and e["style"] in styles]
    count = collections.Counter(e["en"] for e in entries)
    # Python compares by code point, Rust by byte of UTF-8: the same order.
    names = sorted(name for name, times in count.items() if times >= len(styles))
    StdRng(config["seed"]).shuffle(names)
    held = set(names[: config["held_out_concepts"]])
    sheets = {style: np.asarray(Image.open(data / f"emoji/{style}_64.webp").convert("RGB")) for style in styles}
    cells, other_style, other_concepts = {style: [] for style in styles}, [], []
    for entry in entries:
        style = entry["style"]
        test = style == config["test_style"]
        if test or entry["en"] not in held:
            place = [style, len(cells[style])]
            cells[style].append(cut(sheets[style], *entry["sheet"]))
        if test:
            (other_concepts if entry["en"] in held else other_style).append([place[1], entry["en"], entry["zh"]])
        elif entry["en"] not in held:
            concept_of(concepts, by_name, entry["en"], entry["zh"], entry["en_kw"], entry["zh_kw"])["emoji"].append(place)
    return cells, [h for h in other_style if h[1].lower() in by_name], other_concepts


def photos(config, data, concepts, by_name, quality):
    """Photos as WebP, and which are held out."""
    names = json.loads((data / "images/caltech101_names_en_zh.json").read_text(encoding="utf-8"))
    rng, files, held = StdRng(config["seed"] ^ 0x70), [], []
    with zipfile.ZipFile(data / "images/caltech101_96px.zip") as archive:
        for file in sorted(archive.namelist()):
            folder = file.split("/")[0]
            if "/" not in file or not file.endswith(".jpg") or folder not in names:
                continue
            picture, buffer = Image.open(archive.open(file)).convert("RGB"), io.BytesIO()
            assert picture.size == (PHOTO, PHOTO), f"{file} is {picture.size}"
            picture.save(buffer, "WEBP", quality=quality, method=6)
            if rng.random_bool(config["held_out_photos"]):
                held.append([len(files), *names[folder]])
            else:
                concept_of(concepts, by_name, *names[folder])["photos"].append(len(files))
            files.append(buffer.getvalue())
    return files, held


def general(config, data, concepts):
    """The texts of `mod.rs::general_texts`, in its order."""
    texts, more = set(), set()
    for concept in concepts:
        texts.update([concept["en"], concept["zh"], *concept["en_words"], *concept["zh_words"]])
    for name, fields, most in (("wn_zh_en_pairs.tsv", None, 40), ("tatoeba_cmn_eng.txt", 2, 50)):
        for line in (data / "text" / name).read_text(encoding="utf-8").split("\n")[:-1]:
            more.update(text for text in line.removesuffix("\r").split("\t")[:fields] if len(text) < most)
    more = sorted(more)
    StdRng(config["seed"] ^ 0x67).shuffle(more)
    texts = sorted(texts)
    return texts + more[: max(0, config["general_texts"] - len(texts))]


def lossless(cells):
    """Cells side by side as one lossless WebP, its bytes as an array."""
    columns, buffer = 64, io.BytesIO()
    rows = -(-len(cells) // columns)
    sheet = np.zeros((rows * CELL, columns * CELL, 4), np.uint8)
    for at, cell in enumerate(cells):
        y, x = at // columns * CELL, at % columns * CELL
        sheet[y : y + CELL, x : x + CELL] = cell
    # `exact` keeps the colour under transparent pixels.
    Image.fromarray(sheet).save(buffer, "WEBP", lossless=True, exact=True, method=4)
    return np.frombuffer(buffer.getvalue(), np.uint8)


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--config", default="crates/train/config/clip.json")
    ask.add_argument("--data", default="../shared/data")
    ask.add_argument("--run", default="runs/clip")
    ask.add_argument("--out", default="runs/clip/pack.npz")
    ask.add_argument("--quality", type=int, default=90, help="of photos; 75 for a pack that has to travel")
    ask.add_argument("--without-test-style", action="store_true", help="smaller, and then no checkpoint is scored on it")
    given = ask.parse_args()
    config, data, run = json.loads(Path(given.config).read_text()), Path(given.data), Path(given.run)
    concepts, by_name = [], {}
    cells, other_style, other_concepts = emoji(config, data, concepts, by_name)
    files, held = photos(config, data, concepts, by_name, given.quality)
    if given.without_test_style:
        cells[config["test_style"]], other_style, other_concepts = [], [], []
    texts = general(config, data, concepts)
    targets = np.fromfile(run / "targets.f32", np.float32).reshape(len(texts), -1)
    about = {
        "config": config, "concepts": concepts, "general": texts, "tokenizer": (run / "tokenizer.json").read_text(encoding="utf-8"),
        "other_style": other_style, "other_concepts": other_concepts, "photos": held, "cells": {s: len(c) for s, c in cells.items() if c},
    }  # fmt: skip
    np.savez(
        given.out,
        about=np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8),
        targets=np.round(targets * 127 / np.abs(targets).max(1, keepdims=True)).astype(np.int8),
        photos=np.frombuffer(b"".join(files), np.uint8),
        photo_sizes=np.array([len(file) for file in files], np.int32),
        **{f"emoji.{style}": lossless(cell) for style, cell in cells.items() if cell},
    )
    learnt = sum(len(c["emoji"]) + len(c["photos"]) for c in concepts)
    print(f"{learnt} pictures of {len(concepts)} concepts to learn")
    print(f"held out: {len(other_style)} emoji in another style, {len(other_concepts)} of other concepts, {len(held)} photos")
    print(f"{len(texts)} general texts; {Path(given.out).stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
