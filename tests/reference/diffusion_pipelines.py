#!/usr/bin/env python3
"""Whole tiny Stable Diffusion pipelines, run step by step by the reference.

Writes tests/fixtures/diffusion/pipeline/: the folder (diffusion_parts.py), `pipeline_golden.safetensors` and
`pipeline_runs.json`, which lists the runs. README.md there says what the reference does before and between the steps.
For each run the safetensors file holds

- `<run>.initial`  the latents before the first step, noise and the scheduler's scale in them
- `<run>.latents`  `[steps, batch, channels, rows, columns]` after every step (in inpainting: after the blend)
- `<run>.image`    `[batch, 3, height, width]` in 0 to 1
- `<run>.init`, `<run>.mask`, `<run>.control`  the pictures as the networks get them, where there are any
"""

import inspect
import json
import warnings

import diffusers
import torch
from diffusers import AutoencoderKL, AutoencoderTiny, ControlNetModel, UNet2DConditionModel
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPTextModel, CLIPTokenizer

from diffusion_parts import FOLDER, HEIGHT, SCHEDULER, TOKENS, WIDTH, write_parts

APPLE = "a red apple on a blue background"
LONG = "Two cats, it's RAINING: 一只猫在树旁边 🎈 " + "oil painting by the sea, " * 8
NEGATIVE = "blurry, low quality"
SAMPLERS = {
    "ddim": ("DDIMScheduler", {}),
    "ddpm": ("DDPMScheduler", {}),
    "pndm": ("PNDMScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler_a": ("EulerAncestralDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 2}),
    "dpmpp_3m": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 3}),
    "lcm": ("LCMScheduler", {}),
}
TEXT, IMAGE = "StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline"
INPAINT, CONTROL = "StableDiffusionInpaintPipeline", "StableDiffusionControlNetPipeline"

BASE = {"prompt": APPLE, "negative_prompt": NEGATIVE, "seeds": [0], "steps": 5, "guidance": 7.5, "eta": 0.0}
BASE |= {"width": WIDTH, "height": HEIGHT, "unet": "unet", "vae": "vae", "overrides": {}}
FIRST = {"init": "init.png", "strength": 0.6}
PAINT = {"init": "init_large.png", "mask": "mask_large.png", "strength": 1.0}
EDGES = {"control": "control_large.png", "control_weight": 0.7}
RUNS = {
    "text_ddim": BASE | {"pipeline": TEXT, "sampler": "ddim"},
    "text_ddim_plain": BASE | {"pipeline": TEXT, "sampler": "ddim", "guidance": 1.0, "seeds": [1]},
    "text_batch": BASE | {"pipeline": TEXT, "sampler": "ddim", "seeds": [3, 4], "eta": 0.5, "negative_prompt": ""},
    "text_v": BASE
    | {"pipeline": TEXT, "sampler": "ddim", "seeds": [7], "guidance": 3.0}
    | {"overrides": {"prediction_type": "v_prediction", "timestep_spacing": "trailing"}},
    "text_dpmpp_2m_karras": BASE
    | {"pipeline": TEXT, "sampler": "dpmpp_2m", "prompt": LONG, "seeds": [12345678901], "width": 56, "height": 24}
    | {"overrides": {"use_karras_sigmas": True}},
    "text_euler_a": BASE | {"pipeline": TEXT, "sampler": "euler_a", "seeds": [2], "guidance": 5.0},
    "text_pndm": BASE | {"pipeline": TEXT, "sampler": "pndm", "seeds": [5]},
    "text_lcm": BASE | {"pipeline": TEXT, "sampler": "lcm", "seeds": [6], "steps": 4, "guidance": 1.0},
    "text_tiny": BASE | {"pipeline": TEXT, "sampler": "euler", "seeds": [8], "vae": "vae_tiny", "guidance": 2.0},
    "image_03": BASE | FIRST | {"pipeline": IMAGE, "sampler": "ddim", "strength": 0.3, "seeds": [10]},
    "image_06": BASE | FIRST | {"pipeline": IMAGE, "sampler": "euler_a", "seeds": [11], "guidance": 3.0},
    "image_1": BASE | FIRST | {"pipeline": IMAGE, "sampler": "dpmpp_2m", "strength": 1.0, "seeds": [12]},
    "image_heun": BASE | FIRST | {"pipeline": IMAGE, "sampler": "heun", "seeds": [13], "guidance": 2.0},
    "image_tiny": BASE | FIRST | {"pipeline": IMAGE, "sampler": "ddim", "seeds": [14], "vae": "vae_tiny"},
    "image_batch": BASE | FIRST | {"pipeline": IMAGE, "sampler": "ddim", "seeds": [15, 16], "guidance": 1.0},
    "inpaint_4": BASE | PAINT | {"pipeline": INPAINT, "sampler": "ddim", "seeds": [20]},
    "inpaint_4_part": BASE
    | PAINT
    | {"pipeline": INPAINT, "sampler": "euler_a", "seeds": [21], "strength": 0.6, "guidance": 2.0}
    | {"init": "init.png", "mask": "mask.png"},
    "inpaint_4_tiny": BASE | PAINT | {"pipeline": INPAINT, "sampler": "ddim", "seeds": [22], "vae": "vae_tiny"},
    "inpaint_9": BASE | PAINT | {"pipeline": INPAINT, "sampler": "ddim", "seeds": [23], "unet": "unet_inpaint"},
    "inpaint_9_part": BASE
    | PAINT
    | {"pipeline": INPAINT, "sampler": "euler", "seeds": [24], "strength": 0.6, "unet": "unet_inpaint"}
    | {"guidance": 1.0},
    "control_ddim": BASE | EDGES | {"pipeline": CONTROL, "sampler": "ddim", "seeds": [30]},
    "control_plain": BASE | EDGES | {"pipeline": CONTROL, "sampler": "euler_a", "seeds": [31], "guidance": 1.0},
}

# seeds and the sizes drawn one after another from one generator: 16 numbers and more are drawn in another way than
# fewer, a size that is no multiple of 16 ends with 16 numbers drawn anew, and an odd count below 16 leaves one number
# for the next draw below 16
NOISE = [
    (0, [[1, 4, 8, 10], [1, 4, 8, 10]]),
    (1, [[1, 4, 8, 8]]),
    (12345678901, [[1, 4, 3, 14]]),
    (4294967295, [[1, 4, 2, 2], [1, 4, 5, 5]]),
    (42, [[1, 4, 1, 3], [1, 1, 3, 5], [1, 3, 1, 1], [1, 4, 3, 3], [1, 1, 1, 1]]),
    (7, [[1, 1, 1, 1], [1, 4, 5, 7], [1, 1, 1, 2], [17]]),
]


def generator(seed):
    return torch.Generator("cpu").manual_seed(seed)


def scheduler_of(run):
    name, settings = SAMPLERS[run["sampler"]]
    return getattr(diffusers, name).from_config(SCHEDULER, **settings, **run["overrides"])


def pipeline_of(run):
    parts = {
        "scheduler": scheduler_of(run),
        "text_encoder": CLIPTextModel.from_pretrained(FOLDER / "text_encoder", dtype=torch.float32),
        "tokenizer": CLIPTokenizer.from_pretrained(FOLDER / "tokenizer"),
        "unet": UNet2DConditionModel.from_pretrained(FOLDER / run["unet"], torch_dtype=torch.float32),
        "vae": (AutoencoderKL if run["vae"] == "vae" else AutoencoderTiny).from_pretrained(
            FOLDER / run["vae"], torch_dtype=torch.float32
        ),
    }
    if run["pipeline"] == CONTROL:
        parts["controlnet"] = ControlNetModel.from_pretrained(FOLDER / "controlnet", torch_dtype=torch.float32)
    pipeline = getattr(diffusers, run["pipeline"])(
        **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def drawer():
    """Who asks for noise: the pipeline before the loop, the autoencoder, or the scheduler in a step."""
    names = [frame.function for frame in inspect.stack()]
    for name, who in [("step", "step"), ("prepare_mask_latents", "masked image"), ("retrieve_latents", "image")]:
        if name in names:
            return who
    return "start"


class Draws:
    """Notes every call of torch.randn while a pipeline runs."""

    def __enter__(self):
        self.found = []
        self.original = torch.randn

        def noted(*shape, **settings):
            size = shape[0] if isinstance(shape[0], (tuple, list, torch.Size)) else shape
            self.found.append({"for": drawer(), "shape": list(size)})
            return self.original(*shape, **settings)

        torch.randn = noted
        return self

    def __exit__(self, *_):
        torch.randn = self.original


def arguments(run, pipeline):
    found = {
        "prompt": run["prompt"],
        "negative_prompt": run["negative_prompt"],
        "num_inference_steps": run["steps"],
        "guidance_scale": run["guidance"],
        "eta": run["eta"],
        "num_images_per_prompt": len(run["seeds"]),
        "generator": [generator(seed) for seed in run["seeds"]],
        "output_type": "pt",
    }
    pictures = {}
    size = {"width": run["width"], "height": run["height"]}
    if "init" in run:
        found |= {"image": Image.open(FOLDER / run["init"]), "strength": run["strength"]}
        pictures["init"] = pipeline.image_processor.preprocess(found["image"], **size)
    if "mask" in run:
        found["mask_image"] = Image.open(FOLDER / run["mask"])
        pictures["mask"] = pipeline.mask_processor.preprocess(found["mask_image"], **size)
    if "control" in run:
        found |= {"image": Image.open(FOLDER / run["control"])}
        found["controlnet_conditioning_scale"] = run["control_weight"]
        pictures["control"] = pipeline.control_image_processor.preprocess(found["image"], **size)
    if run["pipeline"] != IMAGE:  # which takes the picture's size
        found |= size
    return found, pictures


def perform(name, run):
    pipeline = pipeline_of(run)
    given, pictures = arguments(run, pipeline)
    first, steps, timesteps = [], [], []
    prepare = pipeline.prepare_latents

    def prepared(*args, **settings):
        found = prepare(*args, **settings)
        first.append((found[0] if isinstance(found, tuple) else found).clone())
        return found

    def after(_pipeline, _index, timestep, tensors):
        steps.append(tensors["latents"].clone())
        timesteps.append(float(timestep))
        return {}

    pipeline.prepare_latents = prepared
    with Draws() as draws, torch.no_grad():
        image = pipeline(**given, callback_on_step_end=after).images
    found = {"initial": first[0], "latents": torch.stack(steps), "image": image} | pictures
    if found["latents"].shape[1] != len(run["seeds"]) or not all(torch.isfinite(t).all() for t in found.values()):
        raise SystemExit(f"{name}: not finite, or of another batch size")
    clamped = float(((image == 0) | (image == 1)).float().mean())
    print(f"{name}: {timesteps}, deviation {float(steps[-1].std()):.2f}, clamped {clamped:.2f}, {draws.found}")
    effective = {key: value for key, value in pipeline.scheduler.config.items() if not key.startswith("_")}
    told = run | {
        "draws": draws.found,
        "scheduler": {"class": type(pipeline.scheduler).__name__, "config": effective},
        "spacing": effective.get("timestep_spacing"),
        "timesteps": timesteps,
    }
    return told, {f"{name}.{key}": tensor.contiguous() for key, tensor in found.items()}


def texts():
    """The ids and the states of each prompt, padded as the pipelines pad."""
    tokenizer = CLIPTokenizer.from_pretrained(FOLDER / "tokenizer")
    encoder = CLIPTextModel.from_pretrained(FOLDER / "text_encoder", dtype=torch.float32)
    listed = ["", APPLE, NEGATIVE, LONG, "they've gone — 3 PEARS\n\tébène <|endoftext|> ok"]
    ids = tokenizer(listed, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt").input_ids
    with torch.no_grad():
        states = encoder(ids).last_hidden_state
    lengths = [len(tokenizer(text).input_ids) for text in listed]
    return [{"text": text, "tokens": count} for text, count in zip(listed, lengths)], ids, states


def main():
    warnings.filterwarnings("ignore")
    diffusers.utils.logging.set_verbosity_error()
    torch.set_num_threads(1)
    write_parts()
    listed, ids, states = texts()
    told, found = {"texts": listed, "runs": {}, "noise": []}, {"texts.ids": ids, "texts.states": states}
    for name, run in RUNS.items():
        told["runs"][name], tensors = perform(name, run)
        found |= tensors
    for index, (seed, shapes) in enumerate(NOISE):
        source = generator(seed)
        told["noise"].append({"seed": seed, "shapes": shapes})
        found |= {f"noise.{index}.{turn}": torch.randn(shape, generator=source) for turn, shape in enumerate(shapes)}
    save_file(found, FOLDER / "pipeline_golden.safetensors")
    (FOLDER / "pipeline_runs.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    for file in FOLDER.rglob("*.*"):
        file.chmod(0o644)
    print(f"{sum(file.stat().st_size for file in FOLDER.rglob('*.*')) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
