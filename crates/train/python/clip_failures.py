"""A sheet of what the small CLIP gets wrong and is surest of: pictures that this project drew or its text-to-image model made.

    python clip_failures.py --out docs/screenshots/clip-failures.webp

Upper half: the page's samples among the labels of their set. Lower half: the grid of the text-to-image card among the names of what that model learnt.
"""

import argparse
import json
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont

from text2image_eval import GRID, Judge

SIDE, GAP, LINE, COLUMNS = 144, 12, 17, 5


def square(picture, side):
    """The middle of a picture, which is what the page shows to the model."""
    picture, short = picture.convert("RGB"), min(picture.size)
    left, top = ((length - short) // 2 for length in picture.size)
    return picture.resize((side, side), Image.BICUBIC, (left, top, left + short, top + short))


def answers(judge, pictures, names):
    """For each picture the place of the nearest name, and its share of the softmax."""
    near = judge.cosines([square(picture, 64) for picture in pictures], names)
    shares, places = (near * judge.model.logit_scale.exp()).softmax(-1).max(-1)
    return list(zip(places.tolist(), shares.tolist()))


def samples(judge, web):
    """Wrong answers as `(share, picture, what it is, answer)`; right is a label that the picture's own description has."""
    for group in json.loads((web / "samples/samples.json").read_text(encoding="utf-8"))["sets"]:
        labels, template = group["labels"]["en"], group["template"]["en"]
        pictures = [Image.open(web / about["file"]) for about in group["pictures"]]
        found = answers(judge, pictures, [template.replace("{}", label) for label in labels])
        for picture, about, (place, share) in zip(pictures, group["pictures"], found):
            if labels[place] not in about["en"]:
                yield share, picture, about["en"], labels[place]


def generated(judge, web, concepts):
    """The same of the grid's single things; right is any name that its prompt has."""
    rows = [line.split("\t") for line in concepts.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    things = [(en.split(","), zh.split(",")) for _, en, zh, _, flags in rows if "b" in flags]
    # Its pictures of 64 × 64 are drawn twice as large, two pixels between them.
    sheet = Image.open(web / "models/text2image/grid.png").convert("RGB").reduce(2)
    pictures = [sheet.crop((x, y, x + 64, y + 64)) for y in range(0, 7 * 65, 65) for x in range(0, 8 * 65, 65)]
    for picture, prompt, (place, share) in zip(pictures, GRID, answers(judge, pictures, [en[0] for en, _ in things])):
        drawn = [at for at, names in enumerate(things) if any(name in prompt for side in names for name in side)]
        if place not in drawn:
            yield share, picture, max((things[at][0][0] for at in drawn), key=len), things[place][0][0]


def sheet_of(cells):
    high = SIDE + 3 * LINE + 2 * GAP
    out = Image.new("RGB", (COLUMNS * (SIDE + GAP) + GAP, -(-len(cells) // COLUMNS) * high), "white")
    draw, font = ImageDraw.Draw(out), ImageFont.load_default(size=13)
    for at, (share, picture, wanted, answer) in enumerate(cells):
        x, y = GAP + at % COLUMNS * (SIDE + GAP), GAP + at // COLUMNS * high
        out.paste(square(picture, SIDE), (x, y))
        draw.rectangle((x - 1, y - 1, x + SIDE, y + SIDE), outline="#d0d0d0")
        lines = [f"{answer} {100 * share:.0f} %", ""]
        for word in wanted.split():
            longer = f"{lines[-1]} {word}".strip()
            lines[-1:] = [longer] if draw.textlength(longer, font) <= SIDE else [lines[-1], word]
        for number, line in enumerate(lines):
            draw.text((x, y + SIDE + 3 + number * LINE), line, "#b00020" if number == 0 else "#555555", font)
    return out


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--web", type=Path, default=Path("web"))
    ask.add_argument("--concepts", type=Path, default=Path("crates/train/data/text2image_concepts.tsv"))
    ask.add_argument("--out", required=True)
    given = ask.parse_args()
    torch.set_num_threads(1)
    judge, cells = Judge(given.web / "models/clip"), []
    for wrong in (samples(judge, given.web), generated(judge, given.web, given.concepts)):
        wrong = sorted(wrong, key=lambda cell: -cell[0])
        print(f"{len(wrong)} wrong: " + "; ".join(f"{wanted}: {answer} {100 * share:.0f} %" for share, _, wanted, answer in wrong))
        cells += wrong[: 2 * COLUMNS]
    sheet_of(cells).save(given.out, quality=82, method=6)


if __name__ == "__main__":
    main()
