#!/usr/bin/env python3
"""A small CLIP tokenizer as Stable Diffusion folders have it, without tokenizer.json, and the ids of the reference.

Writes tests/fixtures/bpe/: vocab.json and merges.txt, trained here on the texts below; tokenizer_config.json and
special_tokens_map.json in the spellings of released checkpoints; and ids.json.
"""

import json
import pathlib
import random
import tempfile

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

from texts import TEXTS

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "tests" / "fixtures" / "bpe"
SEED = 20261122
MERGES = 700
START, END = "<|startoftext|>", "<|endoftext|>"
WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"

COLOURS = "red green blue yellow black white purple orange small large".split()
THINGS = "apple cat dog tree house car flower bird boat mountain".split()
PLACES = ["on a table", "beside a tree", "in the snow", "under the moon", "at the left", "on a blue background"]
STYLES = ["oil painting", "emoji", "4k photo", "watercolour", "pixel art, 64x64", "highly detailed, 8K, f/1.8"]
CHINESE = ["一只猫在树旁边", "蓝色背景上的红苹果", "雪地里的小房子，水彩画", "两只鸟，一条船和一座山", "左边的黄色花朵"]
ODD = [
    "", " ", "\n", "\t \r\n", "  two  spaces  ", "line\nbreak\r\nand\ttab", "\u00a0no\u00a0break\u3000ideographic\u2003em",
    "it's she'd we'll I'm they've you're don't 's 't 'x ''s 'S I'M", "a'sb 'LL", "!", "!!", "!!!", "?!...", "wow!!!1!",
    "(((masterpiece))), [best:1.3], {x|y} <lora:foo:0.8>", "a--b__c  ~~ && ||", "5", "42", "1234567890", "3.14 1,000",
    "½ Ⅷ ٣٤ ①", "x2y3", "ﬁ ﬂ ﬀ", "İstanbul IĞDIR ß ẞ Σίσυφος ΣΑΣ", "Å A\u030a e\u0301 é", "한국어 한글", "日本語のテキスト カタカナ",
    "ภาษาไทย", "हिन्दी में", "עברית", "عربى", "👍🏽", "👩\u200d👩\u200d👧\u200d👦", "🇨🇳🇺🇸", "❤\ufe0f", "#️⃣ *️⃣", "🍎apple🍎apple", "a🍎b",
    "\u0000", "a\u0000b", "\u0001\u007f\u0085x\u0085", "\ufeffbom", "zero\u200bwidth\u200djoiner", "\u202ertl\u202c", "\ufffd",
    "\U0010ffff \ue000", "\u2028line\u2029par", "\u180e\u1680", "</w>", "a</w> b", "Ġthe Ġ", START, END, f"a {START} b {END} c",
    f"{END}{END}", "<|StartOfText|> <|ENDOFTEXT|>", "<|endoftext|", "x<|endoftext|>y", "[PAD] [pad] [SEP]", "<s> </s> <pad>",
    "a" * 300, "ab" * 100, "的" * 120, "🙂" * 60, "a b " * 100, "1" * 100, "!" * 100, "-" * 90, "word " * 76, "word " * 75, "word " * 74,
    "CamelCaseWord XMLHttpRequest", "snake_case kebab-case", "http://a.b/c?d=e&f=g#h", "C:\\dir\\file.txt", "a\\nb", '"quoted" “curly” ‘single’',
    "naïve café – dash — em … ellipsis", "100% €5 £6 ¥7 $8", "H₂O x² ∑∞≠", "你好,world", "你好，世界！", "hello你好hello", "１２３ＡＢＣ", "a\u0300\u0301\u0302",
]


def texts():
    random.seed(SEED)
    for index in range(70):
        colour, thing, place, style = (random.choice(words) for words in (COLOURS, THINGS, PLACES, STYLES))
        count = random.choice(["a", "A", "two", "3", "The"])
        yield f"{count} {colour} {thing} {place}, {style}" + random.choice(["", ".", "!", " 🎨", "，好看"])
    for index in range(30):
        yield random.choice(CHINESE) + random.choice("，。！ 🐈") + random.choice(CHINESE)
    yield from CHINESE
    yield from ODD
    for _, text in TEXTS:
        yield text
    letters = "aeAE  \n'!.,0129-_éßǅ的猫🐈\u200d\ufe0f\u0301\u00a0\u3000<|>"
    for index in range(60):
        yield "".join(random.choice(letters) for _ in range(random.randint(1, 40)))


def train(lines):
    """Vocabulary and merges in CLIP's order: bytes, bytes that end a word, what merges make, special tokens."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    split = pre_tokenizers.Split(Regex(WORDS), "removed", invert=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=2 * 256 + MERGES, end_of_word_suffix="</w>", initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(lines, trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"][:MERGES]
    # Of the bytes, CLIP's list has those that print first.
    alphabet.sort(key=lambda piece: (ord(piece) >= 256, ord(piece)))
    pieces = alphabet + [piece + "</w>" for piece in alphabet] + [a + b for a, b in merges] + [START, END]
    assert len(set(pieces)) == len(pieces)
    return {piece: index for index, piece in enumerate(pieces)}, merges


def described(content, typed=False):
    kind = {"__type": "AddedToken"} if typed else {}
    return {**kind, "content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}


def configs(vocab):
    """By name, what the two files say: of the first generation, of the second, saved by later libraries, absent."""
    common = {"add_prefix_space": False, "do_lower_case": True, "errors": "replace", "tokenizer_class": "CLIPTokenizer"}
    typed = {"bos_token": described(START, True), "eos_token": described(END, True), "unk_token": described(END, True)}
    plain = {"bos_token": described(START), "eos_token": described(END), "unk_token": described(END)}
    first = {**common, **typed, "model_max_length": 77, "pad_token": END}
    yield "first", first, {**plain, "pad_token": END}
    yield "second", {**common, **typed, "model_max_length": 77, "pad_token": END}, {**plain, "pad_token": "!"}
    names = {"bos_token": START, "eos_token": END, "unk_token": END}
    listed = {str(vocab[token]): {**described(token), "special": True} for token in ("!", START, END)}
    listed["0"]["normalized"] = False
    later = {**common, **names, "added_tokens_decoder": listed, "model_max_length": 77, "pad_token": "!"}
    yield "later", later, {**plain, "pad_token": END}
    yield "own_pad", {"model_max_length": 32, "pad_token": "[PAD]"}, None
    yield "absent", None, None


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    lines = list(dict.fromkeys(texts()))
    vocab, merges = train(lines * 3)
    files = {"vocab.json": json.dumps(vocab, ensure_ascii=False, separators=(",", ":"))}
    files["merges.txt"] = "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges)
    cases = []
    for name, config, special in configs(vocab):
        with tempfile.TemporaryDirectory() as folder:
            given = {"tokenizer_config.json": config, "special_tokens_map.json": special}
            written = {file: json.dumps(value) for file, value in given.items() if value is not None}
            for file, text in {**files, **written}.items():
                (pathlib.Path(folder) / file).write_text(text)
            tokenizer = CLIPTokenizer.from_pretrained(folder)
            length = min(tokenizer.model_max_length, 77)
            every = lines if name in ("first", "second") else lines[100::3]
            ids = tokenizer(every, padding="max_length", max_length=length, truncation=True).input_ids
            pad = tokenizer.pad_token_id
        case = {"name": name, **given, "length": length, "pad_token": tokenizer.pad_token, "pad_id": pad}
        # Fillers are cut off but for one, to be known again.
        cases.append({**case, "first": lines.index(every[0]), "step": 1 if every is lines else 3, "ids": [cut(row, pad) for row in ids]})
    for file, text in files.items():
        (OUT / file).write_text(text)
    body = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (OUT / "ids.json").write_text(f'{{"texts": {json.dumps(lines)},\n"cases": [\n{body}\n]}}\n')
    total = sum(file.stat().st_size for file in OUT.iterdir())
    print(f"{len(vocab)} pieces, {len(lines)} texts, {len(cases)} configurations, {total} bytes in {OUT}")


def cut(row, pad):
    while len(row) > 1 and row[-1] == pad and row[-2] == pad:
        row = row[:-1]
    return row


if __name__ == "__main__":
    main()
