"""Trains the sentence encoder on a pack, within a number of minutes; resumes from disk.

    python encoder_train.py --pack runs/encoder/pack.npz --run runs/encoder-torch --start runs/encoder/last.safetensors --minutes 30 --workers 2

The loss is `crates/train/src/encoder.rs`'s: both languages towards the teacher's vector of the English text, and a contrast with the batch. The run
folder gets `last.safetensors` and `optimiser.pt` to resume from, `log.csv`, and in `average/` the averaged weights for `kindling-train encoder export --run`.
"""

import argparse
import csv
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from clip_model import load, load_file, save
from clip_train import Clock
from encoder_model import Bert
from optimiser import Both
from text2image_parallel import average_gradients, launch


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


def write(run, model, average, optimiser, step, pack, tokenizer):
    save(dict(model.state_dict()), run / "last.safetensors")
    torch.save({"optimiser": optimiser.state_dict(), "step": step}, run / "optimiser.part")
    (run / "optimiser.part").rename(run / "optimiser.pt")
    shown = run / "average"
    shown.mkdir(exist_ok=True)
    save(average, shown / "last.safetensors")
    (shown / "config.json").write_text(json.dumps(pack.model, indent=2))
    if tokenizer.exists():
        (shown / "tokenizer.json").write_bytes(tokenizer.read_bytes())


def prepare(rank, world, given):
    run, pack = Path(given.run), Pack(given.pack, given.device)
    run.mkdir(parents=True, exist_ok=True)
    config = json.loads(Path(given.config).read_text()) if given.config else pack.config
    config["batch"] = given.batch or config["batch"]
    torch.manual_seed(config["seed"])
    model, state = Bert(pack.model), None
    if given.resume and (run / "optimiser.pt").exists():
        load(model, run / "last.safetensors")
        state = torch.load(run / "optimiser.pt", map_location=given.device, weights_only=True)
    elif new := load(model, given.start):
        raise SystemExit(f"{given.start} lacks {new[:3]}")
    model.to(given.device)
    optimiser = Both(model, config.get("weight_decay", 1e-4), config.get("matrices", 1.0), rank, world)
    if state:
        optimiser.load_state_dict(state["optimiser"])
    return config, run, pack, model, optimiser, state["step"] if state else 0


def work(rank, world, given):
    config, run, pack, model, optimiser, first = prepare(rank, world, given)
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    if first and (run / "average/last.safetensors").exists():
        average = {name: value.to(given.device) for name, value in load_file(run / "average/last.safetensors").items()}
    clock, step, done, total, shown_at = Clock(given), first, 0.0, 0.0, (first, time.time())
    kind, rate = given.device.split(":")[0], given.rate or config["learning_rate"]
    log = open(run / "log.csv", "a", newline="")
    while done < 1:
        rows, targets = pack.batch([config["seed"], step, rank], config["batch"], config["shares"])
        with torch.autocast(kind, torch.bfloat16, enabled=given.bf16):
            loss = loss_of(model, pack, rows, targets, config["contrast"])
        loss.backward()
        value, done = average_gradients(model.parameters(), world, [loss.item(), clock.done(step - first + 1)])
        assert math.isfinite(value), f"the loss at step {step} is {value}"
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step(rate * min(1, (step + 1 - first) / config["warmup"]) * (0.05 + 0.95 * (0.5 + 0.5 * math.cos(math.pi * done))))
        step, total = step + 1, total + value
        checkpoint = step % given.every == 0
        if rank == 0:
            if step % 4 == 0:
                share = 1 - min(given.average, (step - first + 10) / (step - first + 40))
                now = model.state_dict()
                torch._foreach_lerp_([average[name] for name in now], list(now.values()), share)
            if step % 20 == 0 or done >= 1:
                count, left = step - shown_at[0], (time.time() - clock.started) * (1 / max(done, 1e-3) - 1) / 60
                print(f"step {step} loss {total / count:.4f}; {count / (time.time() - shown_at[1]):.2f} steps/s, {left:.0f} min left", flush=True)
                csv.writer(log).writerow([step, f"{total / count:.5f}", f"{time.time() - clock.started:.0f}"])
                log.flush()
                total, shown_at = 0.0, (step, time.time())
            if checkpoint or done >= 1:
                write(run, model, average, optimiser, step, pack, Path(given.pack).parent / "tokenizer.json")
                judged = Bert(pack.model).to(given.device).eval()
                judged.load_state_dict(average)
                print("  Tatoeba R@1 of 1,000 held out: zh → en {:.1f} %, en → zh {:.1f} %".format(*retrieval(judged, pack)), flush=True)
        if checkpoint and world > 1:
            torch.distributed.barrier()


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--config", help="else the pack's own")
    ask.add_argument("--pack", default="runs/encoder/pack.npz")
    ask.add_argument("--run", default="runs/encoder-torch")
    ask.add_argument("--start", default="runs/encoder/last.safetensors", help="weights to start from where there is nothing to resume")
    ask.add_argument("--resume", action="store_true")
    ask.add_argument("--minutes", type=float, default=30, help="the learning rate falls to its end by then")
    ask.add_argument("--steps", type=int, help="instead of minutes")
    ask.add_argument("--rate", type=float, help="peak learning rate, else the configuration's")
    ask.add_argument("--workers", type=int, default=1, help="processes of one thread each that share every step")
    ask.add_argument("--device", default="cpu")
    ask.add_argument("--batch", type=int, help="instead of the configuration's")
    ask.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    ask.add_argument("--average", type=float, default=0.99, help="of the averaged weights, every fourth step")
    ask.add_argument("--every", type=int, default=250, help="steps between checkpoints, which are scored")
    given = ask.parse_args()
    given.launched = time.time()
    launch(work, given.workers, given)


if __name__ == "__main__":
    main()
