"""The parts of the small text-to-image model: U-Net, frozen text tower, noise, and the layout they are kept in."""

import json
from pathlib import Path

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from safetensors.torch import load_file
from transformers import CLIPTextConfig, CLIPTextModel

CONTEXT = 32
SCHEDULE = {
    "num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction", "clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1,
    "timestep_spacing": "trailing",
}


def unet(config):
    """`config`: channels of the levels, attention there or not, channels of a head."""
    channels, attends = config["channels"], config["attention"]
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        layers_per_block=config["layers"],
        block_out_channels=tuple(channels),
        down_block_types=tuple("CrossAttnDownBlock2D" if a else "DownBlock2D" for a in attends),
        up_block_types=tuple("CrossAttnUpBlock2D" if a else "UpBlock2D" for a in reversed(attends)),
        cross_attention_dim=192,
        norm_num_groups=config["groups"],
        attention_head_dim=tuple(max(1, c // config["head"]) for c in channels),
    )


def dequantised(path):
    """Tensors of a file; rows of int8 times their scale."""
    stored = load_file(path)
    out = {}
    for name, tensor in stored.items():
        if name.endswith(".scale") and name[: -len(".scale")] in stored:
            continue
        if tensor.dtype == torch.int8:
            scale = stored[f"{name}.scale"]
            tensor = tensor.float() * scale.view(-1, *[1] * (tensor.dim() - 1))
        out[name] = tensor.float()
    return out


def text_tower(clip):
    """The text tower of a CLIP folder, or of a `text_encoder` folder; frozen. A U-Net must keep the tower that it was trained with."""
    clip = Path(clip)
    about = json.loads((clip / "config.json").read_text())
    config = CLIPTextConfig(**about.get("text_config", about))
    model = CLIPTextModel(config)
    weights = {k: v for k, v in dequantised(clip / "model.safetensors").items() if k.startswith("text_model.")}
    wanted = model.state_dict()
    if not any(k.startswith("text_model.") for k in wanted):
        weights = {k.removeprefix("text_model."): v for k, v in weights.items()}
    missing = [k for k in wanted if k not in weights and "position_ids" not in k]
    assert not missing, missing
    model.load_state_dict(weights, strict=False)
    return model.eval().requires_grad_(False)


def tokenizer_file(clip):
    """Of a CLIP folder, or of the pipeline that a `text_encoder` folder is part of."""
    clip = Path(clip)
    return next(path for path in (clip / "tokenizer.json", clip.parent / "tokenizer/tokenizer.json") if path.exists())


def states(tower, ids):
    """What the U-Net attends to: `[n, 32, 192]`; no mask, as StableDiffusionPipeline does it."""
    with torch.no_grad():
        return tower(input_ids=ids).last_hidden_state


def token_ids(tokenizer, texts):
    """`[n, 32]`, padded with 0."""
    rows = []
    for text in texts:
        ids = tokenizer.encode(text).ids
        ids = ids if len(ids) <= CONTEXT else [*ids[: CONTEXT - 1], ids[-1]]
        rows.append(ids + [0] * (CONTEXT - len(ids)))
    return torch.tensor(rows)


def alphas():
    """Cumulated, of every step of training."""
    return DDIMScheduler(**SCHEDULE).alphas_cumprod


@torch.no_grad()
def sample(model, tower, tokenizer, texts, latents, steps=20, guidance=3.0):
    """Latents from noise, each text with guidance."""
    scheduler = DDIMScheduler(**SCHEDULE)
    scheduler.set_timesteps(steps)
    context = states(tower, token_ids(tokenizer, [*[""] * len(texts), *texts]))
    x = latents * scheduler.init_noise_sigma
    for t in scheduler.timesteps:
        both = scheduler.scale_model_input(torch.cat([x, x]), t)
        without, told = model(both, t, context).sample.float().chunk(2)
        x = scheduler.step(without + guidance * (told - without), t, x).prev_sample
    return x


def noise(count, seed):
    """Of one seed each: seed, seed + 1, …"""
    return torch.cat([torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(seed + i)) for i in range(count)])
