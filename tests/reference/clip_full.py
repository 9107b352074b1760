#!/usr/bin/env python3
"""CLIP ViT-B/32 and ViT-B/16 at full size, weights and inputs from a formula (formula.py).

Writes tests/fixtures/clip-vit-b{32,16}-formula/: the configuration and what the reference computes, no weights.
With a folder as argument, writes the whole ViT-B/32 there as a checkpoint instead (600 MB), for the bench.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

from clip import outputs
from formula import input_ids, pixel_values, weights

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
BEGIN, END = 49406, 49407
ENDS = [9, 30, 76]
LAYERS = [0, 6, 12]
TOKENS = 2

TEXT = {
    "bos_token_id": 0,
    "dropout": 0.0,
    "hidden_act": "quick_gelu",
    "hidden_size": 512,
    "intermediate_size": 2048,
    "layer_norm_eps": 1e-05,
    "max_position_embeddings": 77,
    "model_type": "clip_text_model",
    "num_attention_heads": 8,
    "num_hidden_layers": 12,
    "pad_token_id": 1,
    "projection_dim": 512,
    "vocab_size": 49408,
}
VISION = {
    "dropout": 0.0,
    "hidden_act": "quick_gelu",
    "hidden_size": 768,
    "image_size": 224,
    "intermediate_size": 3072,
    "layer_norm_eps": 1e-05,
    "model_type": "clip_vision_model",
    "num_attention_heads": 12,
    "num_hidden_layers": 12,
    "projection_dim": 512,
}


def config(patch):
    """The published sizes. The end token is as published (2: the largest id counts) in ViT-B/32 and as the
    library writes it today in ViT-B/16, so that both rules are met at full size."""
    end = {"eos_token_id": 2} if patch == 32 else {"bos_token_id": BEGIN, "eos_token_id": END}
    return {
        "architectures": ["CLIPModel"],
        "initializer_factor": 1.0,
        "logit_scale_init_value": 2.6592,
        "model_type": "clip",
        "projection_dim": 512,
        "text_config": TEXT | end,
        "text_config_dict": None,
        "torch_dtype": "float32",
        "vision_config": VISION | {"patch_size": patch},
        "vision_config_dict": None,
    }


def write_config(folder, patch):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config(patch), indent=2, sort_keys=True) + "\n")


def full_model(folder):
    """The reference's model for the configuration in `folder`, every tensor from the formula."""
    settings = CLIPConfig.from_pretrained(folder, attn_implementation="eager")
    model = CLIPModel(settings)
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            tensor.copy_(torch.from_numpy(weights(name, tuple(tensor.shape))))
    return model.eval()


def inputs():
    return {
        "input_ids": torch.from_numpy(input_ids(ENDS, 77, BEGIN, END)),
        "pixel_values": torch.from_numpy(pixel_values(2, 224)),
    }


def closest(embeds):
    """The largest cosine between two rows."""
    return float((embeds @ embeds.T - 2 * torch.eye(len(embeds))).max())


def fixture(patch):
    folder = FIXTURES / f"clip-vit-b{patch}-formula"
    write_config(folder, patch)
    found = outputs(full_model(folder), inputs())
    kept = {name: found[name] for name in ["text_embeds", "image_embeds", "logits_per_image"]}
    for layer in LAYERS:
        name = f"vision_hidden_states.{layer}"
        kept[name] = found[name][:, :TOKENS].contiguous()
    if max(closest(kept["image_embeds"]), closest(kept["text_embeds"])) > 0.97:
        raise SystemExit(f"{folder.name}: outputs too alike to tell a wrong model")
    save_file(kept, folder / "golden_io.safetensors")
    (folder / "golden_io.safetensors").chmod(0o644)
    sizes = [f"{float(found[f'{tower}_hidden_states.{n}'].std()):.2f}" for tower in ["vision", "text"] for n in LAYERS]
    print(
        f"{folder.name}: cosine of images {closest(kept['image_embeds']):.3f},",
        f"of texts {closest(kept['text_embeds']):.3f}, deviations {' '.join(sizes)},",
        f"logits {kept['logits_per_image'].tolist()}",
    )


def checkpoint(folder):
    write_config(folder, 32)
    model = full_model(folder)
    stored = {name: tensor.detach().contiguous() for name, tensor in model.named_parameters()}
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    return model


def main():
    if len(sys.argv) > 1:
        checkpoint(pathlib.Path(sys.argv[1]))
        return
    for patch in (32, 16):
        fixture(patch)


if __name__ == "__main__":
    main()
