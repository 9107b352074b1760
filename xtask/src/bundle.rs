//! The wasm bundles, from one crate: `cpu` for everybody, `webgpu` for those with a real GPU, `lessons` for what trains in the page.

use crate::{shell, tools, wasm_check};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const CRATE: &str = "kindling-playground";
const WASM: &str = "kindling_playground.wasm";
const TARGET: &str = "wasm32-unknown-unknown";

/// To be raised when the steps after Cargo change, so that bundles made by the old ones go away.
const RECIPE: u32 = 2;

/// Named one by one: `--all-features` makes modules that browsers refuse.
const WASM_OPT: [&str; 10] = [
    "-Oz",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-multivalue",
    "--strip-producers",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Cpu,
    WebGpu,
    Lessons,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Cpu, Self::WebGpu, Self::Lessons];
    /// Those that run models.
    pub const MODELS: [Self; 2] = [Self::Cpu, Self::WebGpu];

    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::WebGpu => "webgpu",
            Self::Lessons => "lessons",
        }
    }

    /// The arguments of Cargo that choose this bundle.
    pub fn features(self) -> &'static [&'static str] {
        match self {
            Self::Cpu => &[],
            Self::WebGpu => &["--features", "webgpu"],
            Self::Lessons => &["--no-default-features", "--features", "lessons"],
        }
    }

    /// Where the finished bundle lies. Inside the clone whatever CARGO_TARGET_DIR says, because
    /// Trunk, the type checker and the npm package look for it at a fixed place.
    pub fn folder(self) -> PathBuf {
        shell::root().join(".cache/bundles/wasm").join(self.name())
    }
}

/// The bundles named on the command line; all if none is.
pub fn chosen(words: &[String]) -> Result<Vec<Kind>> {
    let named: Vec<_> = words.iter().filter(|word| !word.starts_with("--")).collect();
    if named.is_empty() {
        return Ok(Kind::ALL.to_vec());
    }
    named
        .into_iter()
        .map(|word| {
            let found = Kind::ALL.into_iter().find(|kind| kind.name() == word.as_str());
            found.with_context(|| format!("no such bundle: {word} (there are cpu, webgpu and lessons)"))
        })
        .collect()
}

/// Builds bundles; says which of them changed.
pub fn bundles(kinds: &[Kind], dist: bool) -> Result<Vec<Kind>> {
    tools::wasm_target()?;
    let mut changed = Vec::new();
    for kind in kinds {
        if bundle(*kind, dist)? {
            changed.push(*kind);
        }
    }
    Ok(changed)
}

/// Builds bundles only where a source has changed since: for hooks that run on every saved file.
pub fn bundles_if_stale(kinds: &[Kind], dist: bool) -> Result<()> {
    let sources = sources_hash()?;
    for kind in kinds {
        let stamp = kind.folder().join(".sources");
        let wanted = format!("{RECIPE} {} {sources}", profile(dist));
        if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
            continue;
        }
        bundles(&[*kind], dist)?;
        std::fs::write(stamp, wanted)?;
    }
    Ok(())
}

fn profile(dist: bool) -> &'static str {
    if dist { "dist" } else { "release" }
}

fn bundle(kind: Kind, dist: bool) -> Result<bool> {
    let start = Instant::now();
    println!("  bundle {} ({})", kind.name(), profile(dist));
    let wasm = compile(kind, dist)?;
    wasm_check::no_wrapped_exports(&wasm)?;
    let folder = kind.folder();
    let stamp = folder.join(".module");
    let wanted = format!("{RECIPE} {} {}", profile(dist), tools::hex(&Sha256::digest(std::fs::read(&wasm)?)));
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        println!("  bundle {}: unchanged, {:.0} s", kind.name(), start.elapsed().as_secs_f64());
        return Ok(false);
    }
    // Made beside the old one and swapped in, so that a failure leaves the old one whole.
    let fresh = folder.with_extension("new");
    std::fs::remove_dir_all(&fresh).ok();
    bind(&wasm, &fresh, dist)?;
    if dist {
        optimise(&fresh.join("playground_bg.wasm"))?;
    }
    std::fs::write(fresh.join(".module"), wanted)?;
    std::fs::remove_dir_all(&folder).ok();
    std::fs::rename(&fresh, &folder).context("no swap of the finished bundle")?;
    let bytes = std::fs::metadata(folder.join("playground_bg.wasm"))?.len();
    let seconds = start.elapsed().as_secs_f64();
    println!("  bundle {}: {:.1} MB, {seconds:.0} s", kind.name(), bytes as f64 / 1e6);
    Ok(true)
}

fn compile(kind: Kind, dist: bool) -> Result<PathBuf> {
    let target = target_folder()?;
    let out = target.join(TARGET).join(profile(dist));
    // Cargo gives a cdylib one file name whatever its features, and takes a file left by the other
    // feature set for up to date. So the file goes away unless it is known to be of this bundle.
    let made = out.join("deps").join(WASM);
    let note = out.join("kindling-bundle");
    let known = std::fs::read_to_string(&note).ok();
    if known.is_none() || known != fingerprint(kind, &made) {
        std::fs::remove_file(&made).ok();
        std::fs::remove_file(out.join(WASM)).ok();
    }
    let mut build = shell::cargo(["build", "--package", CRATE, "--lib", "--target", TARGET]);
    build.args(["--profile", profile(dist)]).args(kind.features());
    // wasm_check needs the names; wasm-bindgen strips them from what is published.
    build.args(["--config", "profile.dist.strip='debuginfo'"]);
    shell::run(&mut build)?;
    std::fs::write(note, fingerprint(kind, &made).unwrap_or_default())?;
    Ok(out.join(WASM))
}

/// Tells a file that we built from one that somebody else's `cargo build` put in its place.
fn fingerprint(kind: Kind, file: &Path) -> Option<String> {
    let metadata = std::fs::metadata(file).ok()?;
    let changed = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(format!("{} {} {}", kind.name(), metadata.len(), changed.as_nanos()))
}

fn bind(wasm: &Path, folder: &Path, dist: bool) -> Result<()> {
    println!("  wasm-bindgen {}", wasm.display());
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(wasm)
        .web(true)?
        .typescript(true)
        .out_name("playground")
        .omit_default_module_path(false)
        // Names make a panic's trace readable while developing; what is published goes without.
        .remove_name_section(dist)
        .remove_producers_section(true)
        .generate(folder)
        .context("failure of wasm-bindgen")
}

fn optimise(wasm: &Path) -> Result<()> {
    let folder = tools::npm_packages()?;
    let small = wasm.with_extension("opt");
    let mut opt = Command::new("node");
    // The default heap is too small for a module of 30 MB.
    opt.arg("--max-old-space-size=8192").arg(folder.join("node_modules/binaryen/bin/wasm-opt"));
    opt.args(WASM_OPT).arg(wasm).arg("-o").arg(&small).current_dir(shell::root());
    println!("  wasm-opt: takes a minute or more");
    shell::run(&mut opt)?;
    std::fs::rename(small, wasm)?;
    Ok(())
}

/// Cargo's build folder, wherever the environment or a configuration puts it.
pub fn target_folder() -> Result<PathBuf> {
    let metadata = metadata()?;
    let Some(folder) = metadata["target_directory"].as_str() else {
        bail!("no target_directory in cargo metadata");
    };
    Ok(folder.into())
}

/// `cargo metadata` of the members alone.
pub fn metadata() -> Result<serde_json::Value> {
    let text = shell::output(&mut shell::cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
    serde_json::from_str(&text).context("malformed cargo metadata")
}

fn sources_hash() -> Result<String> {
    let root = shell::root();
    let mut hash = Sha256::new();
    let crates = root.join("crates");
    let mut files: Vec<_> = shell::files_under(&crates)?.iter().map(|file| crates.join(file)).collect();
    let beside = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml"];
    files.extend(beside.map(|file| root.join(file)));
    for file in files {
        hash.update(file.to_string_lossy().as_bytes());
        hash.update(std::fs::read(&file).unwrap_or_default());
    }
    Ok(tools::hex(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_are_chosen_by_name() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(chosen(&words("")).expect("both"), Kind::ALL);
        assert_eq!(chosen(&words("--dist webgpu")).expect("one"), [Kind::WebGpu]);
        assert!(chosen(&words("gpu")).is_err());
    }
}
