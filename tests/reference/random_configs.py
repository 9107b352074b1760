#!/usr/bin/env python3
"""Random configurations of every architecture, random weights, against transformers and diffusers: what no fixture was made for.

    python random_configs.py target/release/kindling encoders|clip|parts|pipelines [--seed 1] [--count 40]

Prints what differs by more than its bound, what one side refuses and the other runs, and the largest difference of each kind.
Encoders, CLIP and the parts of a diffusion model go through `kindling parity`, whole runs with random schedulers through `kindling generate`.
"""

import argparse
import json
import pathlib
import random
import shutil
import subprocess
import tempfile

import diffusers
import numpy as np
import torch
import transformers
from PIL import Image
from safetensors.torch import save_file

PIPELINE = pathlib.Path(__file__).resolve().parents[1] / "fixtures/diffusion/pipeline"
# Relative to the reference's largest number. The reference itself is a few 1e-5 off its own double precision in the worst U-Nets.
BOUND = {"pipelines": 1, "parts": 5e-5}


def randomise(model, pick):
    """Norms near 1, biases that show, matrices that keep their input's size."""
    generator = torch.Generator().manual_seed(pick.randrange(1 << 30))
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            noise = torch.randn(tensor.shape, generator=generator)
            if tensor.dim() > 1:
                tensor.copy_(noise * tensor[0].numel() ** -0.5)
            else:
                tensor.copy_((1 + 0.2 * noise) if "norm" in name.lower() and name.endswith("weight") else 0.1 * noise)
    return model.eval()


def encoder(pick):
    kind = pick.choice(["Bert", "Roberta", "XLMRoberta", "DistilBert"])
    heads, inner = pick.choice([1, 2, 3, 4, 6]), pick.choice([33, 64, 100])
    width, layers, vocabulary = heads * pick.choice([4, 8, 12, 20]), pick.choice([1, 2, 3]), pick.choice([97, 130, 300])
    if kind == "DistilBert":
        fields = dict(dim=width, hidden_dim=inner, n_heads=heads, n_layers=layers, max_position_embeddings=44)
        fields |= dict(activation=pick.choice(["gelu", "relu"]), sinusoidal_pos_embds=pick.random() < 0.3)
    else:
        fields = dict(hidden_size=width, intermediate_size=inner, num_attention_heads=heads, num_hidden_layers=layers)
        fields |= dict(max_position_embeddings=44, type_vocab_size=pick.choice([1, 2]), layer_norm_eps=pick.choice([1e-12, 1e-5, 1e-3]))
        fields |= dict(hidden_act=pick.choice(["gelu", "gelu_new", "relu", "silu", "gelu_pytorch_tanh", "quick_gelu"]))
        fields |= {} if kind == "Bert" else dict(pad_token_id=pick.choice([0, 1, 3]))
    config = getattr(transformers, f"{kind}Config")(vocab_size=vocabulary, **fields)
    model = randomise(getattr(transformers, f"{kind}Model")(config), pick)
    rows, cols = pick.choice([(1, 7), (3, 19), (5, 40)])
    ids = torch.randint(4, vocabulary, (rows, cols))
    mask = torch.ones_like(ids)
    for row in range(rows):
        end = pick.randrange(1, cols + 1)
        ids[row, end:], mask[row, end:] = config.pad_token_id or 0, 0
    last = model(input_ids=ids, attention_mask=mask).last_hidden_state
    part = mask.unsqueeze(-1).float()
    found = {"mean_pooled_l2": (last * part).sum(1) / part.sum(1), "cls_l2": last[:, 0]}
    found = {name: torch.nn.functional.normalize(rows) for name, rows in found.items()}
    return kind, model, {"input_ids": ids, "attention_mask": mask} | found


def clip(pick):
    text_heads, heads, patch = pick.choice([1, 2, 4]), pick.choice([1, 3, 4]), pick.choice([4, 7, 8, 14])
    vocabulary, tokens, side = pick.choice([80, 200]), pick.choice([12, 20]), patch * pick.choice([1, 2, 3])
    activation = lambda: pick.choice(["quick_gelu", "gelu"])
    text = dict(vocab_size=vocabulary, hidden_size=text_heads * pick.choice([8, 16]), num_attention_heads=text_heads)
    text |= dict(intermediate_size=pick.choice([40, 64]), num_hidden_layers=pick.choice([1, 3]), max_position_embeddings=tokens)
    text |= dict(hidden_act=activation(), eos_token_id=pick.choice([2, vocabulary - 1]), bos_token_id=0, pad_token_id=1)
    vision = dict(hidden_size=heads * pick.choice([8, 16]), num_attention_heads=heads, intermediate_size=pick.choice([40, 64]))
    vision |= dict(num_hidden_layers=pick.choice([1, 2]), image_size=side, patch_size=patch, hidden_act=activation())
    config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=pick.choice([5, 16, 24]))
    model = randomise(transformers.CLIPModel(config), pick)
    ids = torch.randint(3, vocabulary - 1, (pick.choice([1, 4]), tokens))
    for row in ids:
        row[pick.randrange(1, tokens)] = vocabulary - 1
    inputs = {"input_ids": ids, "pixel_values": torch.randn(pick.choice([1, 2]), 3, side, side)}
    out = model(**inputs, attention_mask=torch.ones_like(ids))
    return "CLIP", model, inputs | {name: out[name] for name in ["text_embeds", "image_embeds", "logits_per_image"]}


def unet(pick):
    blocks, groups = pick.choice([1, 2, 3, 4]), pick.choice([2, 4])
    widths = tuple(groups * pick.choice([2, 3, 4, 6]) for _ in range(blocks))
    each = lambda choices: tuple(pick.choice(choices) for _ in range(blocks))
    fields = dict(
        sample_size=8,
        in_channels=pick.choice([3, 4, 9]),
        out_channels=4,
        down_block_types=each(["CrossAttnDownBlock2D", "DownBlock2D"]),
        up_block_types=each(["CrossAttnUpBlock2D", "UpBlock2D"]),
        mid_block_type=pick.choice(["UNetMidBlock2DCrossAttn", "UNetMidBlock2D", None]),
        block_out_channels=widths,
        layers_per_block=pick.choice([1, 2, 3, each([1, 2])]),
        norm_num_groups=groups,
        norm_eps=pick.choice([1e-5, 1e-3]),
        cross_attention_dim=pick.choice([6, 12, 20]),
        attention_head_dim=tuple(pick.choice([heads for heads in (1, 2, 3, 4) if width % heads == 0]) for width in widths),
        transformer_layers_per_block=pick.choice([1, 2]),
        use_linear_projection=pick.random() < 0.5,
        only_cross_attention=pick.random() < 0.2,
        act_fn=pick.choice(["silu", "gelu", "mish", "relu"]),
        resnet_time_scale_shift=pick.choice(["default", "scale_shift"]),
        time_cond_proj_dim=pick.choice([None, None, 16]),
        time_embedding_dim=pick.choice([None, None, 20, 32]),
        flip_sin_to_cos=pick.random() < 0.7,
        freq_shift=pick.choice([0, 1]),
        downsample_padding=pick.choice([0, 1]),
        mid_block_scale_factor=pick.choice([1, 1.4142]),
        center_input_sample=pick.random() < 0.3,
        conv_in_kernel=pick.choice([3, 3, 1, 5]),
        conv_out_kernel=pick.choice([3, 3, 1, 5]),
    )
    model = randomise(diffusers.UNet2DConditionModel(**fields), pick)
    batch, factor = pick.choice([1, 2]), 2 ** (blocks - 1)
    inputs = {
        "sample": torch.randn(batch, fields["in_channels"], factor * pick.choice([1, 2, 3]), factor * pick.choice([1, 2, 4])),
        "timestep": torch.randint(0, 1000, (batch,)),
        "encoder_hidden_states": torch.randn(batch, pick.choice([1, 5, 13]), fields["cross_attention_dim"]),
    }
    if fields["time_cond_proj_dim"]:
        inputs["timestep_cond"] = torch.randn(batch, 16)
    return "UNet2DCondition", model, inputs | {"out": model(**inputs).sample}


def autoencoder(pick):
    blocks, batch = pick.choice([1, 2, 3]), pick.choice([1, 2])
    x = torch.randn(batch, 3, 2 ** (blocks - 1) * pick.choice([2, 3, 4]), 2 ** (blocks - 1) * pick.choice([2, 4]))
    if pick.random() < 0.4:
        widths, each = (pick.choice([8, 12]),) * blocks, lambda most: tuple(pick.randint(1, most) for _ in range(blocks))
        fields = dict(encoder_block_out_channels=widths, decoder_block_out_channels=widths, num_encoder_blocks=each(3))
        fields |= dict(num_decoder_blocks=each(2), latent_channels=pick.choice([4, 16]), act_fn=pick.choice(["relu", "silu"]))
        model = randomise(diffusers.AutoencoderTiny(**fields), pick)
        latents = model.encode(x).latents
        return "AutoencoderTiny", model, {"x": x, "latents": latents, "decoded": model.decode(latents).sample}
    groups = pick.choice([2, 4])
    fields = dict(down_block_types=("DownEncoderBlock2D",) * blocks, up_block_types=("UpDecoderBlock2D",) * blocks)
    fields |= dict(block_out_channels=tuple(groups * pick.choice([1, 2, 3]) for _ in range(blocks)), norm_num_groups=groups)
    fields |= dict(layers_per_block=pick.choice([1, 2]), latent_channels=pick.choice([3, 4, 8, 16]), act_fn=pick.choice(["silu", "gelu"]))
    fields |= {name: pick.random() < 0.7 for name in ["use_quant_conv", "use_post_quant_conv", "mid_block_add_attention"]}
    model = randomise(diffusers.AutoencoderKL(**fields), pick)
    drawn = model.encode(x).latent_dist
    found = {"x": x, "latent_mean": drawn.mean, "latent_std": drawn.std, "decoded": model.decode(drawn.mean).sample}
    return "AutoencoderKL", model, found


MAKERS = {"encoders": [encoder], "clip": [clip], "parts": [unet, unet, autoencoder]}


def part(what, pick, folder, kindling):
    """One model through `kindling parity`: its kind and how far off it is, relative to the reference's largest number."""
    with torch.no_grad():
        kind, model, golden = pick.choice(MAKERS[what])(pick)
    model.save_pretrained(folder)
    save_file({name: tensor.contiguous().clone() for name, tensor in golden.items()}, folder / "golden_io.safetensors")
    run = subprocess.run([kindling, "parity", str(folder), "--json"], capture_output=True, text=True)
    if run.returncode:
        return kind, f"refused: {run.stderr.strip()}"
    # Of numbers below 1 the absolute difference: one logit alone may be next to nothing.
    found = [json.loads(line) for line in run.stdout.splitlines()]
    return kind, max(min(one["largest_relative"], one["largest_absolute"]) for one in found)


SCHEDULERS = {
    "DDIMScheduler": dict(set_alpha_to_one=[True, False]),
    "DDPMScheduler": dict(variance_type=["fixed_small", "fixed_large"]),
    "PNDMScheduler": dict(skip_prk_steps=[True], set_alpha_to_one=[True, False]),
    "EulerDiscreteScheduler": dict(use_karras_sigmas=[False, True], final_sigmas_type=["zero", "sigma_min"]),
    "EulerAncestralDiscreteScheduler": {},
    "HeunDiscreteScheduler": dict(use_karras_sigmas=[False, True]),
    "DPMSolverMultistepScheduler": dict(
        solver_order=[2, 3], solver_type=["midpoint", "heun"], lower_order_final=[True, False], euler_at_final=[False, True],
        use_karras_sigmas=[False, True], final_sigmas_type=["zero", "sigma_min"],
    ),
    "LCMScheduler": {},
}


def pipeline(pick, folder, kindling):
    """A whole run of the tiny pipeline with a random scheduler: its class and by how many of 255 a pixel is off, from the reference in f64."""
    shutil.copytree(PIPELINE, folder, dirs_exist_ok=True)
    name = pick.choice(list(SCHEDULERS))
    config = {key: pick.choice(values) for key, values in SCHEDULERS[name].items()}
    config |= dict(_class_name=name, beta_start=pick.choice([0.0001, 0.00085]), beta_end=pick.choice([0.012, 0.02]), steps_offset=1)
    config |= dict(beta_schedule=pick.choice(["linear", "scaled_linear", "squaredcos_cap_v2"]), num_train_timesteps=pick.choice([500, 1000]))
    config |= dict(prediction_type=pick.choice(["epsilon", "v_prediction"]))
    config |= {} if name == "LCMScheduler" else dict(timestep_spacing=pick.choice(["leading", "trailing", "linspace"]))
    (folder / "scheduler/scheduler_config.json").write_text(json.dumps(config))
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | {"scheduler": ["diffusers", name]}))
    steps, guidance, seed = pick.choice([2, 5, 11]), pick.choice([1.0, 3.0, 7.5]), pick.randrange(1 << 31)
    (width, height), prompt = pick.choice([(32, 32), (48, 32), (64, 40)]), pick.choice(["a cat", "a red (apple) on the 桌子", "the lamp, 8k"])
    size = ["--steps", steps, "--guidance", guidance, "--seed", seed, "--width", width, "--height", height]
    command = [kindling, "generate", "--model", folder, "--prompt", prompt, *size, "--out", folder / "out.png"]
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    generator = torch.Generator().manual_seed(seed)
    reference = diffusers.StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, torch_dtype=torch.float32)
    # Latents drawn in f32 as always, noise of later steps too: only arithmetic is in f64.
    latents = torch.randn(1, 4, height // reference.vae_scale_factor, width // reference.vae_scale_factor, generator=generator)
    reference = reference.to(torch.float64) if name in ("DDIMScheduler", "PNDMScheduler", "HeunDiscreteScheduler") else reference
    reference.set_progress_bar_config(disable=True)
    try:
        image = reference(
            prompt, num_inference_steps=steps, guidance_scale=guidance, width=width, height=height, generator=generator,
            latents=latents.to(reference.unet.dtype), output_type="np",
        ).images[0]
    except (ValueError, IndexError, NotImplementedError) as error:
        return name, f"reference refuses, ours {'too' if run.returncode else 'runs'}: {error}"
    if run.returncode:
        return name, f"refused: {run.stderr.strip().splitlines()[-1]}"
    if not np.isfinite(image).all():
        return name, "reference comes to no number, ours runs"
    ours = np.asarray(Image.open(folder / "out.png").convert("RGB"))
    return name, float(np.abs(ours - (255 * image).round()).max())


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("kindling", type=pathlib.Path)
    arguments.add_argument("what", choices=[*MAKERS, "pipelines"])
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=40)
    asked = arguments.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    diffusers.utils.logging.set_verbosity_error()
    worst = {}
    for seed in range(asked.seed, asked.seed + asked.count):
        pick = random.Random(seed)
        torch.manual_seed(seed)
        with tempfile.TemporaryDirectory() as folder:
            folder, kindling = pathlib.Path(folder), asked.kindling.resolve()
            of_pipelines = asked.what == "pipelines"
            kind, off = pipeline(pick, folder, kindling) if of_pipelines else part(asked.what, pick, folder, kindling)
        if isinstance(off, str):
            print(f"seed {seed}, {kind}: {off}")
            continue
        worst[kind] = max(worst.get(kind, 0), off)
        if not off <= BOUND.get(asked.what, 1e-5):
            print(f"seed {seed}, {kind}: off by {off:.1e}")
    print(", ".join(f"{kind} {off:.1e}" for kind, off in sorted(worst.items())))


if __name__ == "__main__":
    main()
