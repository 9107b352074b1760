"""One file with everything that training the sentence encoder reads: the corpus of `corpus.rs`, drawn alike, and its teacher's vectors.

    python encoder_pack.py --data ../shared/data --run runs/encoder --out runs/encoder/pack.npz

`runs/encoder` must hold `tokenizer.json`, `config.json` and `targets.f32` of `kindling-train encoder prepare`. No sentiment label is read here.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from rust_random import StdRng

SOURCES = ["tatoeba", "phrases", "templates", "lemmas", "glosses"]


def lines(path):
    return [line.removesuffix("\r") for line in path.read_text(encoding="utf-8").removesuffix("\n").split("\n")]


def tatoeba(path, rng):
    """1,000 pairs are held out, with every other pair that shares a side with one of them."""
    pairs = [(*fields[:2], "tatoeba") for fields in (line.split("\t") for line in lines(path)) if len(fields) > 1]
    rng.shuffle(pairs)
    sides, held = set(), []
    for pair in pairs:
        if len(held) < 1000 and len(pair[0].split(" ")) >= 4 and pair[0] not in sides and pair[1] not in sides:
            sides.update(pair[:2])
            held.append(pair)
    return [pair for pair in pairs if pair[0] not in sides and pair[1] not in sides], held


def filled(pattern, slots, rng):
    """A slot's filler is the same on both sides; `{X}` twice is the same filler twice."""
    en, zh = pattern
    while (start := en.find("{")) >= 0:
        marker = en[start : en.index("}", start) + 1]
        whole = marker.strip("{}")
        name = whole.rstrip("0123456789")
        fillers = slots.get(name if name in slots else whole)
        if not fillers:
            return None
        filler = rng.choose(fillers)
        en, zh = en.replace(marker, filler[0]), zh.replace(marker, filler[1])
    return (en[:1].upper() + en[1:], zh) if "{" not in zh else None


def composed(path, count, rng):
    slots, patterns, seen, pairs = {}, [], set(), []
    for fields in (line.split("\t") for line in lines(path)):
        if len(fields) == 4 and fields[0] == "slot":
            slots.setdefault(fields[1], []).append(fields[2:])
        elif len(fields) == 3 and fields[0] == "pattern":
            patterns.append(fields[1:])
    for _ in range(count * 4):
        if len(pairs) == count:
            break
        pair = filled(rng.choose(patterns), slots, rng)
        if not pair:
            continue
        # One in three is a longer text of two sentences, as reviews are.
        if rng.below(3) == 0 and (more := filled(rng.choose(patterns), slots, rng)):
            pair = (f"{pair[0]} {more[0]}", pair[1] + more[1])
        if pair[0] not in seen:
            seen.add(pair[0])
            pairs.append((*pair, "templates"))
    return pairs


def wordnet(path, rng):
    lemmas, glosses = [], []
    for fields in (line.split("\t") for line in lines(path)):
        if len(fields) < 3 or len(fields[1]) > 40 or len(fields[2].encode()) > 160:
            continue
        kind, zh, en = fields[:3]
        if kind == "L":
            lemmas.append((", ".join(en.split(", ")[:2]), zh, "lemmas"))
        else:
            glosses.append((en, zh, "glosses"))
    rng.shuffle(lemmas)
    rng.shuffle(glosses)
    return lemmas[:30_000] + glosses[:12_000]


def corpus(config, data, own):
    """Training pairs `(en, zh, source)`, and those held out for retrieval."""
    rng = StdRng(config["seed"])
    train, held = tatoeba(data / "text/tatoeba_cmn_eng.txt", rng)
    more = [(en.strip(), zh.strip(), "phrases") for en, tab, zh in (line.partition("\t") for line in lines(own / "phrases.tsv")) if tab]
    more += composed(own / "templates.tsv", config["composed"], rng)
    more += wordnet(data / "text/wn_zh_en_pairs.tsv", rng)
    sides = {side for pair in held for side in pair[:2]}
    return train + [pair for pair in more if pair[0] not in sides and pair[1] not in sides], held


def ragged(rows):
    return np.concatenate([np.array(row, np.uint16) for row in rows]), np.array([len(row) for row in rows], np.uint16)


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--config", default="crates/train/config/encoder.json")
    ask.add_argument("--data", default="../shared/data")
    ask.add_argument("--own", default="crates/train/data")
    ask.add_argument("--run", default="runs/encoder")
    ask.add_argument("--out", default="runs/encoder/pack.npz")
    given = ask.parse_args()
    config, run = json.loads(Path(given.config).read_text()), Path(given.run)
    train, held = corpus(config, Path(given.data), Path(given.own))
    targets = np.fromfile(run / "targets.f32", np.float32).reshape(len(train), -1)
    tokenizer = Tokenizer.from_file(str(run / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def ids(texts):
        rows, most = [encoding.ids for encoding in tokenizer.encode_batch(texts)], config["max_tokens"]
        return [row if len(row) <= most else row[: most - 1] + row[-1:] for row in rows]

    # Equal English texts have equal vectors: each is kept once.
    place, first = {}, []
    for at, (en, _, _) in enumerate(train):
        if en not in place:
            place[en] = len(first)
            first.append(at)
    distinct = targets[first]
    out = {
        "about": np.frombuffer(json.dumps({"config": config, "model": json.loads((run / "config.json").read_text())}).encode(), np.uint8),
        "row": np.array([place[en] for en, _, _ in train], np.int32),
        "source": np.array([SOURCES.index(source) for _, _, source in train], np.uint8),
        "targets": np.round(distinct * 127 / np.abs(distinct).max(1, keepdims=True)).astype(np.int8),
    }
    for name, side, pairs in (("en", 0, train), ("zh", 1, train), ("held_en", 0, held), ("held_zh", 1, held)):
        out[f"{name}.ids"], out[f"{name}.lengths"] = ragged(ids([pair[side] for pair in pairs]))
    # Characters only, a share of the time, so that a word's pieces are known too.
    characters = json.loads((run / "tokenizer.json").read_text(encoding="utf-8"))
    words = [p for p in characters["model"]["vocab"] if len(p[0]) > 1 and all("\u4e00" <= c <= "\u9fff" for c in p[0])]
    print(f"{len(words)} Chinese words in the vocabulary")
    for word in words:
        word[1] = -200.0
    tokenizer = Tokenizer.from_str(json.dumps(characters))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    out["characters.ids"], out["characters.lengths"] = ragged(ids([pair[1] for pair in train]))
    np.savez_compressed(given.out, **out)
    for number, source in enumerate(SOURCES):
        print(f"{source}: {int((out['source'] == number).sum())} pairs")
    print(f"{len(distinct)} distinct English texts; {Path(given.out).stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
