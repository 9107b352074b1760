//! What is read of a stranger's file, one function a kind. A reader may refuse what it likes; it may neither panic nor wait, and
//! what it accepts has to hold. Run by libFuzzer (`cargo xtask fuzz`), and over the committed corpus by `tests/faults/corpus.rs`.

use burn::tensor::Device;
use kindling_inputs::{
    Format, ImageProcessor, Limits, ReadOptions, TableLimits, TextTokenizer, TokenizerFiles, decode_picture,
    probe_picture, read_png_text, read_table, read_table_with, write_png, write_table,
};
use kindling_weights::{Checkpoint, Header, WeightFiles};

/// A reader.
pub type Reader = fn(&[u8]);

/// All of them, by the names of their targets and of their folders in the corpus.
pub const READERS: [(&str, Reader); 8] = [
    ("header", header),
    ("config", config),
    ("tokenizer", tokenizer),
    ("vocabulary", vocabulary),
    ("text", text),
    ("picture", picture),
    ("table", table),
    ("digits", digits),
];

/// Graphemes of several scripts, special tokens, what is not printed.
const TEXTS: [&str; 4] =
    ["", "The lamp 很好 👩\u{200d}💻 naïve", "[CLS] <s> </s> <|endoftext|>\0\u{ad}", "aaaa  bb ab\n一\u{3000}ab"];
/// Ends a part of an input that stands for several files.
const CUT: &[u8] = b"\n---\n";
/// Pixels of the largest picture that is decoded here: larger ones are borne too, but take longer than they teach.
const MOST_PIXELS: u64 = 1 << 20;

/// The parts of an input; those that are missing are empty.
fn parts<const N: usize>(bytes: &[u8]) -> [&[u8]; N] {
    let mut rest = bytes;
    std::array::from_fn(|_| {
        let at = rest.windows(CUT.len()).position(|window| window == CUT);
        let (part, tail) = at.map_or((rest, &[][..]), |at| (&rest[..at], &rest[at + CUT.len()..]));
        rest = tail;
        part
    })
}

/// A safetensors file; and the index of shards, with the file as one of them.
pub fn header(bytes: &[u8]) {
    let [index, file] = parts(bytes);
    let file = if file.is_empty() { bytes } else { file };
    if let Ok(header) = Header::parse(file) {
        for entry in header.tensors() {
            let within = entry.slice(file).map(<[u8]>::len);
            assert_eq!(within.ok().map(|length| length as u64), Some(entry.bytes()), "{}", entry.name);
        }
    }
    let mut files = WeightFiles::from(file.to_vec());
    if let Ok(checkpoint) = Checkpoint::open(files) {
        let names: Vec<String> = checkpoint.entries().map(|entry| entry.name.clone()).collect();
        for name in names {
            let _ = checkpoint.read_f32(&name);
            let _ = checkpoint.read_integers(&name);
        }
    }
    files = WeightFiles::from(file.to_vec());
    files.index = Some(index.to_vec());
    let _ = Checkpoint::open(files);
}

/// `config.json` of any architecture, and `preprocessor_config.json`.
pub fn config(bytes: &[u8]) {
    // A file of weights without a tensor.
    let weights = [&2u64.to_le_bytes()[..], b"{}"].concat();
    if let Ok(found) = kindling_tasks::inspect(bytes, weights, &Device::flex()) {
        assert!(!found.missing.is_empty(), "a model without a weight: {found:?}");
    }
    if let Ok(processor) = ImageProcessor::from_bytes(bytes) {
        let (width, height) = processor.output();
        assert!(width > 0 && height > 0);
        processor.crop(640, 1);
        processor.crop(1, 640);
    }
}

/// The texts through a tokenizer: ids that the model has, rows that are not too long.
fn used(tokenizer: &TextTokenizer) {
    let Limits { vocabulary, max_tokens } = tokenizer.limits();
    if let Ok(batch) = tokenizer.encode(&TEXTS) {
        assert!(batch.cols <= max_tokens && batch.ids.iter().all(|&id| (id as usize) < vocabulary));
        assert_eq!(batch.ids.len(), batch.rows * batch.cols);
    }
    for text in TEXTS {
        let _ = tokenizer.view(text);
        let _ = tokenizer.count(text);
    }
}

/// `tokenizer.json`
pub fn tokenizer(bytes: &[u8]) {
    if let Ok(tokenizer) = TextTokenizer::from_bytes(bytes, Limits { vocabulary: 400, max_tokens: 16 }) {
        used(&tokenizer);
    }
}

/// The files of a folder without it: an architecture, then `vocab.txt` or `vocab.json`, `merges.txt`, `tokenizer_config.json`,
/// `special_tokens_map.json`, `added_tokens.json`.
pub fn vocabulary(bytes: &[u8]) {
    let [model_type, vocab, merges, config, special, added] = parts(bytes);
    let some = |bytes: &[u8]| (!bytes.is_empty()).then(|| bytes.to_vec());
    let files = TokenizerFiles {
        json: None,
        vocab_txt: some(vocab),
        vocab_json: some(vocab),
        merges: Some(merges.to_vec()),
        config: some(config),
        special_tokens: some(special),
        added_tokens: some(added),
    };
    let model_type = String::from_utf8_lossy(model_type);
    if let Ok(tokenizer) = files.tokenizer(&model_type, None, Limits { vocabulary: 400, max_tokens: 16 }) {
        used(&tokenizer);
    }
}

/// A text, through a tokenizer of each kind that there is a fixture of.
pub fn text(bytes: &[u8]) {
    use std::sync::LazyLock;
    static TOKENIZERS: LazyLock<Vec<TextTokenizer>> = LazyLock::new(|| {
        let read = |json: &[u8]| TextTokenizer::from_bytes(json, Limits { vocabulary: 400, max_tokens: 24 });
        let files: [&[u8]; 3] = [
            include_bytes!("../../fixtures/bert-tiny/tokenizer.json"),
            include_bytes!("../../fixtures/xlm-roberta-tiny/tokenizer.json"),
            include_bytes!("../../fixtures/roberta-tiny/tokenizer.json"),
        ];
        files.into_iter().map(|json| read(json).expect("a fixture that is read")).collect()
    });
    let text = String::from_utf8_lossy(bytes);
    for tokenizer in TOKENIZERS.iter() {
        let batch = tokenizer.encode(&[&text]).expect("any text has ids");
        assert!(batch.cols <= 24);
        let view = tokenizer.view(&text).expect("any text has a view");
        // The graphemes that are shown are the text's own, none left out and none twice.
        let shown: String = view.graphemes.iter().map(|grapheme| grapheme.text.as_str()).collect();
        assert!(text.starts_with(&shown), "{shown:?} of {text:?}");
        assert_eq!(tokenizer.count(&text).expect("any text is counted"), view.total, "{text:?}");
    }
}

/// A picture by its bytes, whatever its name, and the texts inside a PNG.
pub fn picture(bytes: &[u8]) {
    let probed = probe_picture(bytes);
    if let Ok(texts) = read_png_text(bytes) {
        // What was read can be written and is read again.
        if let Ok(png) = write_png(1, 1, &[0; 4], &texts) {
            assert_eq!(read_png_text(&png).expect("our own file"), texts);
        }
    }
    if probed.as_ref().is_ok_and(|info| u64::from(info.width) * u64::from(info.height) > MOST_PIXELS) {
        return;
    }
    if let Ok(picture) = decode_picture(bytes) {
        let info = probed.expect("what is decoded is probed");
        assert_eq!((info.width, info.height), (picture.width, picture.height));
        picture.thumbnail(32);
        ImageProcessor::clip(32).resized(&picture);
    }
}

/// A table, and the way back: what is written is read as it was.
pub fn table(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(table) = read_table(&text) else { return };
    assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
    assert!(table.text_column < table.columns.len());
    let written = write_table(&table.columns, &table.rows).expect("what was read can be written");
    let options = ReadOptions {
        format: Format::Delimited(b','),
        header: Some(true),
        limits: TableLimits { bytes: usize::MAX, ..TableLimits::default() },
    };
    if let Ok(again) = read_table_with(&written, options) {
        assert_eq!((&again.columns, &again.rows), (&table.columns, &table.rows), "{written:?}");
    }
}

/// MNIST's files, pictures and labels, and rows of numbers.
pub fn digits(bytes: &[u8]) {
    let [images, labels] = parts(bytes);
    let _ = kindling_lessons::pictures::read_idx(images, labels, Some(100));
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = kindling_lessons::pictures::read_rows(text, Some(100));
    }
}
