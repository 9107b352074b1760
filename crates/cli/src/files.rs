//! Folders and text files.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use kindling_tasks::{ClipFiles, EncoderFiles};

/// The folder asked for, or the bundled model of that name.
pub fn model(asked: Option<&Path>, bundled_name: &str) -> Result<PathBuf> {
    let dir = match asked {
        Some(dir) => dir.to_path_buf(),
        None => bundled(bundled_name)?,
    };
    ensure!(dir.is_dir(), "{} is not a folder", dir.display());
    Ok(dir)
}

/// A bundled model: beside the program, or in the source tree it was built from.
fn bundled(name: &str) -> Result<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("models").join(name)));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/models").join(name);
    let found = beside.into_iter().chain([source]).find(|dir| dir.join("config.json").exists());
    found.with_context(|| format!("no bundled {name} found; name a checkpoint folder with --model"))
}

/// A file that must be there.
pub fn required(dir: &Path, name: &str) -> Result<Vec<u8>> {
    std::fs::read(dir.join(name)).with_context(|| format!("{name} in {}", dir.display()))
}

/// The files of a sentence encoder.
pub fn encoder(dir: &Path) -> Result<EncoderFiles> {
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

/// The files of a CLIP.
pub fn clip(dir: &Path) -> Result<ClipFiles> {
    Ok(ClipFiles {
        config: required(dir, "config.json")?,
        tokenizer: required(dir, "tokenizer.json")?,
        weights: required(dir, "model.safetensors")?,
        preprocessor: std::fs::read(dir.join("preprocessor_config.json")).ok(),
    })
}

/// Files as named; a folder stands for the files in it, by name.
pub fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).with_context(|| format!("folder {}", path.display()))?;
        let mut inside: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        inside.retain(|path| path.is_file());
        inside.sort();
        all.extend(inside);
    }
    Ok(all)
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
