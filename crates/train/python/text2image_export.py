"""Writes a run as a folder in diffusers' layout, int8 with a scale a row, and says how far that is from the trained weights."""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import CLIPTextConfig, CLIPTextModel, PreTrainedTokenizerFast

from text2image_model import CONTEXT, SCHEDULE, dequantised, noise, sample, text_tower, tokenizer_file, unet
from text2image_sample import PROMPTS, load, pictures

# Where a small error is seen most, or nothing is saved: kept at 16 bits.
KEPT = ("conv_in.", "conv_out.", "time_embedding.")
QUANTISATION = {"quant_method": "int8-per-channel", "scale_suffix": ".scale"}


def stored(weights):
    """Matrices and kernels as int8 rows and their scales, the rest as f16 or, where one-dimensional, f32."""
    out = {}
    for name, tensor in weights.items():
        tensor = tensor.detach().float().contiguous()
        if tensor.dim() < 2:
            out[name] = tensor
        elif name.startswith(KEPT):
            out[name] = tensor.half()
        else:
            rows = tensor.reshape(tensor.shape[0], -1)
            scale = rows.abs().amax(1) / 127
            scale[scale == 0] = 1.0
            out[name] = (rows / scale[:, None]).round().to(torch.int8).reshape(tensor.shape).contiguous()
            out[f"{name}.scale"] = scale
    return out


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def about(model):
    """What diffusers would write as the config, less what only it needs."""
    config = json.loads(model.to_json_string())
    config.pop("_name_or_path", None)
    return config


def export(run, config, clip, out):
    """The folder, and the trained parts that it was made from."""
    out, clip = Path(out), Path(clip)
    model, vae, factor, step = load(run, config)
    index = {
        "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.42.1", "feature_extractor": [None, None],
        "image_encoder": [None, None], "requires_safety_checker": False, "safety_checker": [None, None],
        "scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "PreTrainedTokenizerFast"], "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderTiny"],
    }
    write_json(out / "model_index.json", index)
    write_json(out / "unet/config.json", {**about(model), "quantization_config": QUANTISATION})
    save_file(stored(model.state_dict()), out / "unet/diffusion_pytorch_model.safetensors", {"format": "pt"})
    write_json(out / "vae/config.json", {**about(vae), "scaling_factor": factor})
    save_file({k: v.half().contiguous() for k, v in vae.state_dict().items()}, out / "vae/diffusion_pytorch_model.safetensors", {"format": "pt"})
    text = json.loads((clip / "config.json").read_text())
    text = {"architectures": ["CLIPTextModel"], **text.get("text_config", text), "model_type": "clip_text_model", "projection_dim": 192,
            "max_position_embeddings": CONTEXT, "quantization_config": QUANTISATION}
    write_json(out / "text_encoder/config.json", text)
    tower = {k: v for k, v in load_file(clip / "model.safetensors").items() if k.startswith("text_model.")}
    save_file(tower, out / "text_encoder/model.safetensors", {"format": "pt"})
    (out / "tokenizer").mkdir(parents=True, exist_ok=True)
    tokenizer = tokenizer_file(clip).read_bytes()
    (out / "tokenizer/tokenizer.json").write_bytes(tokenizer)
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    write_json(out / "tokenizer/tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": CONTEXT, **special})
    write_json(out / "scheduler/scheduler_config.json", about(DDIMScheduler(**SCHEDULE)))
    return model, vae, factor, step


def reopened(out):
    """The exported folder as the reference library sees it, rows of int8 multiplied out."""
    out = Path(out)
    config = json.loads((out / "unet/config.json").read_text())
    model = UNet2DConditionModel.from_config({k: v for k, v in config.items() if k != "quantization_config"})
    model.load_state_dict(dequantised(out / "unet/diffusion_pytorch_model.safetensors"))
    vae = AutoencoderTiny.from_config(json.loads((out / "vae/config.json").read_text()))
    vae.load_state_dict(dequantised(out / "vae/diffusion_pytorch_model.safetensors"))
    text = json.loads((out / "text_encoder/config.json").read_text())
    text.pop("quantization_config")
    tower = CLIPTextModel(CLIPTextConfig(**text))
    weights = dequantised(out / "text_encoder/model.safetensors")
    if not any(k.startswith("text_model.") for k in tower.state_dict()):
        weights = {k.removeprefix("text_model."): v for k, v in weights.items()}
    tower.load_state_dict(weights, strict=False)
    special = json.loads((out / "tokenizer/tokenizer_config.json").read_text())
    special.pop("tokenizer_class")
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(out / "tokenizer/tokenizer.json"), **special)
    scheduler = DDIMScheduler.from_config(json.loads((out / "scheduler/scheduler_config.json").read_text()))
    return StableDiffusionPipeline(
        vae=vae.eval(), text_encoder=tower.eval(), tokenizer=tokenizer, unet=model.eval(), scheduler=scheduler,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )


def golden(pipeline, path, prompts):
    """What the reference makes of the exported files, every step of it, to compare others with."""
    steps, guidance, seed = 4, 3.0, 7
    pipeline.set_progress_bar_config(disable=True)
    ids = pipeline.tokenizer([""] + prompts, padding="max_length", max_length=CONTEXT, truncation=True, return_tensors="pt").input_ids
    out = {"input_ids": ids, "latents.0": noise(len(prompts), seed)}
    with torch.no_grad():
        out["encoder_hidden_states"] = pipeline.text_encoder(ids)[0]

    def keep(_, step, timestep, values):
        out[f"latents.{step + 1}"] = values["latents"].clone()
        out.setdefault("timesteps", torch.zeros(steps, dtype=torch.int64))[step] = int(timestep)
        return values

    made = pipeline(prompts, latents=out["latents.0"].clone(), num_inference_steps=steps, guidance_scale=guidance, height=64, width=64,
                    output_type="pt", callback_on_step_end=keep)
    out["pictures"] = made.images.float()
    about = {"prompts": json.dumps(["", *prompts], ensure_ascii=False), "guidance": str(guidance), "seed": f"{seed}, {seed + 1}, …", "scheduler": "DDIM, trailing"}
    save_file({k: v.contiguous() for k, v in out.items()}, path, about)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--config", required=True)
    arguments.add_argument("--run", required=True)
    arguments.add_argument("--clip", required=True, help="folder of the text tower that the U-Net was trained with")
    arguments.add_argument("--out", required=True)
    arguments.add_argument("--golden", help="file for the reference's latents")
    given = arguments.parse_args()
    torch.set_num_threads(1)
    model, vae, factor, step = export(given.run, given.config, given.clip, given.out)
    size = sum(f.stat().st_size for f in Path(given.out).rglob("*") if f.is_file())
    pipeline = reopened(given.out)
    prompts = PROMPTS[:8]
    tokenizer = Tokenizer.from_file(str(tokenizer_file(given.clip)))
    start = noise(len(prompts), 7)
    trained = sample(model, text_tower(given.clip), tokenizer, prompts, start)
    shipped = sample(pipeline.unet, pipeline.text_encoder, tokenizer, prompts, start)
    gap = (trained - shipped).square().mean().sqrt() / trained.std()
    one, two = (pictures(v, x, factor).astype(np.float32) for v, x in ((vae, trained), (pipeline.vae, shipped)))
    decibels = 10 * np.log10(255**2 / np.maximum(((one - two) ** 2).mean((1, 2, 3)), 1e-6))
    print(json.dumps({
        "step": step, "bytes": size, "unet_parameters": sum(p.numel() for p in model.parameters()),
        "vae_parameters": sum(p.numel() for p in vae.parameters()), "scaling_factor": factor,
        "latents_rms_gap_after_20_steps": round(gap.item(), 4), "pictures_db": [round(float(d), 1) for d in decibels],
    }))
    if given.golden:
        golden(pipeline, given.golden, PROMPTS[:2])


if __name__ == "__main__":
    main()
