#!/usr/bin/env python3
"""Tiny random CLIPs in the layouts that published ones have, and what the reference computes with them.

Writes tests/fixtures/clip-{legacy,eos,chinese}/. Each is there for what a reader gets wrong:

- legacy: `eos_token_id` 2 in the configuration (as OpenAI's and LAION's first checkpoints have it), so that a text
  is pooled at its largest id; gelu; the `position_ids` buffers of older files.
- eos: pooled at the first `eos_token_id`, with larger ids before it and end tokens for padding; quick_gelu, given
  and by default; an attention mask.
- chinese: Chinese-CLIP. BERT without pooler, pooled at its first token; padding is seen unless masked.

Every tensor is random, biases and norms too: zeros and ones would hide what is left out or swapped.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import ChineseCLIPModel, CLIPModel

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
SEED = 20261123

VISION = {
    "hidden_size": 24,
    "image_size": 24,
    "intermediate_size": 40,
    "model_type": "clip_vision_model",
    "num_attention_heads": 4,
    "num_channels": 3,
    "num_hidden_layers": 2,
    "patch_size": 8,
    "projection_dim": 20,
}
TEXT = {
    "bos_token_id": 0,
    "hidden_size": 16,
    "intermediate_size": 36,
    "layer_norm_eps": 1e-05,
    "model_type": "clip_text_model",
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "pad_token_id": 1,
    "projection_dim": 20,
    "vocab_size": 60,
}
CLIP = {
    "architectures": ["CLIPModel"],
    "initializer_factor": 1.0,
    "logit_scale_init_value": 2.6592,
    "model_type": "clip",
    "projection_dim": 20,
    "torch_dtype": "float32",
}
LEGACY = CLIP | {
    "text_config": TEXT | {"eos_token_id": 2, "hidden_act": "gelu", "max_position_embeddings": 77, "top_k": 50},
    "text_config_dict": None,
    "vision_config": VISION | {"hidden_act": "gelu", "layer_norm_eps": 1e-05},
    "vision_config_dict": None,
}
EOS = CLIP | {
    "text_config": TEXT
    | {"eos_token_id": 57, "hidden_act": "quick_gelu", "max_position_embeddings": 12, "pad_token_id": 57},
    "vision_config": VISION,  # without hidden_act: quick_gelu by default
}
# as published: BERT's own keys, an eos_token_id that means nothing, dropout that inference leaves out
CHINESE = CLIP | {
    "architectures": ["ChineseCLIPModel"],
    "model_type": "chinese_clip",
    "text_config": TEXT
    | {
        "architectures": ["ChineseCLIPTextModel"],
        "attention_probs_dropout_prob": 0.1,
        "directionality": "bidi",
        "eos_token_id": 2,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": 24,
        "model_type": "chinese_clip_text_model",
        "pad_token_id": 0,
        "pooler_type": "first_token_transform",
        "type_vocab_size": 2,
    },
    "vision_config": VISION
    | {"hidden_act": "quick_gelu", "layer_norm_eps": 1e-05, "model_type": "chinese_clip_vision_model"},
}

# legacy: 59 is the largest id and ends a text; an id 2 stands before it, padding after it (1, or 59 itself)
LEGACY_IDS = [
    [58, 5, 2, 17, 33, 59, 1, 1],
    [58, 41, 7, 59, 59, 59, 59, 59],
    [58, 2, 2, 30, 12, 25, 48, 59],
]
# eos: 57 ends a text; 58 and 59 are larger and stand before it
EOS_IDS = [
    [56, 59, 14, 58, 57, 57, 57, 57, 57],
    [56, 3, 57, 57, 57, 57, 57, 57, 57],
    [56, 20, 31, 58, 42, 11, 9, 29, 57],
]
EOS_LENGTHS = [5, 3, 9]
CHINESE_IDS = [
    [3, 21, 40, 4, 0, 0, 0],
    [3, 17, 33, 52, 28, 11, 4],
    [3, 4, 0, 0, 0, 0, 0],
]
CHINESE_LENGTHS = [4, 7, 2]


def mask_of(lengths):
    width = max(lengths)
    return torch.tensor([[1] * length + [0] * (width - length) for length in lengths])


def outputs(model, inputs):
    """Both embeddings at unit length and the logits, as the model returns them, and every layer's output.

    `text_last_hidden_state` is after CLIP's final norm, `vision_last_hidden_state` before the post norm:
    so the reference names them."""
    with torch.no_grad():
        found = model(**inputs, output_hidden_states=True)
    text, vision = found.text_model_output, found.vision_model_output
    named = {
        "text_embeds": found.text_embeds,
        "image_embeds": found.image_embeds,
        "logits_per_image": found.logits_per_image,
        "text_last_hidden_state": text.last_hidden_state,
        "vision_last_hidden_state": vision.last_hidden_state,
    }
    for name, states in [("text", text.hidden_states), ("vision", vision.hidden_states)]:
        named |= {f"{name}_hidden_states.{layer}": state for layer, state in enumerate(states)}
    # a clone each: some share their storage
    return {name: tensor.contiguous().clone() for name, tensor in {**inputs, **named}.items()}


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in sorted(model.named_parameters()):
            noise = torch.randn(tensor.shape, generator=generator)
            is_norm_scale = tensor.dim() == 1 and name.endswith(".weight")
            # small embeddings, so that a wrong epsilon in the norm behind them shows
            scale = 0.08 if "embeddings." in name else 0.25
            tensor.copy_(1 + 0.2 * noise if is_norm_scale else scale * noise)
        model.logit_scale.fill_(3.25)  # not what the configuration starts from


def buffers(config, kind):
    """`position_ids` as files of before 2023 have them; nothing reads them."""
    vision = config["vision_config"]
    patches = (vision["image_size"] // vision["patch_size"]) ** 2
    found = {
        "text_model.embeddings.position_ids": config["text_config"]["max_position_embeddings"],
        "vision_model.embeddings.position_ids": patches + 1,
    }
    if kind == "chinese":  # the published file has BERT's alone
        del found["vision_model.embeddings.position_ids"]
    return {name: torch.arange(count).unsqueeze(0) for name, count in found.items()}


def write(kind, model_class, config, ids, mask, seed):
    folder = FIXTURES / f"clip-{kind}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    model = model_class(model_class.config_class.from_pretrained(folder))
    randomise(model, seed)
    stored = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    if kind != "eos":
        stored |= buffers(config, kind)
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    # computed by a model that the reference read from the file, so that the layout is proven too
    model, report = model_class.from_pretrained(
        folder, attn_implementation="eager", output_loading_info=True
    )
    if report["missing_keys"] or report["mismatched_keys"]:
        raise SystemExit(f"{folder.name}: {report}")
    size = config["vision_config"]["image_size"]
    pixels = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(seed + 1))
    inputs = {"input_ids": torch.tensor(ids), "pixel_values": pixels}
    if mask is not None:
        inputs["attention_mask"] = mask
    found = outputs(model.eval(), inputs)
    save_file(found, folder / "golden_io.safetensors")
    for file in folder.glob("*.safetensors"):
        file.chmod(0o644)
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{folder.name}: {len(stored)} tensors, {size / 1000:.0f} kB, logits {found['logits_per_image'].tolist()}")


def main():
    torch.set_num_threads(1)
    write("legacy", CLIPModel, LEGACY, LEGACY_IDS, None, SEED)
    write("eos", CLIPModel, EOS, EOS_IDS, mask_of(EOS_LENGTHS), SEED + 10)
    write("chinese", ChineseCLIPModel, CHINESE, CHINESE_IDS, mask_of(CHINESE_LENGTHS), SEED + 20)


if __name__ == "__main__":
    main()
