#!/usr/bin/env python3
"""What each token of the tiny BERT looks at, as the reference computes it.

Reads tests/fixtures/bert-tiny/ and writes its attention.safetensors: `attentions.N` for the Nth text of
golden_texts.json, [layers, heads, tokens, tokens]. All texts run as one padded batch and the padding is
cut off afterwards, so that a reader who runs one text alone shows that padding takes no share.
"""

import json

import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

from bert_tiny import FIXTURES
from minilm import padded

FOLDER = FIXTURES / "bert-tiny"


def reference_model():
    """Eager attention alone gives its weights away."""
    config = BertConfig.from_pretrained(FOLDER, attn_implementation="eager")
    model = BertModel(config, add_pooling_layer=True).eval()
    model.load_state_dict(load_file(FOLDER / "model.safetensors"), strict=True)
    return model


def main():
    torch.set_num_threads(1)
    rows = [case["ids"] for case in json.loads((FOLDER / "golden_texts.json").read_text())]
    ids, mask = padded(rows, 0)
    with torch.no_grad():
        layers = reference_model()(input_ids=ids, attention_mask=mask, output_attentions=True).attentions
    weights = torch.stack(layers)  # [layers, texts, heads, tokens, tokens]
    outputs = {
        f"attentions.{text}": weights[:, text, :, : len(row), : len(row)].contiguous()
        for text, row in enumerate(rows)
    }
    for name, tensor in outputs.items():
        assert torch.allclose(tensor.sum(-1), torch.ones(()), atol=1e-6), f"{name}: a row does not add up to 1"
    save_file(outputs, FOLDER / "attention.safetensors")
    (FOLDER / "attention.safetensors").chmod(0o644)
    print({name: tuple(tensor.shape) for name, tensor in outputs.items()})


if __name__ == "__main__":
    main()
