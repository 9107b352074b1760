"""The loop that the trainers of CLIP, encoder, autoencoder and U-Net share: clock, averaged weights, checkpoints, log, several processes.

A run folder gets `last.safetensors` and `optimiser.pt` to resume from, `log.csv` every 20 steps, `scores.csv` at every checkpoint, and in `average/`
the averaged weights with whatever a reader of the folder needs beside them.
"""

import argparse
import csv
import math
import time
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from parallel import average_gradients, launch


def load(model, path):
    """A checkpoint of any trainer; what it lacks stays as it is. Returns the names that stayed."""
    missing = model.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()}, strict=False)
    assert not missing.unexpected_keys, f"{path} has {missing.unexpected_keys[:3]}"
    return missing.missing_keys


def save(tensors, path):
    """Through a part file, so that a run cut off never leaves half a checkpoint."""
    part = path.with_suffix(".part")
    save_file({name: tensor.detach().float().cpu().contiguous() for name, tensor in tensors.items()}, part)
    part.rename(path)


def options(doc, **defaults):
    """What every trainer can be told."""
    ask = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--config", help="JSON file with everything that decides the run")
    ask.add_argument("--pack", help="what to learn from")
    ask.add_argument("--run", help="folder of checkpoints and logs")
    ask.add_argument("--start", help="weights to start from where there is nothing to resume")
    ask.add_argument("--resume", action="store_true")
    ask.add_argument("--minutes", type=float, help="the learning rate falls to its end by then; else after the configuration's steps")
    ask.add_argument("--steps", type=int, help="so many more, instead of minutes")
    ask.add_argument("--workers", type=int, default=1, help="processes of one thread each that share every step")
    ask.add_argument("--device", default="cpu")
    ask.add_argument("--batch", type=int, help="instead of the configuration's")
    ask.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    ask.add_argument("--average", type=float, default=0.99, help="of the averaged weights, every fourth step")
    ask.add_argument("--every", type=int, default=200, help="steps between checkpoints, which are scored")
    ask.set_defaults(**defaults)
    return ask


class Clock:
    """How far a run is, 0 to 1: by its minutes (loading included, for whoever lends a machine counts it), by the steps of this stretch, or by the
    configuration's, which go on counting where a run is resumed."""

    def __init__(self, given, config, first):
        self.started, self.steps, self.first = given.launched, given.steps, first
        self.minutes = None if given.steps else given.minutes
        if not (self.minutes or self.steps):
            self.steps, self.first = config["steps"], 0

    def done(self, step):
        passed = (time.time() - self.started) / 60 / self.minutes if self.minutes else (step - self.first) / self.steps
        return min(1.0, passed)


class Average:
    """The mean of the weights along the way, the last of them counting most."""

    def __init__(self, model, kept, first):
        self.model, self.kept, self.first = model, kept, first
        self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def load(self, path):
        if path.exists():
            device = next(iter(self.weights.values())).device
            self.weights = {name: value.to(device) for name, value in load_file(path).items()}

    def follow(self, step):
        if step % 4 == 0:
            share = 1 - min(self.kept, (step - self.first + 10) / (step - self.first + 40))
            now = self.model.state_dict()
            torch._foreach_lerp_([self.weights[name] for name in now], list(now.values()), share)


class Log:
    """Means over 20 steps, to the screen and as a row; scores of checkpoints."""

    def __init__(self, run, job, clock, first):
        self.run, self.job, self.clock = run, job, clock
        self.file = open(run / "log.csv", "a", newline="")
        self.sums, self.counted, self.since, self.done = None, 0, time.time(), clock.done(first)

    def add(self, values):
        self.sums = values if self.sums is None else [a + b for a, b in zip(self.sums, values)]
        self.counted += 1

    def show(self, step, done, rate):
        means = [value / self.counted for value in self.sums]
        taken = time.time() - self.since
        left = taken * (1 - done) / max(done - self.done, 1e-6) / 60
        text = " ".join(f"{name} {value:.3f}" for name, value in zip(self.job.parts, means))
        print(f"step {step} {text}; {self.counted / taken:.2f} steps/s, {left:.0f} min left", flush=True)
        csv.writer(self.file).writerow([step, *(f"{value:.4f}" for value in means), f"{time.time() - self.clock.started:.0f}", f"{rate:.6f}"])
        self.file.flush()
        self.sums, self.counted, self.since, self.done = None, 0, time.time(), done

    def score(self, step, table):
        print("  " + "; ".join(f"{name} {value:.4g}" for name, value in table.items()), flush=True)
        path = self.run / "scores.csv"
        if not path.exists():
            path.write_text("step," + ",".join(name.replace(",", "") for name in table) + "\n")
        with open(path, "a") as file:
            file.write(f"{step}," + ",".join(f"{value:.4g}" for value in table.values()) + "\n")
        self.since = time.time()


class Job:
    """What is trained. Its makers set `model`, `config`, `parts` (what the log shows) and `rate` (the peak), and give it

    - `fresh()`: a model as `model` was before it learnt
    - `optimise()`: makes `optimiser`, once the model is where it trains
    - `loss(step, done)`: the loss of one batch, and the values of its parts
    - `height(step, done)`: share of the peak learning rate, by the steps of this stretch and how far it is
    - `scores(model, step)`: of the averaged weights, on what was held out
    """

    def missing(self, names):
        """What to do about weights that a checkpoint lacks."""
        if names:
            raise SystemExit(f"the weights lack {names[:3]}")

    def files(self, step):
        """Texts by name, to lie beside the averaged weights."""
        return {}


def averaged(job, average, device):
    """The model with the averaged weights, to be scored."""
    model = job.fresh().to(device).eval()
    model.load_state_dict(average.weights)
    return model


def write(run, job, average, step):
    """A checkpoint: what to resume from, and the averaged weights as a folder of their own."""
    save(job.model.state_dict(), run / "last.safetensors")
    torch.save({"optimiser": job.optimiser.state_dict(), "step": step}, run / "optimiser.part")
    (run / "optimiser.part").rename(run / "optimiser.pt")
    shown = run / "average"
    shown.mkdir(exist_ok=True)
    save(average.weights, shown / "last.safetensors")
    for name, text in job.files(step).items():
        (shown / name).write_text(text, encoding="utf-8")


def opened(job, run, given):
    """Weights and moments of where a run goes on; the step it is at."""
    state = None
    if given.resume and (run / "last.safetensors").exists():
        job.missing(load(job.model, run / "last.safetensors"))
        if (run / "optimiser.pt").exists():
            state = torch.load(run / "optimiser.pt", map_location=given.device, weights_only=True)
    elif given.start:
        job.missing(load(job.model, given.start))
    job.model.to(given.device)
    job.optimise()
    if state:
        job.optimiser.load_state_dict(state["optimiser"])
    return state["step"] if state else 0


def work(rank, world, given):
    run = Path(given.run)
    run.mkdir(parents=True, exist_ok=True)
    job = given.job(rank, world, given)
    step = first = opened(job, run, given)
    clock, average = Clock(given, job.config, first), Average(job.model, given.average, first)
    if first:
        average.load(run / "average/last.safetensors")
    log = Log(run, job, clock, first) if rank == 0 else None
    kind, done = given.device.split(":")[0], clock.done(first)
    while done < 1:
        with torch.autocast(kind, torch.bfloat16, enabled=given.bf16):
            loss, values = job.loss(step, done)
        loss.backward()
        # Where time ends the run, the processes agree on how far they are.
        *values, done_next = average_gradients(job.model.parameters(), world, [*values, clock.done(step + 1)])
        assert all(map(math.isfinite, values)), f"the loss at step {step} is {values}"
        torch.nn.utils.clip_grad_norm_(job.model.parameters(), 1.0)
        rate = job.rate * job.height(step - first, done)
        job.optimiser.step(rate)
        step, done = step + 1, done_next
        checkpoint = step % given.every == 0
        if rank == 0:
            average.follow(step)
            log.add(values)
            if step % 20 == 0 or done >= 1:
                log.show(step, done, rate)
            if checkpoint or done >= 1:
                write(run, job, average, step)
                log.score(step, job.scores(averaged(job, average, given.device), step))
        if checkpoint and world > 1:
            torch.distributed.barrier()


def train(job, given):
    """Runs the [`Job`] that `job(rank, world, given)` makes, to its end."""
    given.job, given.launched = job, time.time()
    launch(work, given.workers, given)
