"""Trains the small CLIP on a pack, within a number of minutes; resumes from disk.

    python clip_train.py --pack runs/clip/pack.npz --run runs/clip-torch --start runs/clip/last.safetensors --minutes 90 --workers 2
    python clip_train.py --pack runs/clip/pack.npz --run runs/clip-torch --resume --minutes 60

Losses and split are those of `crates/train/src/clip`, and one more: a picture's vector, through the head of the texts, towards the encoder's vector
of its name. The run folder gets `last.safetensors` and `optimiser.pt` to resume from, `log.csv`, `scores.csv`, and in `average/` the averaged
weights as `kindling-train clip export --run` and `text2image_eval.py` read them.
"""

import argparse
import csv
import json
import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F

import clip_model
from clip_augment import SIDE
from clip_data import Pack
from clip_score import scores
from optimiser import Both
from text2image_parallel import average_gradients, launch

PARTS = ["contrast", "picture", "caption", "general", "meaning"]
WEIGHTS = [1.0, 1.0, 0.5, 2.0, 1.0]


def about_model(config, pack):
    """The model's own configuration, as `Config::model` of the Rust trainer writes it."""
    tower = {
        "hidden_size": config["hidden"], "intermediate_size": config["hidden"] * 4, "num_attention_heads": config["heads"],
        "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5,
    }  # fmt: skip
    tokens = pack.tokenizer
    text = {"vocab_size": tokens.get_vocab_size(), "max_position_embeddings": config["max_tokens"], "eos_token_id": tokens.token_to_id("[SEP]")}
    vision = {"num_channels": 3, "image_size": SIDE, "patch_size": config["patch"]}
    return {
        "model_type": "clip",
        "text_config": {**tower, **text, "num_hidden_layers": config["text_layers"]},
        "vision_config": {**tower, **vision, "num_hidden_layers": config["vision_layers"]},
        "projection_dim": config["projection"],
    }


def losses(model, batch):
    clip = model.clip
    seen = clip.pictures(batch["pixels"], batch["keep"])
    pictures = F.normalize(seen, dim=-1)  # [batch, projection]
    captions = F.normalize(clip.texts(batch["captions"]), dim=-1)  # [batch, projection]
    general = clip.texts(batch["general"])  # [general, projection]
    scale = clip.logit_scale.exp().clamp(1, 100)
    logits = pictures @ captions.T * scale
    own = torch.arange(len(logits), device=logits.device)
    centres = F.normalize(model.concepts.weight, dim=-1).T
    to_teacher = [F.normalize(model.teacher(x), dim=-1) for x in (general, seen)]
    return [
        (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2,
        F.cross_entropy(pictures @ centres * scale, batch["concepts"]),
        F.cross_entropy(captions @ centres * scale, batch["concepts"]),
        1 - (to_teacher[0] * batch["targets"]).sum(1).mean(),
        1 - (to_teacher[1] * batch["meant"]).sum(1).mean(),
    ]


class Clock:
    """How far the run is, 0 to 1, by its minutes (loading included, for whoever lends a machine counts it) or its steps."""

    def __init__(self, given):
        self.started, self.minutes, self.steps = given.launched, given.minutes, given.steps

    def done(self, step):
        return min(1.0, step / self.steps if self.steps else (time.time() - self.started) / 60 / self.minutes)


def height(step, done, config):
    """Share of the peak learning rate: up, level, and from `decay_from` of the time on down to nothing. Level, since a run shares its machine and
    nobody knows beforehand how many steps fit in its minutes."""
    return min(1, (step + 1) / config["warmup"], max(0.02, (1 - done) / (1 - config["decay_from"])))


def write(run, model, average, optimiser, step, about, pack):
    clip_model.save(dict(model.state_dict()), run / "last.safetensors")
    torch.save({"optimiser": optimiser.state_dict(), "step": step}, run / "optimiser.part")
    (run / "optimiser.part").rename(run / "optimiser.pt")
    shown = run / "average"
    shown.mkdir(exist_ok=True)
    clip_model.save(average, shown / "last.safetensors")
    for folder in (run, shown):
        (folder / "config.json").write_text(json.dumps(about, indent=2))
        (folder / "tokenizer.json").write_text(pack.about["tokenizer"], encoding="utf-8")


def prepare(rank, world, given):
    config = json.loads(Path(given.config).read_text())
    config["batch"] = given.batch or config["batch"]
    run, device = Path(given.run), given.device
    run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config["seed"])
    pack = Pack(given.pack, device, given.leave_out)
    about = about_model(config, pack)
    model = clip_model.Trained(about, len(pack.concepts), pack.targets.shape[1])
    state = None
    if given.resume and (run / "last.safetensors").exists():
        clip_model.load(model, run / "last.safetensors")
        if (run / "optimiser.pt").exists():
            state = torch.load(run / "optimiser.pt", map_location=device, weights_only=True)
    elif given.start:
        new = clip_model.load(model, given.start)
        # A layer that the start lacks begins by passing on what it gets.
        for name, value in model.named_parameters():
            if name in new and name.split(".", 1)[1].endswith(("out_proj.weight", "fc2.weight")):
                torch.nn.init.zeros_(value)
        if rank == 0 and new:
            print(f"new in this model: {len(new)} tensors, {new[0]} and on")
    model.to(device)
    optimiser = Both(model, config["weight_decay"], config.get("matrices", 1.0), rank, world)
    if state:
        optimiser.load_state_dict(state["optimiser"])
    return config, run, pack, about, model, optimiser, state["step"] if state else 0


def work(rank, world, given):
    config, run, pack, about, model, optimiser, first = prepare(rank, world, given)
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    if first and (run / "average/last.safetensors").exists():
        average = {name: value.to(given.device) for name, value in clip_model.load_file(run / "average/last.safetensors").items()}
    kind = given.device.split(":")[0]
    clock, step, done, sums, shown_at, saved = Clock(given), first, 0.0, None, (first, time.time()), time.time()
    log = open(run / "log.csv", "a", newline="")
    rows = csv.writer(log)
    while done < 1:
        masked = done < config["masked_until"]
        # The last stretch looks at whole pictures as they mostly are.
        strength = config["augmentation"] * (1.0 if masked else 0.4)
        size = config["batch"] if masked else max(32, config["batch"] // 2)
        kept = config["kept_patches"] if masked else None
        batch = pack.batch(config["seed"] + step * world + rank, size, config["general"], config["photo_share"], strength, kept)
        with torch.autocast(kind, torch.bfloat16, enabled=given.bf16):
            parts = losses(model, batch)
            loss = sum(weight * part for weight, part in zip(WEIGHTS, parts))
        loss.backward()
        numbers = average_gradients(model.parameters(), world, [*(part.item() for part in parts), clock.done(step - first + 1)])
        assert all(map(math.isfinite, numbers)), f"the loss at step {step} is {numbers}"
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        rate = config["learning_rate"] * height(step - first, done, config)
        optimiser.step(rate)
        step, done = step + 1, numbers[-1]
        if rank:
            if step % given.every == 0:
                torch.distributed.barrier()
            continue
        if step % 4 == 0:
            share = 1 - min(given.average, (step - first + 10) / (step - first + 40))
            now = model.state_dict()
            torch._foreach_lerp_([average[name] for name in now], list(now.values()), share)
        sums = numbers if sums is None else [a + b for a, b in zip(sums, numbers)]
        if step % 20 == 0 or done >= 1:
            count, seconds = step - shown_at[0], time.time() - shown_at[1]
            means = [value / count for value in sums[:-1]]
            left = (time.time() - clock.started) * (1 / max(done, 1e-3) - 1) / 60
            text = " ".join(f"{name} {value:.3f}" for name, value in zip(PARTS, means))
            print(f"step {step} {text}; {count / seconds:.2f} steps/s, {left:.0f} min left", flush=True)
            rows.writerow([step, *(f"{value:.4f}" for value in means), f"{time.time() - clock.started:.0f}", f"{rate:.6f}"])
            log.flush()
            sums, shown_at = None, (step, time.time())
        if step % given.every == 0 or done >= 1:
            write(run, model, average, optimiser, step, about, pack)
            report(run, pack, about, average, step, given.most)
            shown_at = (step, time.time())
        if step % given.every == 0 and world > 1:
            torch.distributed.barrier()


def report(run, pack, about, average, step, most):
    model = clip_model.Trained(about, len(pack.concepts), pack.targets.shape[1]).to(pack.device).eval()
    model.load_state_dict(average)
    table = scores(model.clip, pack, most)
    print("  " + "; ".join(f"{name} {value:.1f}" for name, value in table.items()), flush=True)
    path = run / "scores.csv"
    if not path.exists():
        path.write_text("step," + ",".join(name.replace(",", "") for name in table) + "\n")
    with open(path, "a") as file:
        file.write(f"{step}," + ",".join(f"{value:.2f}" for value in table.values()) + "\n")


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--config", default="crates/train/config/clip-torch.json")
    ask.add_argument("--pack", default="runs/clip/pack.npz")
    ask.add_argument("--run", default="runs/clip-torch")
    ask.add_argument("--start", help="weights to start from where there is nothing to resume; layers they lack are new")
    ask.add_argument("--resume", action="store_true")
    ask.add_argument("--minutes", type=float, default=60, help="the learning rate falls to its end by then")
    ask.add_argument("--steps", type=int, help="instead of minutes")
    ask.add_argument("--workers", type=int, default=1, help="processes of one thread each that share every step")
    ask.add_argument("--device", default="cpu")
    ask.add_argument("--batch", type=int, help="instead of the configuration's")
    ask.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    ask.add_argument("--average", type=float, default=0.99, help="of the averaged weights, every fourth step")
    ask.add_argument("--every", type=int, default=200, help="steps between checkpoints, which are scored")
    ask.add_argument("--most", type=int, default=300, help="pictures a set that a checkpoint is scored on")
    ask.add_argument("--leave-out", nargs="*", default=[], help="training styles not to train on but to score, to choose augmentations by")
    given = ask.parse_args()
    given.launched = time.time()
    launch(work, given.workers, given)


if __name__ == "__main__":
    main()
