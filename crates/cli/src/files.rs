//! Folders and text files.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kindling_tasks::EncoderFiles;

/// The bundled encoder: beside the program, or in the source tree it was built from.
pub fn bundled() -> Result<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("models/encoder")));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/models/encoder");
    let found = beside.into_iter().chain([source]).find(|dir| dir.join("config.json").exists());
    found.context("no bundled encoder found; name a checkpoint folder with --model")
}

/// A file that must be there.
pub fn required(dir: &Path, name: &str) -> Result<Vec<u8>> {
    std::fs::read(dir.join(name)).with_context(|| format!("{name} in {}", dir.display()))
}

/// The files of a sentence encoder.
pub fn encoder(dir: &Path) -> Result<EncoderFiles> {
    if !dir.is_dir() {
        bail!("{} is not a folder", dir.display());
    }
    let optional = |name: &str| std::fs::read(dir.join(name)).ok();
    Ok(EncoderFiles {
        config: required(dir, "config.json")?,
        tokenizer: required(dir, "tokenizer.json")?,
        weights: required(dir, "model.safetensors")?,
        modules: optional("modules.json"),
        pooling: optional("1_Pooling/config.json"),
        sentence: optional("sentence_bert_config.json"),
    })
}

/// One text a line, empty lines kept: line numbers stay true.
pub fn texts(path: &Path) -> Result<Vec<String>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).context("standard input")?;
    } else {
        bytes = std::fs::read(path).with_context(|| format!("texts at {}", path.display()))?;
    }
    let text = String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).lines().map(String::from).collect())
}
