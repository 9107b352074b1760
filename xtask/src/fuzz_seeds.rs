//! What each target of `tests/fuzz` begins with: small files of the fixtures, and a few that are written here.

use crate::shell;
use anyhow::Result;
use std::path::Path;

/// One reader, and what it is given.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Of its program and of its folder in the corpus.
    pub name: &'static str,
    /// Bytes of the longest input.
    pub longest: u64,
    /// Whether it reads JSON, whose words are then known from the start.
    pub json: bool,
}

const fn target_of(name: &'static str, longest: u64, json: bool) -> Target {
    Target { name, longest, json }
}

/// As in `tests/fuzz/src/readers.rs`.
pub const TARGETS: [Target; 8] = [
    target_of("header", 2048, true),
    target_of("config", 4096, true),
    target_of("tokenizer", 17_000, true),
    target_of("vocabulary", 2048, true),
    target_of("text", 2048, false),
    target_of("picture", 4096, false),
    target_of("table", 1024, false),
    target_of("digits", 4096, false),
];

/// The target of that name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Writes the seeds of a target into an empty folder.
pub fn write(target: &Target, to: &Path) -> Result<()> {
    let fixtures = shell::root().join("tests/fixtures");
    for file in shell::files_under(&fixtures)? {
        let from = fixtures.join(&file);
        if wanted(target.name, &file) && std::fs::metadata(&from)?.len() <= target.longest {
            let name: String = file.to_string_lossy().replace(['/', '\\'], "-");
            shell::copy_file(&from, &to.join(name))?;
        }
    }
    for (at, seed) in own(target.name).iter().enumerate() {
        std::fs::write(to.join(format!("own-{at}")), seed)?;
    }
    Ok(())
}

fn wanted(target: &str, file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    match target {
        "config" => matches!(&*name, "config.json" | "preprocessor_config.json" | "scheduler_config.json"),
        "tokenizer" => name == "tokenizer.json",
        "picture" => file.starts_with("pictures") && !name.ends_with("json") && !name.ends_with("safetensors"),
        _ => false,
    }
}

/// Parts of one input, as the readers take them apart.
fn parts(parts: &[&str]) -> Vec<u8> {
    parts.join("\n---\n").into_bytes()
}

fn own(target: &str) -> Vec<Vec<u8>> {
    match target {
        "header" => weights(),
        "config" => vec![
            br#"{"crop_size":{"height":32,"width":32},"do_center_crop":true,"do_resize":true,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5],"resample":3,"size":{"shortest_edge":32}}"#.to_vec(),
        ],
        "vocabulary" => vocabularies(),
        "text" => ["The lamp is very bright, 很好看!", "naïve cafe\u{301} 👩\u{200d}👧 🇨🇳\n\t\u{3000}x", "[MASK] <s>a</s> ##b 1,5", "שלום \u{202e}abc\u{202c} ﬁ Å"]
            .map(|text| text.as_bytes().to_vec())
            .to_vec(),
        "table" => [
            "text,label\r\n\"a, \"\"b\"\"\",positive\r\n'=1+1,-2\r\n",
            "评论\t标签\n很好\t正面\n不推荐\t负面\n",
            "\u{feff}sep=;\na;b\n1;2\n",
            "one text a line\n\nanother | with a bar\n",
        ]
        .map(|text| text.as_bytes().to_vec())
        .to_vec(),
        "digits" => digits(),
        _ => Vec::new(),
    }
}

/// Safetensors of several types, whole and as a shard of an index.
fn weights() -> Vec<Vec<u8>> {
    let file = |header: &str, bytes: usize| {
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![60; bytes]].concat()
    };
    let whole = file(
        r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]}}"#,
        20,
    );
    let small = file(
        r#"{"x":{"dtype":"I8","shape":[2,3],"data_offsets":[0,6]},"x.scale":{"dtype":"F32","shape":[2],"data_offsets":[6,14]},"i":{"dtype":"I64","shape":[],"data_offsets":[14,22]},"h":{"dtype":"F16","shape":[0],"data_offsets":[22,22]}}"#,
        22,
    );
    let index = br#"{"metadata":{},"weight_map":{"a":"model.safetensors","b":"model.safetensors"}}"#;
    let shard = [&index[..], b"\n---\n", &whole].concat();
    vec![whole, small, shard]
}

fn vocabularies() -> Vec<Vec<u8>> {
    let bert = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nlamp\na\n##a\nb\n##b\n一\n很\n好\nna\n##ive";
    let special =
        r#"{"cls_token":"[CLS]","mask_token":{"content":"[MASK]","lstrip":true},"additional_special_tokens":["a"]}"#;
    let settings = r#"{"do_lower_case":false,"strip_accents":true,"padding_side":"left","model_max_length":1e30,"added_tokens_decoder":{"5":{"content":"the","special":false}}}"#;
    let bytes = r#"{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"<mask>":4,"a":5,"b":6,"Ġ":7,"ab":8,"aa":9}"#;
    let clip = r#"{"a":0,"b":1,"a</w>":2,"b</w>":3,"ab</w>":4,"<|startoftext|>":5,"<|endoftext|>":6}"#;
    vec![
        parts(&["bert", bert]),
        parts(&["distilbert", bert, "", r#"{"tokenizer_class":"BertTokenizerFast"}"#, special, r#"{"a b":20}"#]),
        parts(&["chinese_clip", bert, "", settings]),
        parts(&["roberta", bytes, "#version: 0.2\na b\na a\n", r#"{"add_prefix_space":true}"#]),
        parts(&["clip", clip, "a b</w>\n", r#"{"pad_token":"!"}"#]),
    ]
}

/// MNIST's own format, two pictures of 2 × 3, and one line of numbers.
fn digits() -> Vec<Vec<u8>> {
    let images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 50, 100, 150, 200, 255, 1, 2, 3, 4, 5, 6];
    let labels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 3];
    let row = format!("label,pixels\n3{}\n", ",7".repeat(784));
    vec![[&images[..], b"\n---\n", &labels].concat(), row.into_bytes()]
}
