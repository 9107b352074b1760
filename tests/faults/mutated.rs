//! Files from strangers, ten thousand of each kind: a corpus of real ones with bytes changed, cut, doubled and put in. A reader may refuse
//! what it likes, but it has to come back. (Headers of safetensors: `kindling-weights` has theirs.)

use burn::tensor::Device;
use kindling_inputs::{Limits, TextTokenizer, decode_picture, probe_picture, read_png_text, read_table};
use kindling_tests::fixture;

/// Mutations a reader.
const COUNT: u64 = 10_000;

/// What breaks readers of text and of lengths.
const TROUBLE: [&[u8]; 14] = [
    b"-1",
    b"0",
    b"4294967296",
    b"18446744073709551615",
    b"1e308",
    b"NaN",
    b"null",
    b"[[[[[[[[",
    b"{\"\":",
    b"\"",
    b"\\ud800",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    "\u{202e}\u{feff}😀".as_bytes(),
];

/// splitmix64: the same files in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % below.max(1) as u64) as usize
    }
}

/// One to four changes.
fn mutated(file: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(bytes.len() + 1);
        let end = (at + 1 + dice.roll(24)).min(bytes.len());
        match dice.roll(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end.max(at))),
            2 => {
                let copy = bytes[at..end.max(at)].to_vec();
                bytes.splice(at..at, copy);
            }
            3 => drop(bytes.splice(at..at, TROUBLE[dice.roll(TROUBLE.len())].iter().copied())),
            4 => drop(bytes.splice(at..end.max(at), TROUBLE[dice.roll(TROUBLE.len())].iter().copied())),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.roll(8);
                }
            }
        }
    }
    bytes
}

/// Gives the reader its corpus as it is, which it must bear too, and then the mutations; returns how many of those it accepted.
fn survive(corpus: &[Vec<u8>], reader: impl Fn(&[u8]) -> bool) -> u64 {
    assert!(corpus.iter().any(|file| reader(file)), "nothing of the corpus is read");
    let mut dice = Dice(COUNT);
    let accepted = (0..COUNT).filter(|_| reader(&mutated(&corpus[dice.roll(corpus.len())], &mut dice))).count() as u64;
    println!("{accepted} of {COUNT} read");
    assert!(accepted < COUNT, "every mutation is read: none of them can have changed anything");
    accepted
}

fn read(path: &str) -> Vec<u8> {
    std::fs::read(fixture(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn configurations() {
    let models = ["bert-tiny", "xlm-roberta-tiny", "distilbert-tiny", "clip-eos", "clip-chinese"];
    let corpus: Vec<_> = models.iter().map(|name| read(&format!("{name}/config.json"))).collect();
    let weights = read("bert-tiny/model.safetensors");
    let accepted = survive(&corpus, |bytes| kindling_tasks::inspect(bytes, weights.clone(), &Device::flex()).is_ok());
    assert!(accepted > 0, "small changes are borne");
}

#[test]
fn tokenizers() {
    let corpus = ["bert-tiny", "xlm-roberta-tiny", "roberta-tiny"].map(|name| read(&format!("{name}/tokenizer.json")));
    let accepted = survive(&corpus, |bytes| {
        let tokenizer = TextTokenizer::from_bytes(bytes, Limits { vocabulary: 400, max_tokens: 16 });
        tokenizer.is_ok_and(|tokenizer| tokenizer.view("The lamp 很好 👩‍💻").is_ok())
    });
    assert!(accepted > 0, "small changes are borne");
}

#[test]
fn pictures() {
    let files = std::fs::read_dir(fixture("pictures")).expect("folder").map(|entry| entry.expect("entry").path());
    let kinds = ["png", "jpg", "gif", "webp"];
    let mut files: Vec<_> =
        files.filter(|path| kinds.iter().any(|kind| path.extension().is_some_and(|found| found == *kind))).collect();
    files.sort();
    let corpus: Vec<_> =
        files.iter().map(|path| std::fs::read(path).expect("file")).filter(|b| b.len() < 4096).collect();
    assert!(corpus.len() > 20, "{} pictures", corpus.len());
    let accepted = survive(&corpus, |bytes| {
        read_png_text(bytes).ok();
        // What says that it is large is refused or decoded elsewhere; here it would only take long.
        let small = probe_picture(bytes).is_ok_and(|about| u64::from(about.width) * u64::from(about.height) < 1 << 18);
        small && decode_picture(bytes).is_ok()
    });
    assert!(accepted > 0, "small changes are borne");
}

#[test]
fn tables() {
    let corpus: [Vec<u8>; 3] = [
        "text,label\n\"good, very good\",positive\n\"said \"\"no\"\"\",negative\n好评,正面\n".into(),
        "评论\t标签\r\n很好\t正面\r\n不推荐\t负面\r\n".into(),
        "\u{feff}one text a line\nanother\n\nthe last".into(),
    ];
    survive(&corpus, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        read_table(&text).is_ok_and(|table| !table.rows.is_empty())
    });
}
