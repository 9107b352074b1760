#!/usr/bin/env python3
"""Tiny random XLM-RoBERTa, RoBERTa and DistilBERT sentence encoders, and a BERT with dense modules, made here, and what the references
compute with them.

Writes tests/fixtures/{xlm-roberta,distilbert}-tiny{,-f16,-bf16}/, roberta-tiny/ and bert-dense-tiny/ in the layout that
sentence-transformers saves today (`tests/reference/bert_tiny.py` writes the older one). Hidden states are those of a few texts; ids and sentence vectors those of all.
"""

import itertools
import json
import pathlib
import shutil
import tempfile

import sentencepiece
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer
from sentencepiece import sentencepiece_model_pb2
from tokenizers import ByteLevelBPETokenizer
from transformers import (
    AutoModel,
    AutoTokenizer,
    BertConfig,
    BertModel,
    BertTokenizer,
    DistilBertConfig,
    DistilBertModel,
    RobertaConfig,
    RobertaModel,
    RobertaTokenizer,
    XLMRobertaConfig,
    XLMRobertaModel,
    XLMRobertaTokenizer,
)

import bert_tiny
from minilm import mean_pooled_l2, padded
from texts import TEXTS

FIXTURES = bert_tiny.FIXTURES
SEED = 20261123
MAX_TOKENS = 64
DTYPES = {"float32": "", "float16": "-f16", "bfloat16": "-bf16"}
# Not all of them, so that some characters are unknown.
CORPUS = bert_tiny.CORPUS + [text for _, text in TEXTS[::2]]

# What the hidden states are of. The second holds padding's own piece: RoBERTa counts no place for it.
STATED = [
    "The lamp is warm, the phone is very good!",
    "这部手机很好 <pad> 不推荐 the box [PAD] again",
    "good",
    "",
]
ODD = [text for _, text in TEXTS] + [
    "  two  spaces   three ",
    "\ttab\nline\r\nend",
    "好",
    " 好 ",
    "▁metaspace ▁ ▁▁ itself",
    "ﬁne ①② Ⅷ ½ ａｂｃ　ｄ",
    "a\u0300e\u0301 \u0301alone",
    "<s> </s> <mask> <unk> </s>tail",
    "\u200B\u200D\uFEFF",
    "\U0001F469\u200D\U0001F4BB\U0001F1E8\U0001F1F3",
]

# Rules in the manner of NFKC, few enough for a small table: a source and what it becomes, in hexadecimal.
RULES = (
    {chr(0xFF01 + i): chr(0x21 + i) for i in range(94)}
    | {"\u3000": " ", "\u00A0": " ", "\t": " ", "\n": " ", "\r": " ", "\u200B": " ", "ﬁ": "fi", "½": "1⁄2", "①": "1", "②": "2"}
    | {"e\u0301": "é", "e\u0300": "è", "a\u0300": "à", "\u00AD": "", "\uFEFF": "", "\u0000": ""}
)


def unigram(folder):
    """XLM-RoBERTa's tokenizer, its pieces from a small Unigram that SentencePiece trains."""
    lines = folder / "corpus.txt"
    lines.write_text("\n".join(line.replace("\n", " ").replace("\0", "") for line in CORPUS))
    codes = lambda text: " ".join(f"{ord(letter):X}" for letter in text)
    rules = folder / "rules.tsv"
    rules.write_text("".join(f"{codes(k)}\t{codes(v)}\n" for k, v in sorted(RULES.items()) if k != "\0"))
    sentencepiece.SentencePieceTrainer.train(
        input=str(lines),
        model_prefix=str(folder / "unigram"),
        vocab_size=420,
        model_type="unigram",
        normalization_rule_tsv=str(rules),
        character_coverage=0.98,
        num_threads=1,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    model = sentencepiece_model_pb2.ModelProto.FromString((folder / "unigram.model").read_bytes())
    pieces = [(piece.piece, piece.score) for piece in model.pieces[3:]]
    head = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    # Rounded, so that a text does not change where the trainer's last bits do.
    vocabulary = head + [(piece, round(score, 4)) for piece, score in pieces] + [("<mask>", 0.0)]
    charsmap = model.normalizer_spec.precompiled_charsmap
    return XLMRobertaTokenizer(
        vocab=vocabulary, _spm_precompiled_charsmap=charsmap, model_max_length=MAX_TOKENS
    )


def byte_level(folder):
    """RoBERTa's tokenizer with a few merges."""
    trained = ByteLevelBPETokenizer()
    # In pairs of equal count the trainer takes the one of the smaller ids: the same in each run.
    trained.train_from_iterator(bert_tiny.CORPUS, vocab_size=340, min_frequency=2, show_progress=False)
    head = ["<s>", "<pad>", "</s>", "<unk>"]
    trained.save_model(str(folder))
    found = json.loads((folder / "vocab.json").read_text())
    pieces = head + sorted(found, key=found.get) + ["<mask>"]
    merges = [tuple(line.split()) for line in (folder / "merges.txt").read_text().splitlines()[1:]]
    vocabulary = {piece: at for at, piece in enumerate(pieces)}
    return RobertaTokenizer(vocab=vocabulary, merges=merges, model_max_length=MAX_TOKENS)


def word_pieces(folder):
    """The tiny BERT's tokenizer."""
    path = folder / "tokenizer.json"
    bert_tiny.build_tokenizer().save(str(path))
    return BertTokenizer(tokenizer_file=str(path), model_max_length=MAX_TOKENS)


ROBERTA = dict(
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=64,
    max_position_embeddings=MAX_TOKENS + 2,
    type_vocab_size=1,
    layer_norm_eps=1e-5,
    pad_token_id=1,
)
POOLINGS = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
KINDS = {
    "xlm-roberta-tiny": (unigram, lambda size: XLMRobertaModel(XLMRobertaConfig(vocab_size=size, **ROBERTA)), "mean"),
    "roberta-tiny": (byte_level, lambda size: RobertaModel(RobertaConfig(vocab_size=size, **ROBERTA)), "cls"),
    "distilbert-tiny": (
        word_pieces,
        lambda size: DistilBertModel(
            DistilBertConfig(
                vocab_size=size,
                dim=32,
                n_layers=2,
                n_heads=4,
                hidden_dim=64,
                max_position_embeddings=MAX_TOKENS,
                pad_token_id=0,
            )
        ),
        "mean",
    ),
    # Every way to pool end to end, linear layers after that as LaBSE has one, and norms that are called as in TensorFlow.
    "bert-dense-tiny": (
        word_pieces,
        lambda size: BertModel(
            BertConfig(
                vocab_size=size,
                hidden_size=32,
                num_hidden_layers=2,
                num_attention_heads=4,
                intermediate_size=64,
                max_position_embeddings=MAX_TOKENS,
            )
        ),
        POOLINGS,
    ),
}


def randomise(model):
    """Biases and norms too: zeros and ones would hide a bias left out or two norms swapped. The pooler's are not read."""
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for name, tensor in sorted(model.named_parameters()):
            noise = torch.randn(tensor.shape, generator=generator)
            is_norm_scale = name.lower().endswith(("layernorm.weight", "layer_norm.weight"))
            tensor.copy_(1 + 0.2 * noise if is_norm_scale else 0.2 * noise)


def dense_modules():
    """Every pooling mode's 32 numbers to 24 to 20: by default through tanh, then as they are and without a bias."""
    torch.manual_seed(SEED)
    modules = [Dense(32 * len(POOLINGS), 24), Dense(24, 20, bias=False, activation_function=torch.nn.Identity())]
    with torch.no_grad():
        for module in modules:
            for tensor in module.parameters():
                tensor.copy_(0.2 * torch.randn(tensor.shape))
    return modules


def name_as_tensorflow(file):
    """What transformers still reads, since the first BERTs were converted so."""
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    renamed = {}
    for name, tensor in load_file(file).items():
        head, last = name.rsplit(".", 2)[:1], ".".join(name.rsplit(".", 2)[1:])
        renamed[".".join(head + [old.get(last, last)])] = tensor
    assert any(name.endswith("gamma") for name in renamed)
    save_file(renamed, file, metadata={"format": "pt"})


def golden_io(model, tokenizer):
    rows = [tokenizer(text, truncation=True, max_length=MAX_TOKENS)["input_ids"] for text in STATED]
    ids, mask = padded(rows, tokenizer.pad_token_id)
    with torch.no_grad():
        out = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    outputs = {
        "input_ids": ids,
        "attention_mask": mask,
        "last_hidden_state": out.last_hidden_state,
        "mean_pooled_l2": mean_pooled_l2(out.last_hidden_state, mask),
        "cls_l2": torch.nn.functional.normalize(out.last_hidden_state[:, 0], p=2, dim=1),
    }
    outputs |= {f"hidden_states.{at}": states for at, states in enumerate(out.hidden_states)}
    return {name: tensor.contiguous().clone() for name, tensor in outputs.items()}


def write(name, tokenizer, model, pooling, dtype, folder):
    """The checkpoint as its own library saves it, in one type of numbers, and what it gives when it is read back as f32."""
    target = FIXTURES / (name + DTYPES[dtype])
    shutil.rmtree(target, ignore_errors=True)
    plain = folder / dtype
    model.to(getattr(torch, dtype)).save_pretrained(plain)
    model.float()
    tokenizer.save_pretrained(plain)
    with_dense = name == "bert-dense-tiny"
    if with_dense:
        name_as_tensorflow(plain / "model.safetensors")
    parts = [Transformer(str(plain), model_kwargs={"dtype": torch.float32}), Pooling(32, pooling)]
    parts += [*(dense_modules() if with_dense else []), Normalize()]
    encoder = SentenceTransformer(modules=parts, device="cpu")
    encoder.max_seq_length = MAX_TOKENS
    saved = folder / f"saved-{dtype}"
    encoder.save(str(saved))
    kept = ["modules.json", "1_Pooling/config.json", "sentence_bert_config.json"]
    if with_dense:
        kept += [f"{at}_Dense/{file}" for at in (2, 3) for file in ("config.json", "model.safetensors")]
    for file in kept:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(saved / file, target / file)
    for file in ["config.json", "model.safetensors"]:
        shutil.copy(plain / file, target / file)
    # As it was before a text was cut: the library writes its last limit into the file.
    shutil.copy(folder / "tokenizer/tokenizer.json", target / "tokenizer.json")
    read = AutoModel.from_pretrained(plain, dtype=torch.float32).eval()
    read.set_attn_implementation("eager")
    save_file(golden_io(read, tokenizer), target / "golden_io.safetensors")
    if dtype == "float32":
        golden_texts(encoder, tokenizer, target)
    for file in itertools.chain(target.rglob("*.json"), target.rglob("*.safetensors")):
        file.chmod(0o644)
    return target


def golden_texts(encoder, tokenizer, target):
    texts = STATED + ODD
    vectors = torch.tensor(encoder.encode(texts, batch_size=7))
    save_file({"vectors": vectors.contiguous()}, target / "golden_vectors.safetensors")
    cases = []
    for text in texts:
        ids = tokenizer(text, truncation=True, max_length=MAX_TOKENS)["input_ids"]
        cases.append({"text": text, "total": len(tokenizer(text)["input_ids"]), "ids": ids})
    (target / "golden_texts.json").write_text("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")


def main():
    torch.set_num_threads(1)
    for name, (make_tokenizer, make_model, pooling) in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            tokenizer = make_tokenizer(folder)
            # Read back as a user's library reads it: what is in the file counts, not what this script holds.
            tokenizer.save_pretrained(folder / "tokenizer")
            tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer")
            model = make_model(len(tokenizer)).eval()
            randomise(model)
            for dtype in ["float32"] if name in ("roberta-tiny", "bert-dense-tiny") else DTYPES:
                target = write(name, tokenizer, model, pooling, dtype, folder)
                sizes = {file.name: file.stat().st_size for file in target.iterdir() if file.is_file()}
                print(target.name, f"vocabulary {len(tokenizer)}", sizes)


if __name__ == "__main__":
    main()
