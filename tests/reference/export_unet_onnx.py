#!/usr/bin/env python3
"""A conditional U-Net of 25.5 million parameters, random by seed 0, as a checkpoint and as ONNX for the bench's peer.

Usage: export_unet_onnx.py OUT   writes OUT/config.json, OUT/diffusion_pytorch_model.safetensors, OUT/onnx/model.onnx

Speed does not depend on the numbers. All f32; never committed.
"""

import pathlib
import sys
import warnings

import numpy
import onnxruntime
import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor

SIZES = {
    "sample_size": 32,
    "in_channels": 4,
    "out_channels": 4,
    "layers_per_block": 1,
    "block_out_channels": (96, 192, 288),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "cross_attention_dim": 512,
    "attention_head_dim": 8,
    "norm_num_groups": 32,
}
INPUTS = ["sample", "timestep", "encoder_hidden_states"]


class Step(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, encoder_hidden_states):
        return self.model(sample, timestep, encoder_hidden_states, return_dict=False)[0]


def feeds(batch, timestep):
    return torch.randn(batch, 4, 32, 32), torch.tensor([timestep]), torch.randn(batch, 77, 512)


def export(step, path):
    part = path.with_suffix(".part")
    batch = {0: "batch"}
    torch.onnx.export(
        step,
        feeds(2, 10),
        str(part),
        input_names=INPUTS,
        output_names=["out_sample"],
        dynamic_axes={"sample": batch, "encoder_hidden_states": batch, "out_sample": batch},
        opset_version=17,
        dynamo=False,  # the tracing exporter's graph is the one whose patterns the runtime fuses
        do_constant_folding=True,
    )
    # another batch and timestep than those it was traced with: a constant baked in would show
    other = feeds(1, 741)
    with torch.no_grad():
        expected = step(*other).numpy()
    session = onnxruntime.InferenceSession(str(part), providers=["CPUExecutionProvider"])
    found = session.run(None, {name: tensor.numpy() for name, tensor in zip(INPUTS, other)})[0]
    difference = float(numpy.abs(found - expected).max())
    if not difference <= 1e-4:
        raise SystemExit(f"export unlike its source: {difference:.2e}")
    part.rename(path)
    print(f"{path}: {path.stat().st_size / 1e6:.0f} MB, largest difference to the source {difference:.1e}")


def main():
    warnings.filterwarnings("ignore")
    out = pathlib.Path(sys.argv[1])
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = UNet2DConditionModel(**SIZES).eval()
    model.set_attn_processor(AttnProcessor())
    print(f"{sum(tensor.numel() for tensor in model.parameters())} parameters")
    (out / "onnx").mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    # last: its presence says that all of it is there
    export(Step(model), out / "onnx/model.onnx")


if __name__ == "__main__":
    main()
