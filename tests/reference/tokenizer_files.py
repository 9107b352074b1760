#!/usr/bin/env python3
"""Small tokenizers of folders without tokenizer.json, and the ids of the reference; and how long texts may be.

Writes tests/fixtures/tokenizers/: vocab.txt of BERT's kind, vocab.json and merges.txt of RoBERTa's, both trained here on
the texts of clip_bpe.py; ids.json, with what tokenizer_config.json and its neighbours say in each case; limits.json, with
what sentence-transformers makes of the files of a folder.
"""

import json
import pathlib
import tempfile

from sentence_transformers.base.modules.transformer import Transformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import AutoTokenizer, BertConfig, BertModel, BertTokenizerLegacy

import clip_bpe
from texts import TEXTS

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "tokenizers"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA = ["<s>", "<pad>", "</s>", "<unk>"]
LENGTH = 128
ODD = ["[CLS] a [SEP] [MASK]b [PAD]", "[UNK] [unk] [ENT]", "<s>a</s> <pad><mask> <mask>", "ÀÉÎ Straße 的ÀB", "TEE tee Tee", "ﬁn ĳ ǆ"]


def bert_vocabulary(lines):
    """Cased and lower-cased pieces in one list, so that every setting finds some of its own."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=1500, limit_alphabet=700, special_tokens=SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(lines + [line.lower() for line in lines], trainer)
    return [piece for piece, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]


def roberta_vocabulary(lines):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=760, initial_alphabet=alphabet, special_tokens=ROBERTA, show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)
    state = json.loads(tokenizer.to_str())["model"]
    return {**state["vocab"], "<mask>": len(state["vocab"])}, state["merges"]


def cases():
    """Name, files beside the vocabulary. `model_type` stands in config.json."""
    token = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
    yield "absent", "bert", {}
    yield "cased", "bert", {"tokenizer_config.json": {"do_lower_case": False, "model_max_length": 512}}
    yield "accents", "distilbert", {"tokenizer_config.json": {"do_lower_case": True, "strip_accents": False}}
    yield "bare", "bert", {"tokenizer_config.json": {"do_lower_case": False, "strip_accents": True, "tokenize_chinese_chars": False}}
    yield "chinese", "bert", {
        "tokenizer_config.json": {"do_lower_case": True, "tokenizer_class": "BertTokenizer", "strip_accents": None, "model_max_length": int(1e30)},
        "special_tokens_map.json": {name: f"[{name[:-6].upper()}]" for name in ("cls_token", "sep_token", "unk_token", "pad_token", "mask_token")},
    }
    listed = {str(at): {"content": piece, **token} for at, piece in enumerate(SPECIAL)}
    listed["900"] = {"content": None, **token, "special": False, "normalized": True}
    yield "listed", "bert", {"tokenizer_config.json": {"added_tokens_decoder": listed, "do_lower_case": True, "padding_side": "left", "truncation_side": "left"}}
    yield "entities", "bert", {"special_tokens_map.json": {"additional_special_tokens": ["[ENT]"]}}
    yield "plain", "roberta", {}
    yield "prefix", "roberta", {"tokenizer_config.json": {"add_prefix_space": True, "model_max_length": 512}}
    mask = {**token, "content": "<mask>", "lstrip": True}
    del mask["special"]
    yield "released", "roberta", {"special_tokens_map.json": {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": mask}}


def tokenized(lines):
    pieces = bert_vocabulary(lines)
    vocab, merges = roberta_vocabulary(lines)
    bert = {"vocab.txt": "".join(f"{piece}\n" for piece in pieces)}
    roberta = {"vocab.json": json.dumps(vocab, ensure_ascii=False, separators=(",", ":")), "merges.txt": "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges)}
    found = []
    for name, kind, given in cases():
        if name == "listed":
            given["tokenizer_config.json"]["added_tokens_decoder"]["900"]["content"] = pieces[900]
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            files = {**(roberta if kind == "roberta" else bert), "config.json": json.dumps({"model_type": kind})}
            for file, text in {**files, **{file: json.dumps(value) for file, value in given.items()}}.items():
                (folder / file).write_text(text)
            tokenizer = AutoTokenizer.from_pretrained(folder)
            ids = tokenizer(lines, truncation=True, max_length=LENGTH).input_ids
            told = ""
            if kind == "bert" and name in ("absent", "cased", "accents", "chinese"):
                slow = BertTokenizerLegacy.from_pretrained(folder)
                other = slow(lines, truncation=True, max_length=LENGTH).input_ids
                told = f"; {sum(a != b for a, b in zip(ids, other))} rows of the slow one differ"
            limit = tokenizer.model_max_length
        found.append({"name": name, "model_type": kind, "files": given, "pad_id": tokenizer.pad_token_id, "limit": limit if limit < 1 << 20 else None, "ids": ids})
        print(f"{name}: {type(tokenizer).__name__}, {len(ids)} rows{told}")
    for file, text in {**bert, **roberta}.items():
        (OUT / file).write_text(text)
    return found


def limits():
    """What may be said where: in the tokenizer's file, in the library's own, old and new."""
    own = "sentence_bert_config.json"
    said = [
        {},
        {own: {"max_seq_length": 24, "do_lower_case": False}},
        {own: {"max_seq_length": None}},
        {own: {"tokenizer_args": {"model_max_length": 20}}},
        {own: {"processor_kwargs": {"model_max_length": 22}, "transformer_task": "feature-extraction"}},
        {own: {"max_seq_length": 24, "processor_kwargs": {"model_max_length": 22}}},
        {own: {"transformer_task": "feature-extraction"}, "tokenizer_config.json": {"model_max_length": 18}},
        {"tokenizer_config.json": {"model_max_length": 18}},
        {"tokenizer_config.json": {"model_max_length": int(1e30)}},
        {"tokenizer_config.json": {"model_max_length": 512}},
        {own: {"max_seq_length": 24}, "tokenizer_config.json": {"model_max_length": 18}},
        {own: {"max_seq_length": 18}, "tokenizer_config.json": {"model_max_length": 24}},
        {"config_sentence_transformers.json": {"prompts": {}, "similarity_fn_name": "cosine"}, own: {"max_seq_length": 30}},
    ]
    config = BertConfig(vocab_size=16, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, max_position_embeddings=40)
    for files in said:
        with tempfile.TemporaryDirectory() as folder:
            BertModel(config).save_pretrained(folder)
            (pathlib.Path(folder) / "vocab.txt").write_text("\n".join([*SPECIAL, "a", "b"]))
            for file, value in files.items():
                (pathlib.Path(folder) / file).write_text(json.dumps(value))
            yield {"files": files, "max_tokens": Transformer.load(folder).max_seq_length}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    lines = list(dict.fromkeys([*clip_bpe.texts()][::3] + clip_bpe.ODD + [text for _, text in TEXTS] + ODD))
    found = tokenized(lines)
    body = ",\n".join(json.dumps(case, separators=(",", ":")) for case in found)
    (OUT / "ids.json").write_text(f'{{"length": {LENGTH}, "texts": {json.dumps(lines)},\n"cases": [\n{body}\n]}}\n')
    (OUT / "limits.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in limits()) + "\n]\n")
    print(f"{len(lines)} texts, {sum(file.stat().st_size for file in OUT.iterdir())} bytes in {OUT}")


if __name__ == "__main__":
    main()
