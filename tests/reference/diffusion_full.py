#!/usr/bin/env python3
"""Stable Diffusion 1.5's U-Net at full size (860 M parameters), weights and inputs from a formula (formula.py).

Writes tests/fixtures/diffusion/unet-sd15-formula/: the configuration and one step of the reference, no weights.
Inputs are `64 · weights(name, shape)`, exact in f32: `sample` `[1, 4, n, n]` for n = 32 and 64, and
`encoder_hidden_states` `[1, 77, 768]`; the timestep is 500. Kept are `out_32` whole, of `out_64` every fourth row and
column, and of each block at n = 32 (`down_blocks.0`, …) eight channels at every fourth row and column.

With a folder as argument, writes the model there as a checkpoint of f16 instead (1.7 GB); what is rounded is its own
reference no more. Takes 8 GB.
"""

import json
import pathlib
import sys
import time

import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file

from diffusion import FIXTURES, WEIGHTS, hooks
from formula import weights

TIMESTEP = 500
CONFIG = {
    "_class_name": "UNet2DConditionModel",
    "_diffusers_version": "0.6.0",
    "act_fn": "silu",
    "attention_head_dim": 8,
    "block_out_channels": [320, 640, 1280, 1280],
    "center_input_sample": False,
    "cross_attention_dim": 768,
    "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
    "downsample_padding": 1,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "in_channels": 4,
    "layers_per_block": 2,
    "mid_block_scale_factor": 1,
    "norm_eps": 1e-05,
    "norm_num_groups": 32,
    "out_channels": 4,
    "sample_size": 64,
    "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
}


def given(name, *shape):
    return torch.from_numpy(64 * weights(name, shape))


def full_model():
    with torch.device("meta"):
        model = UNet2DConditionModel.from_config(CONFIG)
    found = {name: torch.from_numpy(weights(name, tuple(t.shape))) for name, t in model.state_dict().items()}
    model.load_state_dict(found, assign=True)
    return model.eval()


def step(model, size):
    with torch.no_grad():
        return model(given("sample", 1, 4, size, size), TIMESTEP, given("encoder_hidden_states", 1, 77, 768)).sample


def fixture():
    folder = FIXTURES / "unet-sd15-formula"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2, sort_keys=True) + "\n")
    model = full_model()
    print(f"{sum(t.numel() for t in model.parameters())} parameters, {len(model.state_dict())} tensors", flush=True)
    large = step(model, 64)
    blocks = {}
    hooks(model, blocks)
    start = time.monotonic()
    small = step(model, 32)
    print(f"32 × 32: {time.monotonic() - start:.1f} s")
    emb = blocks.pop("emb")
    found = {"timestep": torch.tensor([TIMESTEP]), "out_32": small, "out_64": large[..., ::4, ::4], "emb": emb[:, ::8]}
    for name, tensor in blocks.items():
        print(f"{name}: {list(tensor.shape)}, deviation {float(tensor.std()):.2f}")
        found[name] = tensor[:, :: tensor.shape[1] // 8, ::4, ::4]
    print(f"deviations {float(small.std()):.3f}, {float(large.std()):.3f}")
    save_file({name: t.contiguous().clone() for name, t in found.items()}, folder / "golden_io.safetensors")
    (folder / "golden_io.safetensors").chmod(0o644)


def checkpoint(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2, sort_keys=True) + "\n")
    stored = {name: tensor.half().contiguous() for name, tensor in full_model().state_dict().items()}
    save_file(stored, folder / WEIGHTS, metadata={"format": "pt"})


def main():
    torch.set_num_threads(1)
    if len(sys.argv) > 1:
        checkpoint(pathlib.Path(sys.argv[1]))
    else:
        fixture()


if __name__ == "__main__":
    main()
