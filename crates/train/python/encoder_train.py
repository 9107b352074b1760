"""Trains the sentence encoder on a pack, within a number of minutes or steps; resumes from disk.

    python encoder_train.py --pack runs/encoder/pack.npz --run runs/encoder-torch --start runs/encoder/last.safetensors --minutes 30 --workers 2

The loss is `crates/train/src/encoder.rs`'s: both languages towards the teacher's vector of the English text, and a contrast with the batch. `average/`
in the run folder is what `kindling-train encoder export --run` reads.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from encoder_model import Bert
from optimiser import Both
from training import Job, options, train


class Pack:
    """Token ids of everything, and who is where."""

    def __init__(self, path, device):
        pack = np.load(path)
        about = json.loads(pack["about"].tobytes())
        self.config, self.model, self.device = about["config"], about["model"], device
        self.rows = {}
        for name in ("en", "zh", "characters", "held_en", "held_zh"):
            self.rows[name] = np.split(pack[f"{name}.ids"].astype(np.int64), np.cumsum(pack[f"{name}.lengths"].astype(np.int64))[:-1])
        targets = torch.from_numpy(pack["targets"]).float()
        self.targets = F.normalize(targets, dim=1).half().to(device)
        self.row = pack["row"]
        self.by_source = [np.flatnonzero(pack["source"] == number) for number in range(len(self.config["shares"]))]
        self.length = np.maximum([len(row) for row in self.rows["en"]], [len(row) for row in self.rows["zh"]])

    def padded(self, rows):
        ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = torch.from_numpy(row)
            mask[at, : len(row)] = 1
        return ids.to(self.device), mask.to(self.device)

    def batch(self, seed, size, shares):
        """Drawn in a window of similar lengths: little padding."""
        rng = np.random.default_rng(seed)
        picks = np.concatenate([rng.choice(places, round(share * size * 3)) for places, share in zip(self.by_source, shares)])
        picks = picks[np.argsort(self.length[picks], kind="stable")]
        first = rng.integers(0, max(1, len(picks) - size + 1))
        picks = picks[first : first + size]
        chinese = [self.rows["characters" if rng.random() < 0.3 else "zh"][at] for at in picks]
        targets = self.targets[torch.from_numpy(self.row[picks]).long().to(self.device)].float()
        return [self.rows["en"][at] for at in picks] + chinese, targets


def loss_of(model, pack, rows, targets, contrast):
    vectors = model(*pack.padded(rows))  # [2 × batch, dim]
    cosine = (vectors * targets.repeat(2, 1)).sum(1).mean()
    own = torch.arange(len(targets), device=targets.device).repeat(2)
    return (1 - cosine) * 4 + F.cross_entropy(vectors @ targets.T * 20, own) * contrast


@torch.no_grad()
def retrieval(model, pack):
    """Share of the held-out Chinese sentences whose English one is nearest, and the reverse."""
    sides = []
    for name in ("held_zh", "held_en"):
        rows = pack.rows[name]
        order = np.argsort([len(row) for row in rows], kind="stable")
        vectors = torch.cat([model(*pack.padded([rows[at] for at in part])) for part in np.array_split(order, -(-len(rows) // 64))])
        sides.append(vectors[torch.from_numpy(np.argsort(order))])
    own = torch.arange(len(sides[0]), device=pack.device)
    scores = sides[0] @ sides[1].T
    return [100 * (table.argmax(1) == own).float().mean().item() for table in (scores, scores.T)]


class Encoder(Job):
    parts = ["loss"]

    def __init__(self, rank, world, given):
        self.pack = Pack(given.pack, given.device)
        self.config = json.loads(Path(given.config).read_text()) if given.config else self.pack.config
        self.size = given.batch or self.config["batch"]
        self.rate, self.rank, self.world, self.given = given.rate or self.config["learning_rate"], rank, world, given
        torch.manual_seed(self.config["seed"])
        self.model = self.fresh()

    def fresh(self):
        return Bert(self.pack.model)

    def optimise(self):
        self.optimiser = Both(self.model, self.config.get("weight_decay", 1e-4), self.config.get("matrices", 1.0), self.rank, self.world)

    def loss(self, step, done):
        rows, targets = self.pack.batch([self.config["seed"], step, self.rank], self.size, self.config["shares"])
        loss = loss_of(self.model, self.pack, rows, targets, self.config["contrast"])
        return loss, [loss.item()]

    def height(self, step, done):
        return min(1, (step + 1) / self.config["warmup"]) * (0.05 + 0.95 * (0.5 + 0.5 * math.cos(math.pi * done)))

    def files(self, step):
        tokenizer = Path(self.given.pack).parent / "tokenizer.json"
        texts = {"tokenizer.json": tokenizer.read_text(encoding="utf-8")} if tokenizer.exists() else {}
        return {"config.json": json.dumps(self.pack.model, indent=2), **texts}

    def scores(self, model, step):
        return dict(zip(("Tatoeba zh to en", "en to zh"), retrieval(model, self.pack)))


def main():
    ask = options(__doc__, pack="runs/encoder/pack.npz", run="runs/encoder-torch", start="runs/encoder/last.safetensors", every=250)
    ask.add_argument("--rate", type=float, help="peak learning rate, else the configuration's")
    train(Encoder, ask.parse_args())


if __name__ == "__main__":
    main()
