"""The lines of the small CLIP's model card, in torch: for checkpoints. The card's own figures are `kindling-train clip evaluate`'s."""

import torch
import torch.nn.functional as F

SENTENCE = {"en": "a photo of a {}", "zh": "一张{}的照片"}


@torch.no_grad()
def _vectors(pack, clip, rows, photos):
    out = []
    for part in rows.split(64):
        pixels = pack.clean(photos=part.tolist()) if photos else pack.clean(cells=part.to(pack.device))
        out.append(F.normalize(clip.pictures(pixels), dim=-1))
    return torch.cat(out)


@torch.no_grad()
def _captions(pack, clip, texts):
    return torch.cat([F.normalize(clip.texts(pack.padded(pack.encode(texts[at : at + 64]))), dim=-1) for at in range(0, len(texts), 64)])


def _hits(pack, clip, vectors, held, language, template, most, more=()):
    """Share of pictures whose own name is among the nearest names, all distinct names of the set and `more` being candidates."""
    names = {h[1]: h[1 if language == "en" else 2] for h in held}
    texts = [template.format(name) for name in [*names.values(), *more]]
    place = {name: at for at, name in enumerate(names)}
    nearest = (vectors @ _captions(pack, clip, texts).T).topk(most, 1).indices.cpu().tolist()
    own = [place[h[1]] for h in held]
    # Two names may be one word in Chinese; either is right then.
    return 100 * sum(any(texts[f] == texts[o] for f in found) for found, o in zip(nearest, own)) / len(held)


def scores(clip, pack, most=10**6):
    """At most `most` pictures a set, evenly taken; the candidates are those of the whole set."""
    test = pack.first.get(pack.config["test_style"], 0)
    other = [[test + at, en, zh] for at, en, zh in pack.about["other_style"]]
    unknown = [[test + at, en, zh] for at, en, zh in pack.about["other_concepts"]]
    sets = [("style", other, False, 1), ("concepts", unknown, False, 1), ("concepts5", unknown, False, 5), ("photos", pack.about["photos"], True, 1)]
    if pack.left_out:
        sets.append(("left out style", pack.left_out, False, 1))
    table = {}
    for title, held, photos, depth in (s for s in sets if s[1]):
        shown = held[:: -(-len(held) // most)]
        vectors = _vectors(pack, clip, torch.tensor([h[0] for h in shown]), photos)
        for language in ("en", "zh"):
            at = 1 if language == "en" else 2
            known = {h[1] for h in shown}
            template = SENTENCE[language] if photos else "{}"
            rest = {h[1]: h[at] for h in held if h[1] not in known}
            if depth == 5:  # Half as many names again as there are unseen concepts: among 150, as the aim asks.
                rest = {c["en"]: c["zh" if at == 2 else "en"] for c in pack.concepts[:: max(1, len(pack.with_cells) // 50)][:50]}
            table[f"{title} {language}"] = _hits(pack, clip, vectors, shown, language, template, depth, rest.values())
    return table
