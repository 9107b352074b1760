#!/usr/bin/env python3
"""Timesteps and traces of diffusers' schedulers, with a smooth stand-in for the network.

Writes tests/fixtures/schedulers/: cases.json says what was run, one case a line, its configuration by number;
traces.safetensors holds what came out, all cases one after the other: the timesteps of every pass, and the latents
after every `stride`th and the last.

Latents are four numbers. `network`, `noise` and `picture` below are repeated by tests/parity/schedulers.rs.
"""

import itertools
import json
import pathlib

import numpy
import torch
from diffusers import schedulers
from diffusers.utils import logging
from safetensors.numpy import save_file

logging.set_verbosity_error()  # of fields that a class does not know

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "schedulers"
CLASSES = {
    "ddim": "DDIMScheduler",
    "ddpm": "DDPMScheduler",
    "pndm": "PNDMScheduler",
    "euler": "EulerDiscreteScheduler",
    "euler_a": "EulerAncestralDiscreteScheduler",
    "heun": "HeunDiscreteScheduler",
    "dpmpp_2m": "DPMSolverMultistepScheduler",
    "dpmpp_3m": "DPMSolverMultistepScheduler",
    "lcm": "LCMScheduler",
}
PLACE = numpy.arange(4)
MASK = torch.tensor([[[[1.0, 0.0, 1.0, 0.0]]]])  # 1 is painted anew
SPACINGS = ["leading", "trailing", "linspace"]
PREDICTIONS = ["epsilon", "v_prediction", "sample"]
BETAS = {
    "linear": {},
    "scaled_linear": {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"},
    "cosine": {"beta_schedule": "squaredcos_cap_v2"},
    "trained": {"num_train_timesteps": 60, "trained_betas": [round(0.002 + 0.0011 * at, 6) for at in range(60)]},
}
SCALED = BETAS["scaled_linear"]
# As published with checkpoints.
STABLE_DIFFUSION_1 = SCALED | {
    "_class_name": "PNDMScheduler",
    "num_train_timesteps": 1000,
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "steps_offset": 1,
    "trained_betas": None,
    "clip_sample": False,
}
STABLE_DIFFUSION_2 = STABLE_DIFFUSION_1 | {"_class_name": "DDIMScheduler", "prediction_type": "v_prediction"}
SDXL = SCALED | {
    "_class_name": "EulerDiscreteScheduler",
    "interpolation_type": "linear",
    "prediction_type": "epsilon",
    "sample_max_value": 1.0,
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "steps_offset": 1,
    "timestep_spacing": "leading",
    "use_karras_sigmas": False,
}
ZERO_SNR = SCALED | {
    "_class_name": "DDIMScheduler",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "clip_sample": False,
}
BARE_DDPM = {"_class_name": "DDPMScheduler", "variance_type": "fixed_large", "clip_sample_range": 2.5}


def tensor(values):
    return torch.tensor(values, dtype=torch.float64).reshape(1, 1, 1, -1)


def network(latents, timestep):
    offset = 0.1 * numpy.sin(float(timestep) / 100) + 0.05 * numpy.cos(PLACE)
    return 0.3 * torch.tanh(latents) + tensor(offset).to(latents)


def noise(at):
    return tensor(1.4 * numpy.sin(1 + 7 * at + 3 * PLACE))


PICTURE = tensor(0.8 * numpy.cos(1 + 2 * PLACE))


def case(sampler, config, steps, start="noise", **options):
    return {"sampler": sampler, "config": config, "options": {"steps": steps} | options, "start": start}


def scheduler_of(case):
    own = case["config"].get("_class_name", CLASSES[case["sampler"]])
    own = getattr(schedulers, own).from_config(case["config"])
    options, changed = case["options"], {}
    if "spacing" in options:
        changed["timestep_spacing"] = options["spacing"]
    if "karras" in options:
        changed["use_karras_sigmas"] = options["karras"]
    if case["sampler"].startswith("dpmpp"):
        changed["solver_order"] = int(case["sampler"][6])
    return getattr(schedulers, CLASSES[case["sampler"]]).from_config(own.config, **changed)


class Doubled:
    """torch for a scheduler that is to step in f64: its f32 loses digits where it takes large latents from each
    other, as it does with cosine betas, whose noise levels begin at 20,000."""

    float32 = torch.float64

    def __getattr__(self, name):
        return getattr(torch, name)


def run(case, doubled=True):
    scheduler, options = scheduler_of(case), case["options"]
    module = __import__(type(scheduler).__module__, fromlist=["randn_tensor"])
    scheduler.set_timesteps(options["steps"])
    # Timesteps and tables are there by now, in f32 as they are meant to be; what is f64 is the stepping.
    precision = torch.float64 if doubled else torch.float32
    for name in ("alphas_cumprod", "final_alpha_cumprod", "sigmas", "one"):
        if hasattr(scheduler, name):
            setattr(scheduler, name, getattr(scheduler, name).to(precision))
    module.torch = Doubled() if doubled else torch
    # get_timesteps of the pipelines
    steps, strength = options["steps"], options.get("strength", 1.0)
    begin = max(steps - min(int(steps * strength), steps), 0) * scheduler.order
    timesteps = scheduler.timesteps[begin:]
    # Said from noise too: a first timestep that comes twice would be taken as the second.
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(begin)
    picture, first = PICTURE.to(precision), noise(0).to(precision)
    sample = first * scheduler.init_noise_sigma
    if case["start"] == "picture" or (case["start"] == "known" and strength < 1):
        sample = scheduler.add_noise(picture, first, timesteps[:1])
    trace = [sample]
    more = {"eta": options["eta"]} if "eta" in options else {}
    for at, timestep in enumerate(timesteps):
        module.randn_tensor = lambda *_, at=at, **__: noise(at + 1).to(precision)
        output = network(scheduler.scale_model_input(sample, timestep), timestep)
        sample = scheduler.step(output, timestep, sample, **more).prev_sample
        if case["start"] == "known":
            last = at + 1 == len(timesteps)
            known = picture if last else scheduler.add_noise(picture, first, timesteps[at + 1 : at + 2])
            sample = (1 - MASK) * known + MASK * sample
        trace.append(sample)
    module.torch = torch
    assert all(sample.dtype == precision for sample in trace), case
    trace = torch.cat(trace).reshape(-1, 4).double().numpy()
    assert numpy.isfinite(trace).all(), case
    return timesteps.double().numpy(), trace, float(scheduler.init_noise_sigma)


def plain_cases():
    """Every sampler with every spacing, prediction and beta schedule; the numbers of steps take turns."""
    counts = itertools.cycle([7, 20, 2, 50, 1])
    for sampler, spacing, prediction, betas in itertools.product(CLASSES, SPACINGS, PREDICTIONS, BETAS):
        if prediction == "sample" and sampler in ("pndm", "euler_a"):
            continue  # diffusers refuses
        if sampler == "lcm" and spacing != "leading":
            continue  # it has its own
        config = BETAS[betas] | {"prediction_type": prediction, "timestep_spacing": spacing, "skip_prk_steps": True}
        yield case(sampler, config, next(counts))
    for spacing, prediction, steps in itertools.product(SPACINGS, PREDICTIONS[:2], [4, 7, 20]):
        yield case("pndm", SCALED | {"prediction_type": prediction}, steps, spacing=spacing)


def karras_cases():
    counts = itertools.cycle([7, 20, 2, 50, 1])
    for sampler, prediction, spacing, betas in itertools.product(
        ["euler", "heun", "dpmpp_2m", "dpmpp_3m"], PREDICTIONS, SPACINGS, ["scaled_linear", "cosine"]
    ):
        yield case(sampler, BETAS[betas] | {"prediction_type": prediction}, next(counts), spacing=spacing, karras=True)
    limits = {"use_karras_sigmas": True, "sigma_min": 0.05, "sigma_max": 9.0}
    yield case("euler", SCALED | limits, 7)
    yield case("dpmpp_2m", SCALED | limits, 7, karras=False)


def solver_cases():
    for order, steps, last, few, euler in itertools.product(
        "23", [7, 20], ["zero", "sigma_min"], [True, False], [True, False]
    ):
        config = {"final_sigmas_type": last, "lower_order_final": few, "euler_at_final": euler}
        yield case(f"dpmpp_{order}m", SCALED | config, steps)
    for order, karras in itertools.product("23", [True, False]):
        heun = {"solver_type": "heun", "final_sigmas_type": "sigma_min"}
        # order 2 with sigma_min and Karras' levels ends in a step of no length: 0/0 in the reference
        yield case(f"dpmpp_{order}m", SCALED | heun, 7, karras=karras)
        for spacing in SPACINGS:
            config = BETAS["cosine"] | {"lambda_min_clipped": -3.0}
            yield case(f"dpmpp_{order}m", config, 20 if karras else 9, spacing=spacing)


def detail_cases():
    for clip, sampler in itertools.product([1.0, 2.5], ["ddim", "ddpm", "heun", "lcm"]):
        yield case(sampler, SCALED | {"clip_sample": True, "clip_sample_range": clip}, 7)
    for whole, sampler, offset in itertools.product([True, False], ["ddim", "pndm", "lcm"], [0, 1]):
        config = {"set_alpha_to_one": whole, "clip_sample": False, "steps_offset": offset, "skip_prk_steps": True}
        yield case(sampler, SCALED | config, 7)
    for eta, prediction, spacing in itertools.product([0.0, 0.5, 1.0], PREDICTIONS, ["leading", "trailing"]):
        yield case("ddim", SCALED | {"prediction_type": prediction}, 7, eta=eta, spacing=spacing)
    for variance, spacing in itertools.product(["fixed_small", "fixed_small_log", "fixed_large"], SPACINGS):
        yield case("ddpm", SCALED | {"variance_type": variance, "steps_offset": 1}, 7, spacing=spacing)
    for sampler in CLASSES:
        yield case(sampler, SCALED | {"steps_offset": 1, "skip_prk_steps": True}, 20, spacing="leading")
    for original, scaling in [(100, 10.0), (50, 0.003), (37, 1.0)]:
        config = {"original_inference_steps": original, "timestep_scaling": scaling}
        yield case("lcm", config, 8)
    yield case("ddim", SCALED | {"clip_sample": False}, 1000, stride=100)
    yield case("euler", SCALED | {"steps_offset": 1}, 1000, spacing="leading", stride=100)
    yield case("euler_a", SCALED, 1000, stride=100)
    yield case("dpmpp_2m", SCALED, 1000, spacing="trailing", stride=100)


def checkpoint_cases():
    """Every sampler with the configuration of another."""
    for config, sampler in itertools.product(
        [STABLE_DIFFUSION_1, STABLE_DIFFUSION_2, SDXL, ZERO_SNR, BARE_DDPM], CLASSES
    ):
        yield case(sampler, config, 12)
    for sampler, spacing in itertools.product(["ddim", "ddpm", "euler", "euler_a", "dpmpp_2m", "dpmpp_3m"], SPACINGS):
        yield case(sampler, ZERO_SNR, 7, spacing=spacing)


def picture_cases():
    for strength, sampler in itertools.product([0.12, 0.5, 0.75, 0.99, 1.0], CLASSES):
        yield case(sampler, STABLE_DIFFUSION_1, 10 if sampler != "heun" else 9, "picture", strength=strength)
    for strength, sampler in itertools.product([0.29, 0.8], ["euler", "heun", "dpmpp_2m", "dpmpp_3m"]):
        yield case(sampler, STABLE_DIFFUSION_2, 20, "picture", strength=strength, karras=True)
    for strength, sampler in itertools.product([0.6, 1.0], CLASSES):
        yield case(sampler, STABLE_DIFFUSION_2, 10, "known", strength=strength)


def main():
    cases = [
        *plain_cases(),
        *karras_cases(),
        *solver_cases(),
        *detail_cases(),
        *checkpoint_cases(),
        *picture_cases(),
    ]
    configs, timesteps, traces, lost = [], [], [], {}
    for one in cases:
        stride = one["options"].pop("stride", 1)
        told, trace, sigma = run(one)
        rough = run(one, doubled=False)[1]
        size = numpy.abs(trace).max(axis=1, initial=1.0)
        name = one["sampler"] + (" cosine" if one["config"].get("beta_schedule") == "squaredcos_cap_v2" else "")
        lost[name] = max(lost.get(name, 0.0), (numpy.abs(trace - rough).max(axis=1) / size).max())
        places = sorted({*range(0, len(trace), stride), len(trace) - 1})
        if one["config"] not in configs:
            configs.append(one["config"])
        one["config"] = configs.index(one["config"])
        one |= {"stride": stride, "passes": len(told), "init_noise_sigma": sigma}
        timesteps.append(told)
        traces.append(trace[places])
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = [",\n".join(json.dumps(one, separators=(",", ":")) for one in part) for part in (configs, cases)]
    (FOLDER / "cases.json").write_text(f'{{"configs":[\n{lines[0]}\n],"cases":[\n{lines[1]}\n]}}\n')
    save_file(
        {
            "timesteps": numpy.concatenate(timesteps).astype(numpy.float32),
            "samples": numpy.concatenate(traces).astype(numpy.float32),
        },
        FOLDER / "traces.safetensors",
    )
    print(f"{len(cases)} cases, {sum(map(len, timesteps))} passes; lost by f32:")
    print("\n".join(f"  {name}: {part:.1e}" for name, part in sorted(lost.items())))


if __name__ == "__main__":
    main()
