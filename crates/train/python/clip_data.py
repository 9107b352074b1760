"""The pack of `clip_pack.py` in memory, and batches of it."""

import io
import json
import os
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer

import clip_augment as augment

PHOTO = {
    "en": [
        "a photo of a {}", "a photo of {}", "a picture of a {}", "a {} in a photo", "a close-up of a {}", "this is a {}", "a photograph of the {}",
        "an image of {}",
    ],
    "zh": ["一张{}的照片", "{}的照片", "一张{}的图片", "照片里有{}", "这是{}", "{}的特写", "一幅{}的图像"],
}  # fmt: skip
EMOJI = {
    "en": [
        "an emoji of {}", "a picture of {}", "a picture of a {}", "a drawing of a {}", "an icon of {}", "an illustration of {}", "the {} emoji",
        "a cartoon {}", "a photo of a {}",
    ],
    "zh": ["{}的表情符号", "一张{}的图片", "{}的图画", "{}的图标", "一幅{}的插画", "卡通{}", "这是{}", "一张{}的照片"],
}  # fmt: skip


def decoded(blob):
    return np.asarray(Image.open(io.BytesIO(blob)))


def photos(pack, kept):
    """`[n, 3, 96, 96]` bytes. Decoding takes half a minute: kept beside the pack for the next time."""
    sizes = pack["photo_sizes"]
    if kept.exists():
        found = np.load(kept)
        if len(found) == len(sizes):
            return found
    blob = pack["photos"].tobytes()
    found = np.stack([decoded(blob[end - size : end]).transpose(2, 0, 1) for end, size in zip(np.cumsum(sizes), sizes)])
    part = kept.with_suffix(f".{os.getpid()}.npy")
    np.save(part, found)
    part.replace(kept)
    return found


def kin(concepts, places):
    """For each concept those that share one of its rarer keywords (CLDR's annotations): a cat and a kitten, not all that is red."""
    by_word = {}
    for at in places:
        for word in concepts[at]["en_words"]:
            by_word.setdefault(word, []).append(at)
    near = {at: set() for at in places}
    for family in by_word.values():
        if len(family) <= 24:
            for at in family:
                near[at].update(family)
    return {at: sorted(others - {at}) for at, others in near.items()}


class Pack:
    """Pictures as bytes on a device, names, and what is held out."""

    def __init__(self, path, device="cpu", leave_out=()):
        pack = np.load(path)
        about = json.loads(pack["about"].tobytes())
        self.about, self.config, self.concepts, self.texts = about, about["config"], about["concepts"], about["general"]
        self.cells, self.first = [], {}
        for style, count in about["cells"].items():
            self.first[style] = sum(map(len, self.cells))
            sheet = decoded(pack[f"emoji.{style}"].tobytes())
            rows, columns = sheet.shape[0] // 64, sheet.shape[1] // 64
            cells = sheet.reshape(rows, 64, columns, 64, 4).transpose(0, 2, 4, 1, 3).reshape(-1, 4, 64, 64)[:count]
            self.cells.append(torch.from_numpy(cells.copy()))
        self.cells = torch.cat(self.cells).to(device)
        self.photos = torch.from_numpy(photos(pack, Path(path).with_suffix(".photos.npy"))).to(device)
        targets = torch.from_numpy(pack["targets"]).float()
        self.targets = (targets / targets.norm(dim=1, keepdim=True)).half().to(device)
        self.tokenizer = Tokenizer.from_str(about["tokenizer"])
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.device, self.most = device, self.config["max_tokens"]
        for concept in self.concepts:
            # Styles left out of training, to choose augmentations by: never the test style.
            concept["cells"] = [self.first[style] + at for style, at in concept["emoji"] if style not in leave_out]
        self.left_out = [
            [self.first[style] + at, c["en"], c["zh"]] for c in self.concepts for style, at in c["emoji"] if style in leave_out and c["cells"]
        ]
        self.with_photos = [at for at, c in enumerate(self.concepts) if c["photos"]]
        self.with_cells = [at for at, c in enumerate(self.concepts) if c["cells"]]
        self.kin = kin(self.concepts, self.with_cells)
        place = {text: at for at, text in enumerate(self.texts)}
        self.names = torch.tensor([[place[c["en"]], place[c["zh"]]] for c in self.concepts])
        self.general = self.encode(self.texts)
        # Drawn in neighbourhoods of equal length: little padding.
        self.by_length = np.argsort([len(row) for row in self.general], kind="stable")

    def encode(self, texts):
        rows = [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]
        return [row if len(row) <= self.most else row[: self.most - 1] + row[-1:] for row in rows]

    def padded(self, rows):
        out = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        for at, row in enumerate(rows):
            out[at, : len(row)] = torch.tensor(row)
        return out.to(self.device)

    def caption(self, concept, photo, language, dice):
        """The bare name, a few keywords, or a sentence around the name."""
        name, words, drawn = concept[language], concept[language + "_words"], dice.random()
        if drawn < 0.35:
            return name
        if drawn < 0.5 and len(words) >= 2:
            return ("、" if language == "zh" else ", ").join(dice.sample(words, min(3, len(words))))
        return dice.choice((PHOTO if photo else EMOJI)[language]).format(name)

    def drawn(self, dice, count, taken, hard):
        """Concepts with emoji that are not taken yet. A share of them, `hard`, comes as families: each is a hard counter-example to the others."""
        order = [at for at in dice.sample(self.with_cells, len(self.with_cells)) if at not in taken]
        wanted, families = int(count * hard), {}
        for at in order:
            if len(families) >= wanted:
                break
            near = [other for other in self.kin[at] if other not in taken]
            families.update(dict.fromkeys([at, *dice.sample(near, min(3, len(near)))] if near else []))
        return [*families, *(at for at in order if at not in families)][:count]

    def batch(self, seed, size, general, photo_share, strength, kept, hard=0.0):
        """Pixels, captions, concepts, general texts with their vectors, and the patches to look at. Every concept at most once: two captions of one
        concept would be each other's counter-examples."""
        dice = random.Random(seed)
        generator = torch.Generator(self.device).manual_seed(seed)
        photo = dice.sample(self.with_photos, min(int(size * photo_share), len(self.with_photos)))
        taken = set(photo)
        drawn = self.drawn(dice, size - len(photo), taken, hard)
        places = torch.tensor([dice.choice(self.concepts[at]["photos"]) for at in photo], device=self.device)
        photos = augment.photo_views(self.photos[places], strength, generator)
        pairs = [dice.sample(c, 2) if len(c) > 1 else c * 2 for c in (self.concepts[at]["cells"] for at in drawn)]
        cells, others = torch.tensor(pairs, device=self.device).T
        emoji = augment.emoji_views(self.cells[cells], self.cells[others], photos, strength, generator)
        concepts = photo + drawn
        languages = [dice.choice(["en", "zh"]) for _ in concepts]
        captions = [self.caption(self.concepts[at], i < len(photo), l, dice) for i, (at, l) in enumerate(zip(concepts, languages))]
        order = self.by_length
        starts = [dice.randrange(len(order) - 16) for _ in range(1 if general <= 64 else 4)]
        spread = 16 * general // len(starts)
        rows = [int(order[(start + dice.randrange(spread)) % len(order)]) for start in starts for _ in range(general // len(starts))]
        keep = None
        if kept:
            keep = torch.rand(len(concepts), 64, generator=generator, device=self.device).argsort(1)[:, :kept]
        own = torch.tensor(concepts)
        meant = self.names[own, torch.tensor([l == "zh" for l in languages]).long()]
        return {
            "pixels": augment.normalised(torch.cat([photos, emoji])), "captions": self.padded(self.encode(captions)), "keep": keep,
            "concepts": own.to(self.device), "meant": self.targets[meant.to(self.device)].float(),
            "general": self.padded([self.general[at] for at in rows]), "targets": self.targets[torch.tensor(rows, device=self.device)].float(),
        }  # fmt: skip

    def clean(self, cells=None, photos=None):
        """Pictures as the page prepares them: on white, short side to 64 (bicubic, antialiased)."""
        if cells is not None:
            x = self.cells[cells].float() / 255
            return augment.normalised(x[:, :3] * x[:, 3:] + 1 - x[:, 3:])
        small = [np.asarray(Image.fromarray(self.photos[at].permute(1, 2, 0).cpu().numpy()).resize((64, 64), Image.BICUBIC)) for at in photos]
        return augment.normalised(torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).to(self.device).float() / 255)
