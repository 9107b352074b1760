#!/usr/bin/env python3
"""A CLIP as ONNX, both towers, for the peers of the bench; the same weights as ours reads, no other model.

Usage: export_clip_onnx.py FOLDER OUT   the CLIP in FOLDER (config.json, model.safetensors; int8 rows are widened)
       export_clip_onnx.py --formula OUT   ViT-B/32 at full size with weights from a formula; writes the checkpoint too

Writes OUT/onnx/{vision,text}_model.onnx (f32). Vectors come out at unit length, as ours gives them. Never committed.
"""

import json
import pathlib
import shutil
import sys
import warnings

import numpy
import onnxruntime
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import CLIPConfig, CLIPModel

from clip_full import BEGIN, END, ENDS, checkpoint
from formula import input_ids, pixel_values

MEAN = [0.48145466, 0.4578275, 0.40821073]
DEVIATION = [0.26862954, 0.26130258, 0.27577711]


class Vision(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return unit(self.model.get_image_features(pixel_values).pooler_output)


class Text(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        return unit(self.model.get_text_features(input_ids).pooler_output)


def unit(vectors):
    return vectors / vectors.norm(p=2, dim=-1, keepdim=True)


def export(module, feed, names, axes, path):
    part = path.with_suffix(".part")
    torch.onnx.export(
        module,
        (feed,),
        str(part),
        input_names=names[:1],
        output_names=names[1:],
        dynamic_axes={names[0]: axes, names[1]: {0: "batch"}},
        opset_version=17,
        dynamo=False,  # the tracing exporter's graph is the one whose patterns the runtime fuses
        do_constant_folding=True,
    )
    # other numbers than those it was traced with: a constant baked in would show
    other = feed.flip(0) if feed.is_floating_point() else feed.roll(1, 0)
    with torch.no_grad():
        expected = module(other).numpy()
    session = onnxruntime.InferenceSession(str(part), providers=["CPUExecutionProvider"])
    found = session.run(None, {names[0]: other.numpy()})[0]
    difference = float(numpy.abs(found - expected).max())
    if not difference <= 1e-4:
        raise SystemExit(f"{path.name}: export unlike its source: {difference:.2e}")
    part.rename(path)
    print(f"{path}: {path.stat().st_size / 1e6:.0f} MB, largest difference to the source {difference:.1e}")


def export_towers(model, out):
    (out / "onnx").mkdir(parents=True, exist_ok=True)
    text, vision = model.config.text_config, model.config.vision_config
    end = text.vocab_size - 1 if text.eos_token_id == 2 else text.eos_token_id
    cols = text.max_position_embeddings
    ids = input_ids([3, cols - 1], cols, 0, end) % text.vocab_size
    ids[ids == 0] = 1
    pixels = torch.from_numpy(pixel_values(2, vision.image_size))
    axes = {0: "batch", 1: "tokens"}
    export(Text(model), torch.from_numpy(ids), ["input_ids", "text_embeds"], axes, out / "onnx/text_model.onnx")
    # last: its presence says that all of it is there
    export(Vision(model), pixels, ["pixel_values", "image_embeds"], {0: "batch"}, out / "onnx/vision_model.onnx")


def widened(file):
    """Tensors as f32; `x` in int8 has a scale for each row in `x.scale`."""
    stored = load_file(file)
    for name in [name for name in stored if stored[name].dtype == numpy.int8]:
        scale = stored.pop(f"{name}.scale")
        values = stored[name].astype(numpy.float32)
        stored[name] = values * scale.reshape(-1, *[1] * (values.ndim - 1))
    return {name: torch.from_numpy(numpy.array(value)).float() for name, value in stored.items()}


def read(folder):
    settings = CLIPConfig.from_pretrained(folder, attn_implementation="eager")
    model = CLIPModel(settings)
    tensors = widened(folder / "model.safetensors")
    tensors["logit_scale"] = tensors["logit_scale"].reshape([])
    model.load_state_dict(tensors)
    return model


def write_tokenizer(out):
    """A tokenizer of CLIP's kind with single bytes alone: what is measured takes ids."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = letters + [letter + "</w>" for letter in letters]
    begin, end = "<|startoftext|>", "<|endoftext|>"
    vocabulary = {piece: index for index, piece in enumerate(pieces)} | {begin: BEGIN, end: END}
    tokenizer = Tokenizer(models.BPE(vocabulary, [], unk_token=end, end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([begin, end])
    tokenizer.post_processor = processors.RobertaProcessing((end, END), (begin, BEGIN), add_prefix_space=False)
    tokenizer.save(str(out / "tokenizer.json"))


def write_processor(out, size):
    found = {
        "crop_size": size,
        "do_center_crop": True,
        "do_normalize": True,
        "do_resize": True,
        "feature_extractor_type": "CLIPFeatureExtractor",
        "image_mean": MEAN,
        "image_std": DEVIATION,
        "resample": 3,
        "size": size,
    }
    (out / "preprocessor_config.json").write_text(json.dumps(found, indent=2) + "\n")


def copy_processor(source, out):
    found = json.loads((source / "preprocessor_config.json").read_text())
    found.setdefault("image_processor_type", "CLIPImageProcessor")  # a peer finds its code by it
    (out / "preprocessor_config.json").write_text(json.dumps(found, indent=2) + "\n")


def main():
    warnings.filterwarnings("ignore")
    source, out = sys.argv[1], pathlib.Path(sys.argv[2])
    if source == "--formula":
        model = checkpoint(out)
        write_tokenizer(out)
        write_processor(out, 224)
    else:
        model = read(pathlib.Path(source))
        out.mkdir(parents=True, exist_ok=True)
        shutil.copy(pathlib.Path(source) / "config.json", out / "config.json")
        copy_processor(pathlib.Path(source), out)
    export_towers(model.eval(), out)


if __name__ == "__main__":
    main()
