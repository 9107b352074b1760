"""The folder of a tiny pipeline in diffusers' layout, for diffusion_pipelines.py: tokenizer, text encoder, networks,
scheduler and the pictures that its runs start from."""

import itertools
import json
from collections import Counter

import numpy
import torch
from diffusers import AutoencoderKL, AutoencoderTiny, ControlNetModel, UNet2DConditionModel
from PIL import Image, ImageDraw
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

import diffusion_configs as configs
from diffusion import FIXTURES, build, randomise

FOLDER = FIXTURES / "pipeline"
SEED = 20261125
BEGIN, END = "<|startoftext|>", "<|endoftext|>"
TOKENS = 24  # not 77: a reader that has the common number built in fails
MERGES = 110
CORPUS = """a red apple on a blue background. two cats beside a tree, one black dog under the table; blurry, low
quality, bad anatomy. a photo of an astronaut riding a horse on the moon, highly detailed, oil painting by the sea.
three green pears, a yellow lemon and the orange sun above the house. it's raining, they've gone. 一只猫在树旁边 红苹果"""

WIDTH, HEIGHT = 40, 32  # of every picture; latents are 10 × 8, then 5 × 4 and 3 × 2
UNET = configs.SD1 | {
    "attention_head_dim": 4,
    "block_out_channels": [8, 12, 16],
    "cross_attention_dim": 16,
    "down_block_types": [configs.CROSS_DOWN, configs.CROSS_DOWN, configs.DOWN],
    "layers_per_block": 1,
    "sample_size": 8,
    "up_block_types": [configs.UP, configs.CROSS_UP, configs.CROSS_UP],
}
INPAINT = UNET | {"in_channels": 9}
SHARED = ["attention_head_dim", "block_out_channels", "cross_attention_dim", "down_block_types", "layers_per_block"]
CONTROLNET = configs.CONTROLNET | {key: UNET[key] for key in SHARED}
CONTROLNET |= {"conditioning_embedding_out_channels": [4, 6, 8]}  # a factor of 4
VAE = configs.KL | {
    "block_out_channels": [4, 8, 8],
    "layers_per_block": 1,
    "scaling_factor": 0.18215,
}
VAE_TINY = configs.TINY_F4 | {"scaling_factor": 1.3}
TEXT = {
    "architectures": ["CLIPTextModel"],
    "attention_dropout": 0.0,
    "bos_token_id": 0,
    "dropout": 0.0,
    "eos_token_id": 2,
    "hidden_act": "quick_gelu",
    "hidden_size": 16,
    "initializer_factor": 1.0,
    "initializer_range": 0.02,
    "intermediate_size": 32,
    "layer_norm_eps": 1e-05,
    "max_position_embeddings": TOKENS,
    "model_type": "clip_text_model",
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "pad_token_id": 1,
    "projection_dim": 16,
    "torch_dtype": "float32",
}
# Stable Diffusion 1.5's
SCHEDULER = {
    "_class_name": "PNDMScheduler",
    "_diffusers_version": "0.6.0",
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "clip_sample": False,
    "num_train_timesteps": 1000,
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "steps_offset": 1,
    "trained_betas": None,
}
INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.6.0",
    "feature_extractor": [None, None],
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "PNDMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def dump(path, found):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def byte_letters():
    """A letter for each byte, in the order of CLIP's vocabulary."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + n) for n in range(len(rest))]


def learn(pieces):
    """The pairs that are most often neighbours, one after another; of equals the first by name, always the same."""
    words, merges = [[*piece[:-1], f"{piece[-1]}</w>"] for piece in pieces], []
    while True:
        counts = Counter(pair for word in words for pair in itertools.pairwise(word))
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        if len(merges) == MERGES:
            return merges
        merges.append(pair)
        for word in words:
            for at in range(len(word) - 1, 0, -1):
                if (word[at - 1], word[at]) == pair:
                    word[at - 1 : at + 1] = ["".join(pair)]


def write_tokenizer(folder):
    """CLIP's tokenizer with merges of a small text. `vocab.json` and `merges.txt` are what published folders have,
    `tokenizer.json` is what the library writes today; both give the same ids."""
    template = CLIPTokenizer({BEGIN: 0, END: 1}, []).backend_tokenizer
    pieces = template.pre_tokenizer.pre_tokenize_str(template.normalizer.normalize_str(CORPUS))
    merges = learn([piece for piece, _ in pieces])
    letters = byte_letters()
    pieces = letters + [f"{letter}</w>" for letter in letters] + ["".join(pair) for pair in merges] + [BEGIN, END]
    vocabulary = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False) + "\n")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    CLIPTokenizer(vocabulary, merges).backend_tokenizer.save(str(folder / "tokenizer.json"))
    added = {"bos_token": BEGIN, "eos_token": END, "pad_token": END, "unk_token": END}
    dump(folder / "special_tokens_map.json", added)
    settings = {"do_lower_case": True, "model_max_length": TOKENS, "tokenizer_class": "CLIPTokenizer"}
    dump(folder / "tokenizer_config.json", added | settings)
    return len(vocabulary)


def write_text_encoder(folder, words, seed):
    dump(folder / "config.json", TEXT | {"vocab_size": words})
    model = CLIPTextModel(CLIPTextConfig.from_pretrained(folder))
    randomise(model, seed)
    # as published files name them, whatever the library calls them today
    stored = {f"text_model.{name.removeprefix('text_model.')}": t for name, t in model.state_dict().items()}
    stored = {name: tensor.half().contiguous() for name, tensor in stored.items() if tensor.is_floating_point()}
    stored["text_model.embeddings.position_ids"] = torch.arange(TOKENS).unsqueeze(0)
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    model, report = CLIPTextModel.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    if report["missing_keys"] or report["mismatched_keys"]:
        raise SystemExit(f"{folder.name}: {report}")


def write_pictures(folder):
    """A picture to start from at the runs' size and a larger one of another shape, a mask with soft edges, and lines
    for the ControlNet."""
    y, x = numpy.mgrid[0:45, 0:57]
    grain = numpy.random.default_rng(SEED).integers(-12, 12, (45, 57, 3))
    shade = numpy.stack([x * 4, y * 5, 255 - (x + y) * 2], axis=2)
    large = Image.fromarray((shade + grain).clip(0, 255).astype(numpy.uint8))
    ImageDraw.Draw(large).ellipse([14, 9, 40, 35], fill=(230, 40, 30), outline=(20, 20, 20))
    large.save(folder / "init_large.png")
    large.crop((5, 3, 5 + WIDTH, 3 + HEIGHT)).save(folder / "init.png")
    distance = numpy.hypot(x - 30, y - 20)
    mask = numpy.clip((18 - distance) * 40 + 128, 0, 255).astype(numpy.uint8)
    Image.fromarray(mask).save(folder / "mask_large.png")
    hard = numpy.zeros((HEIGHT, WIDTH), dtype=numpy.uint8)
    hard[7:25, 3:22] = 255
    Image.fromarray(hard).save(folder / "mask.png")
    control = Image.new("RGB", (2 * WIDTH, 2 * HEIGHT))
    draw = ImageDraw.Draw(control)
    draw.rectangle([9, 6, 47, 55], outline=(255, 255, 255))
    draw.line([0, 63, 79, 0], fill=(255, 255, 255))
    draw.point([(60, 50), (61, 50), (70, 20)], fill=(255, 0, 128))
    control.save(folder / "control_large.png")


def write_parts():
    folder = FOLDER
    dump(folder / "model_index.json", INDEX)
    dump(folder / "scheduler" / "scheduler_config.json", SCHEDULER)
    words = write_tokenizer(folder / "tokenizer")
    write_text_encoder(folder / "text_encoder", words, SEED)
    build(UNet2DConditionModel, folder / "unet", UNET, SEED + 1)
    build(UNet2DConditionModel, folder / "unet_inpaint", INPAINT, SEED + 2)
    build(ControlNetModel, folder / "controlnet", CONTROLNET, SEED + 3)
    build(AutoencoderKL, folder / "vae", VAE, SEED + 4, old=True)
    build(AutoencoderTiny, folder / "vae_tiny", VAE_TINY, SEED + 5)
    write_pictures(folder)
