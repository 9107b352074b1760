//! Folders and text files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use kindling_tasks::{ClipFiles, Compute, EncoderFiles, GeneratorFiles, Source, TokenizerFiles, WeightFiles};

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
    let is_model = |dir: &PathBuf| ["config.json", "model_index.json"].iter().any(|name| dir.join(name).exists());
    let found = beside.into_iter().chain([source]).find(is_model);
    found.with_context(|| format!("no bundled {name} found; name a checkpoint folder with --model"))
}

/// A file that must be there.
pub fn required(dir: &Path, name: &str) -> Result<Vec<u8>> {
    std::fs::read(dir.join(name)).with_context(|| format!("{name} in {}", dir.display()))
}

/// A file that may be there.
fn optional(dir: &Path, name: &str) -> Option<Vec<u8>> {
    std::fs::read(dir.join(name)).ok()
}

/// A file that is read in pieces.
fn source(path: &Path) -> Result<Box<dyn Source>> {
    Ok(Box::new(File::open(path).with_context(|| format!("{}", path.display()))?))
}

/// Weights under the name that transformers writes, or under diffusers', in one file or in shards with their index.
pub fn weights(dir: &Path) -> Result<WeightFiles> {
    let names = ["model.safetensors", "diffusion_pytorch_model.safetensors"];
    if let Some(name) = names.into_iter().find(|name| dir.join(name).exists()) {
        return Ok(WeightFiles::one(source(&dir.join(name))?));
    }
    let index = names.into_iter().find_map(|name| std::fs::read(dir.join(format!("{name}.index.json"))).ok());
    let index =
        Some(index.with_context(|| format!("neither {} nor an index of shards in {}", names[0], dir.display()))?);
    let mut shards = BTreeMap::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if let Some(name) =
            path.file_name().and_then(|name| name.to_str()).filter(|name| name.ends_with(".safetensors"))
        {
            shards.insert(name.to_string(), source(&path)?);
        }
    }
    Ok(WeightFiles { shards, index, ..WeightFiles::default() })
}

/// The files of a sentence encoder.
pub fn encoder(dir: &Path) -> Result<EncoderFiles> {
    // By the architecture that it was saved for, as the library did at first.
    let kinds = ["bert", "roberta", "distilbert", "xlm-roberta"];
    Ok(EncoderFiles {
        config: required(dir, "config.json")?,
        tokenizer: TokenizerFiles::read(|name| optional(dir, name)),
        weights: weights(dir)?,
        modules: optional(dir, "modules.json"),
        dense: parts_of(dir)?,
        pooling: optional(dir, "1_Pooling/config.json"),
        sentence: kinds.iter().find_map(|kind| optional(dir, &format!("sentence_{kind}_config.json"))),
        sentence_transformers: optional(dir, "config_sentence_transformers.json"),
        compute: Compute::Full,
    })
}

/// The small models that lie in folders of their own: `2_Dense`, for instance.
fn parts_of(dir: &Path) -> Result<BTreeMap<String, Box<dyn Source>>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        for file in ["config.json", "model.safetensors"] {
            if path.join(file).is_file() {
                found.insert(format!("{name}/{file}"), source(&path.join(file))?);
            }
        }
    }
    Ok(found)
}

/// The files of a CLIP.
pub fn clip(dir: &Path) -> Result<ClipFiles> {
    Ok(ClipFiles {
        config: required(dir, "config.json")?,
        tokenizer: TokenizerFiles::read(|name| optional(dir, name)),
        weights: weights(dir)?,
        preprocessor: optional(dir, "preprocessor_config.json"),
        compute: Compute::Full,
    })
}

/// The files of a folder in diffusers' layout, by their paths in it.
pub fn parts(dir: &Path, names: &[&str]) -> Result<GeneratorFiles> {
    let mut files = GeneratorFiles::default();
    if let Ok(index) = std::fs::read(dir.join("model_index.json")) {
        files.files.insert("model_index.json".into(), index.into());
    }
    for name in names {
        if dir.join(name).is_dir() {
            part(&dir.join(name), name, &mut files)?;
        }
    }
    Ok(files)
}

/// The files of one part, under its name.
pub fn part(dir: &Path, name: &str, files: &mut GeneratorFiles) -> Result<()> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("folder {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        // Weights in other formats than safetensors may lie beside them; they are large and never read.
        let wanted = path.extension().is_some_and(|kind| ["json", "txt", "safetensors"].iter().any(|k| kind == *k));
        if let Some(file) = path.file_name().and_then(|file| file.to_str()).filter(|_| wanted) {
            files.files.insert(format!("{name}/{file}"), source(&path)?);
        }
    }
    Ok(())
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
