#!/usr/bin/env python3
"""TAEF2, a real tiny autoencoder (32 latent channels, a factor of 8), as its authors' own code computes it.

Writes tests/fixtures/diffusion/taef2.json: hashes of the fetched files that it is about, some numbers, and how well
four photos come back. With a folder as argument, writes the model there too, in the layout of diffusers'
AutoencoderTiny, with all that was computed (golden_io.safetensors). Needs ../shared/data; nothing of it is committed.

AutoencoderTiny has no place for it: in the three blocks beside the latents on either side, a block's input is
`x + pool(x)`, `pool` being a 1 × 1 convolution without bias to four times the channels, a norm in 4 groups, ReLU and
a 1 × 1 convolution back; convolutions and the skip then see that sum. The layout's configuration says so with
`use_midblock_gn`, the authors' word. Keys: `N.rest` of the encoder is `encoder.layers.N.rest`; `N.rest` of the decoder
is `decoder.layers.(N − 1).rest`, because layer 0 of theirs is the clamp, which has no weights. Theirs takes and gives
pictures in 0 to 1, AutoencoderTiny in −1 to 1.
"""

import hashlib
import importlib.util
import io
import json
import pathlib
import sys
import zipfile

import torch
from PIL import Image
from safetensors.torch import save_file

from diffusion import FIXTURES, WEIGHTS
from formula import pixel_values

SHARED = pathlib.Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data"
ENCODER, DECODER = SHARED / "models/taef2_encoder.pth", SHARED / "models/taef2_decoder.pth"
ARCHIVE = SHARED / "images/caltech101_96px.zip"
PHOTOS = [
    "butterfly/image_0010.jpg",
    "Faces/image_0001.jpg",
    "sunflower/image_0020.jpg",
    "yin_yang/image_0016.jpg",
]
PICKED = 24
CONFIG = {
    "_class_name": "AutoencoderTiny",
    "act_fn": "relu",
    "block_out_channels": [64] * 4,
    "decoder_block_out_channels": [64] * 4,
    "encoder_block_out_channels": [64] * 4,
    "force_upcast": False,
    "in_channels": 3,
    "latent_channels": 32,
    "latent_magnitude": 3,
    "latent_shift": 0.5,
    "num_decoder_blocks": [3, 3, 3, 1],
    "num_encoder_blocks": [1, 3, 3, 3],
    "out_channels": 3,
    "scaling_factor": 1.0,
    "shift_factor": 0.0,
    "upsample_fn": "nearest",
    "upsampling_scaling_factor": 2,
    "use_midblock_gn": True,
}


def reference():
    found = importlib.util.spec_from_file_location("taesd_reference", SHARED / "models/taesd_reference.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module.TAESD(ENCODER, DECODER).float().eval()


def layout(model):
    """The weights under the keys of AutoencoderTiny, as f16, which is what the files hold."""
    found = {f"encoder.layers.{name}": tensor for name, tensor in model.encoder.state_dict().items()}
    for name, tensor in model.decoder.state_dict().items():
        index, rest = name.split(".", 1)
        found[f"decoder.layers.{int(index) - 1}.{rest}"] = tensor
    return {name: tensor.half().contiguous() for name, tensor in found.items()}


def photo(archive, name):
    """`[1, 3, height, width]` in 0 to 1, cut at the right and below to a multiple of 8."""
    picture = Image.open(io.BytesIO(archive.read(name))).convert("RGB")
    width, height = (side - side % 8 for side in picture.size)
    bytes_of = torch.frombuffer(bytearray(picture.crop((0, 0, width, height)).tobytes()), dtype=torch.uint8)
    return bytes_of.reshape(1, height, width, 3).permute(0, 3, 1, 2).float() / 255


def psnr(found, wanted):
    return float(-10 * (found.clamp(0, 1) - wanted).double().square().mean().log10())


def picks(tensor):
    """Some numbers, spread over the whole, by their place in row-major order."""
    flat = tensor.flatten()
    places = [(index * 2 + 1) * len(flat) // (2 * PICKED) for index in range(PICKED)]
    values = [float(f"{float(flat[place]):.7g}") for place in places]
    moments = {"mean": float(flat.double().mean()), "deviation": float(flat.double().std(correction=0))}
    return {"shape": list(tensor.shape), "places": places, "values": values} | moments


def main():
    torch.set_num_threads(1)
    model = reference()
    # −0.75 to 0.75 as AutoencoderTiny takes it, exact in f32
    x = torch.from_numpy(pixel_values(1, 64)) / 4
    with torch.no_grad():
        latents = model.encoder(x / 2 + 0.5)
        decoded = model.decoder(latents) * 2 - 1
    found = {"x": x, "latents": latents, "decoded": decoded}
    told = {
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in [ENCODER, DECODER, ARCHIVE]},
        "parameters": sum(tensor.numel() for tensor in model.parameters()),
        "formula": {name: picks(tensor) for name, tensor in found.items()},
        "photos": [],
    }
    with zipfile.ZipFile(ARCHIVE) as archive, torch.no_grad():
        for index, name in enumerate(PHOTOS):
            pixels = photo(archive, name)
            latents = model.encoder(pixels)
            back = model.decoder(latents)
            told["photos"].append({"name": name, "size": list(pixels.shape[2:]), "psnr": round(psnr(back, pixels), 3)})
            found |= {f"photo.{index}.x": pixels * 2 - 1, f"photo.{index}.latents": latents}
            found |= {f"photo.{index}.decoded": back * 2 - 1}
    told["psnr"] = round(sum(each["psnr"] for each in told["photos"]) / len(PHOTOS), 3)
    (FIXTURES / "taef2.json").write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps(told["photos"]), told["psnr"], told["formula"]["latents"]["deviation"])
    if len(sys.argv) > 1:
        folder = pathlib.Path(sys.argv[1])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(CONFIG, indent=2, sort_keys=True) + "\n")
        save_file(layout(model), folder / WEIGHTS, metadata={"format": "pt"})
        save_file({name: t.contiguous() for name, t in found.items()}, folder / "golden_io.safetensors")


if __name__ == "__main__":
    main()
