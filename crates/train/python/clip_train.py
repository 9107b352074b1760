"""Trains the small CLIP on a pack, within a number of minutes or steps; resumes from disk.

    python clip_train.py --pack runs/clip/pack.npz --run runs/clip-torch --start runs/clip/last.safetensors --minutes 90 --workers 2
    python clip_train.py --pack runs/clip/pack.npz --run runs/clip-torch --resume --minutes 60

Losses and split are those of `crates/train/src/clip`, and one more: a picture's vector, through the head of the texts, towards the encoder's vector
of its name. `average/` in the run folder is what `kindling-train clip export --run` and `text2image_eval.py` read.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

import clip_model
from clip_augment import SIDE
from clip_data import Pack
from clip_score import scores
from optimiser import Both
from training import Job, options, train

WEIGHTS = {"contrast": 1.0, "picture": 1.0, "caption": 0.5, "general": 2.0, "meaning": 1.0}


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


class Clip(Job):
    parts = list(WEIGHTS)

    def __init__(self, rank, world, given):
        self.config = json.loads(Path(given.config).read_text())
        self.config["batch"] = given.batch or self.config["batch"]
        self.rate, self.rank, self.world, self.most = self.config["learning_rate"], rank, world, given.most
        torch.manual_seed(self.config["seed"])
        self.pack = Pack(given.pack, given.device, given.leave_out)
        self.about = about_model(self.config, self.pack)
        self.model = self.fresh()

    def fresh(self):
        return clip_model.Trained(self.about, len(self.pack.concepts), self.pack.targets.shape[1])

    def missing(self, names):
        """A layer that the start lacks begins by passing on what it gets."""
        for name, value in self.model.named_parameters():
            if name in names and name.split(".", 1)[1].endswith(("out_proj.weight", "fc2.weight")):
                torch.nn.init.zeros_(value)
        if self.rank == 0 and names:
            print(f"new in this model: {len(names)} tensors, {names[0]} and on")

    def optimise(self):
        self.optimiser = Both(self.model, self.config["weight_decay"], self.config.get("matrices", 1.0), self.rank, self.world)

    def loss(self, step, done):
        config, masked = self.config, done < self.config["masked_until"]
        # The last stretch looks at whole pictures as they mostly are.
        strength = config["augmentation"] * (1.0 if masked else 0.4)
        size = config["batch"] if masked else max(32, config["batch"] // 2)
        kept = config["kept_patches"] if masked else None
        seed = config["seed"] + step * self.world + self.rank
        parts = losses(self.model, self.pack.batch(seed, size, config["general"], config["photo_share"], strength, kept, config.get("hard", 0.0)))
        return sum(weight * part for weight, part in zip(WEIGHTS.values(), parts)), [part.item() for part in parts]

    def height(self, step, done):
        """Up, level, and from `decay_from` of the time on down to nothing. Level, since a run shares its machine and nobody knows beforehand how many
        steps fit in its minutes."""
        return min(1, (step + 1) / self.config["warmup"], max(0.02, (1 - done) / (1 - self.config["decay_from"])))

    def files(self, step):
        return {"config.json": json.dumps(self.about, indent=2), "tokenizer.json": self.pack.about["tokenizer"]}

    def scores(self, model, step):
        return scores(model.clip, self.pack, self.most)


def main():
    defaults = {"config": "crates/train/config/clip.json", "pack": "runs/clip/pack.npz", "run": "runs/clip-torch"}
    ask = options(__doc__, **defaults)
    ask.add_argument("--most", type=int, default=300, help="pictures a set that a checkpoint is scored on")
    ask.add_argument("--leave-out", nargs="*", default=[], help="training styles not to train on but to score, to choose augmentations by")
    train(Clip, ask.parse_args())


if __name__ == "__main__":
    main()
