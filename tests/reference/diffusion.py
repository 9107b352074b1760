#!/usr/bin/env python3
"""Tiny random U-Nets, ControlNets and autoencoders in diffusers' layout, and what the reference computes with them.

Writes tests/fixtures/diffusion/{unet,controlnet,vae}-*/. What each is there for stands at its configuration in
diffusion_configs.py. Weights are stored as f16, in a few as bf16 or f32; every output is computed in f32 from what the
file holds. Every tensor is random, biases, norms and the ControlNet's zero convolutions too.

Beside inputs and outputs a U-Net's fixture has `emb` (the time embedding as the blocks get it) and each block's
output (`down_blocks.0`, `mid_block`, `up_blocks.0`, …), to find the first that is wrong.
"""

import json
import pathlib
import warnings

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, ControlNetModel, UNet2DConditionModel
from safetensors.torch import save_file

import diffusion_configs as configs

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "diffusion"
SEED = 20261124
WEIGHTS = "diffusion_pytorch_model.safetensors"
# an autoencoder's attention as files of before 2023 name it
OLD_NAMES = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def randomise(model, seed):
    """Norms near 1, biases that show, and matrices such that activations keep their size."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in sorted(model.named_parameters()):
            noise = torch.randn(tensor.shape, generator=generator)
            if tensor.dim() == 1:
                tensor.copy_(1 + 0.2 * noise if name.endswith("weight") else 0.2 * noise)
            else:
                tensor.copy_(noise * tensor[0].numel() ** -0.5)


def read(model_class, folder):
    """The model as the reference reads it from the file, in f32; nothing may be missing or left over."""
    model, report = model_class.from_pretrained(folder, torch_dtype=torch.float32, output_loading_info=True)
    if any(report.values()):
        raise SystemExit(f"{folder.name}: {report}")
    return model.eval()


def build(model_class, folder, config, seed, dtype=torch.float16, old=False):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    model = model_class.from_config(config)
    randomise(model, seed)
    stored = {name: tensor.detach().to(dtype).contiguous() for name, tensor in model.state_dict().items()}
    if old:
        stored = {old_name(name): tensor for name, tensor in stored.items()}
    save_file(stored, folder / WEIGHTS, metadata={"format": "pt"})
    return read(model_class, folder)


def old_name(name):
    for new, old in OLD_NAMES.items():
        name = name.replace(f"attentions.0.{new}.", f"attentions.0.{old}.")
    return name


def noise(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def write(folder, found):
    # a clone each: some share their storage
    found = {name: tensor.detach().contiguous().clone() for name, tensor in found.items()}
    for name, tensor in found.items():
        if not torch.isfinite(tensor).all():
            raise SystemExit(f"{folder.name}: {name} is not finite")
    save_file(found, folder / "golden_io.safetensors")
    for file in folder.glob("*.safetensors"):
        file.chmod(0o644)
    size = sum(file.stat().st_size for file in folder.iterdir())
    last = found.get("out", found.get("decoded"))
    print(f"{folder.name}: {size / 1000:.0f} kB, {list(last.shape)}, deviation {float(last.std()):.2f}")


def hooks(model, found):
    """Keeps what each block gives: of a tuple the first, which goes to the next block."""
    for name in ["time_embedding", "mid_block", "down_blocks", "up_blocks"]:
        part = getattr(model, name, None)
        if part is None:
            continue
        parts = {name: part} if not name.endswith("blocks") else {f"{name}.{n}": block for n, block in enumerate(part)}
        for key, block in parts.items():

            def keep(_module, _inputs, output, key="emb" if key == "time_embedding" else key):
                found[key] = output[0] if isinstance(output, tuple) else output

            block.register_forward_hook(keep)


def unet(name, config, seed, size, timestep, tokens=77, batch=2, dtype=torch.float16):
    folder = FIXTURES / f"unet-{name}"
    model = build(UNet2DConditionModel, folder, config, seed, dtype)
    width = config["cross_attention_dim"]
    found = {
        "sample": noise(seed + 1, batch, config["in_channels"], *size),
        "timestep": torch.tensor(timestep),
        "encoder_hidden_states": noise(seed + 2, batch, tokens, width[-1] if isinstance(width, list) else width),
    }
    if "time_cond_proj_dim" in config:
        found["timestep_cond"] = noise(seed + 3, batch, config["time_cond_proj_dim"])
    inputs = dict(found)
    hooks(model, found)
    with torch.no_grad():
        found["out"] = model(**inputs).sample
    write(folder, found)
    return model


def controlnet(name, config, seed, model, size, timestep, scale, tokens=77):
    """`model` is the U-Net that gets the residuals, `None` where the folder has none of its own."""
    folder = FIXTURES / f"controlnet-{name}"
    control = build(ControlNetModel, folder, config, seed)
    factor = 2 ** (len(config["conditioning_embedding_out_channels"]) - 1)
    condition = torch.rand(2, 3, factor * size[0], factor * size[1], generator=torch.Generator().manual_seed(seed + 3))
    found = {
        "sample": noise(seed + 1, 2, 4, *size),
        "timestep": torch.tensor(timestep),
        "encoder_hidden_states": noise(seed + 2, 2, tokens, config["cross_attention_dim"]),
        "controlnet_cond": condition,
        "conditioning_scale": torch.tensor(scale),
    }
    inputs = [found[name] for name in ["sample", "timestep", "encoder_hidden_states"]]
    with torch.no_grad():
        down, mid = control(*inputs, condition, conditioning_scale=scale, return_dict=False)
        found |= {f"down_block_res_samples.{n}": tensor for n, tensor in enumerate(down)}
        found["mid_block_res_sample"] = mid
        found["out"] = mid
        if model is not None:
            found["out"] = model(
                *inputs, down_block_additional_residuals=down, mid_block_additional_residual=mid
            ).sample
    write(folder, found)


def autoencoder_kl(name, config, seed, size, latent_size, old=False):
    """`decoded` is of `latent_mean`; `decoded_latents` of `latents`, which no encoder gave."""
    folder = FIXTURES / f"vae-{name}"
    model = build(AutoencoderKL, folder, config, seed, old=old)
    x = noise(seed + 1, 2, 3, *size).clamp(-1, 1)
    latents = noise(seed + 2, 2, config["latent_channels"], *latent_size)
    with torch.no_grad():
        found = model.encode(x).latent_dist
        decoded = model.decode(found.mean).sample
        from_latents = model.decode(latents).sample
    write(
        folder,
        {
            "x": x,
            "moments": found.parameters,
            "latent_mean": found.mean,
            "latent_std": found.std,
            "decoded": decoded,
            "latents": latents,
            "decoded_latents": from_latents,
        },
    )


def autoencoder_tiny(name, config, seed, size, dtype):
    """`round_trip` is the model's own forward: latents as bytes between, by magnitude and shift."""
    folder = FIXTURES / f"vae-{name}"
    model = build(AutoencoderTiny, folder, config, seed, dtype)
    x = noise(seed + 1, 2, 3, *size).clamp(-1, 1)
    with torch.no_grad():
        latents = model.encode(x).latents
        found = {
            "x": x,
            "latents": latents,
            "decoded": model.decode(latents).sample,
            "scaled": model.scale_latents(latents),
            "round_trip": model(x).sample,
        }
    write(folder, found)


def main():
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    sd1 = unet("sd1", configs.SD1, SEED, (16, 16), [981, 1])
    unet("sd2", configs.SD2, SEED + 10, (10, 14), [500])
    unet("inpaint", configs.INPAINT, SEED + 20, (12, 8), [261, 741])
    unet("lists", configs.LISTS, SEED + 30, (9, 13), [0, 999], tokens=7)
    unet("mid", configs.MID, SEED + 40, (5, 8), [37, 801], tokens=11, dtype=torch.float32)
    unet("plain", configs.PLAIN, SEED + 50, (8, 6), [421], tokens=5, dtype=torch.bfloat16)
    unet("lcm", configs.LCM, SEED + 60, (7, 7), [759], tokens=9, dtype=torch.float32)
    controlnet("sd1", configs.CONTROLNET, SEED + 70, sd1, (16, 16), [981, 1], 0.7)
    controlnet("heads", configs.CONTROLNET_HEADS, SEED + 80, None, (6, 10), [501], 1.3, tokens=5)
    autoencoder_kl("kl", configs.KL, SEED + 90, (24, 40), (5, 3), old=True)
    autoencoder_kl("kl-plain", configs.KL_PLAIN, SEED + 100, (18, 22), (4, 7))
    autoencoder_tiny("tiny-f8", configs.TINY_F8, SEED + 110, (32, 48), torch.float16)
    autoencoder_tiny("tiny-f4", configs.TINY_F4, SEED + 120, (24, 16), torch.float32)


if __name__ == "__main__":
    main()
