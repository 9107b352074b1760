#!/usr/bin/env python3
"""A tiny random BERT with its tokenizer, made here, and what the reference computes with it.

Writes tests/fixtures/bert-tiny{,-f16,-bf16}/. Every tensor is random, biases and norms too: zeros
and ones would hide a bias left out or two norms swapped.
"""

import json
import pathlib
from collections import Counter

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from minilm import mean_pooled_l2, padded

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
SEED = 20261122
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CONFIG_KEYS = (
    "attention_probs_dropout_prob hidden_act hidden_dropout_prob hidden_size initializer_range "
    "intermediate_size layer_norm_eps max_position_embeddings model_type num_attention_heads "
    "num_hidden_layers pad_token_id type_vocab_size vocab_size"
).split()
DTYPES = {"float32": "bert-tiny", "float16": "bert-tiny-f16", "bfloat16": "bert-tiny-bf16"}

CORPUS = [
    "the lamp by the window is warm and bright",
    "a cold kettle waits on the kitchen table",
    "good sound, good price, very good phone",
    "bad sound, bad screen, a very bad phone",
    "delivery was quick and the box arrived unbroken",
    "delivery was slow; the seller would not answer",
    "she reads the letter again and puts it away",
    "numbers 0 1 2 3 4 5 6 7 8 9 and signs . , ! ? : ; - ( )",
    "这部手机很好，屏幕清晰，声音也好",
    "快递太慢，包装破了，不推荐",
    "味道很好，下次还会再来",
    "房间很小，服务一般，价格不合理",
    "好评 差评 正面 负面",
]

TEXTS = [
    "The lamp is warm, the phone is very good!",
    "这部手机很好，不推荐 the box",
    "unbroken kettles rewaiting: café 龘 \U0001F642",
    "",
]


def build_tokenizer():
    """WordPiece as BERT has it. The pieces are counted here: the library's trainer breaks ties in
    the order of a hash map, so that each run would write other fixtures."""
    normalizer = normalizers.BertNormalizer(lowercase=True)
    splitter = pre_tokenizers.BertPreTokenizer()
    words, endings = Counter(), Counter()
    for line in CORPUS:
        words.update(word for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(line)))
    for word in words:
        endings.update("##" + word[-size:] for size in (2, 3) if size < len(word))
    letters = {letter for word in words for letter in word}
    pieces = letters | {"##" + letter for letter in letters if letter.isascii()} | set(words)
    pieces |= {ending for ending, count in endings.items() if count > 1}
    vocabulary = {piece: index for index, piece in enumerate(SPECIALS + sorted(pieces))}
    tokenizer = Tokenizer(
        models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100)
    )
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.add_special_tokens(SPECIALS)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def random_model(vocabulary):
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        pad_token_id=0,
    )
    model = BertModel(config, add_pooling_layer=True).eval()
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for name, tensor in sorted(model.named_parameters()):
            noise = torch.randn(tensor.shape, generator=generator)
            is_norm_scale = name.endswith("LayerNorm.weight")
            tensor.copy_(1 + 0.2 * noise if is_norm_scale else 0.2 * noise)
    return model


def reference_outputs(model, ids, mask):
    with torch.no_grad():
        out = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    hidden = out.last_hidden_state
    outputs = {
        "input_ids": ids,
        "attention_mask": mask,
        "last_hidden_state": hidden,
        "mean_pooled_l2": mean_pooled_l2(hidden, mask),
        "cls_l2": torch.nn.functional.normalize(hidden[:, 0], p=2, dim=1),
    }
    for index, states in enumerate(out.hidden_states):
        outputs[f"hidden_states.{index}"] = states
    # a clone each: last_hidden_state shares its storage with the last of hidden_states
    return {name: tensor.contiguous().clone() for name, tensor in outputs.items()}


def golden_texts(tokenizer):
    encodings = [tokenizer.encode(text) for text in TEXTS]
    return [
        {"text": text, "ids": found.ids, "tokens": found.tokens}
        for text, found in zip(TEXTS, encodings)
    ]


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_layout(folder, model, tokenizer, dtype):
    """The files beside the weights, in the layout of a sentence-transformers checkpoint."""
    config = {key: getattr(model.config, key) for key in CONFIG_KEYS}
    # keys that hub checkpoints carry and a reader has to bear
    config |= {"architectures": ["BertModel"], "position_embedding_type": "absolute"}
    config |= {"torch_dtype": dtype, "use_cache": True}
    write_json(folder / "config.json", dict(sorted(config.items())))
    write_json(
        folder / "modules.json",
        [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(
                [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
            )
        ],
    )
    write_json(
        folder / "1_Pooling/config.json",
        {
            "word_embedding_dimension": 32,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
    )
    tokenizer.save(str(folder / "tokenizer.json"))


def main():
    torch.set_num_threads(1)
    tokenizer = build_tokenizer()
    model = random_model(tokenizer.get_vocab_size())
    rows = [tokenizer.encode(text).ids for text in TEXTS]
    ids, mask = padded(rows, 0)
    weights = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
    for dtype, name in DTYPES.items():
        folder = FIXTURES / name
        write_layout(folder, model, tokenizer, dtype)
        stored = {key: value.to(getattr(torch, dtype)) for key, value in weights.items()}
        save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
        # computed in f32 from what the file really holds
        read = {key: value.float() for key, value in load_file(folder / "model.safetensors").items()}
        model.load_state_dict(read, strict=False)
        save_file(reference_outputs(model, ids, mask), folder / "golden_io.safetensors")
        write_json(folder / "golden_texts.json", golden_texts(tokenizer))
        for file in folder.glob("*.safetensors"):
            file.chmod(0o644)
        print(name, f"vocabulary {tokenizer.get_vocab_size()}, ids {tuple(ids.shape)}")


if __name__ == "__main__":
    main()
