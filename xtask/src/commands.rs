//! Commands that hand over to a script in another language.

use crate::{bundle, check, shell, site, tools};
use anyhow::{Context, Result};

/// `cargo xtask bench`: the published profile against other libraries, all parts or those of `--only`; with `--device`, kernels and
/// models natively beside their floors.
pub fn bench(arguments: &[String]) -> Result<()> {
    if let Some(at) = arguments.iter().position(|argument| argument == "--device") {
        return device_bench(&[&arguments[..at], &arguments[at + 1..]].concat());
    }
    let chromium = tools::chromium()?;
    tools::npm_packages()?;
    let asked =
        |name: &str| arguments.iter().any(|argument| argument == name || argument.starts_with(&format!("{name}=")));
    // A report alone measures nothing; a folder named is built already.
    let built = asked("--dist") || (asked("--report") && !asked("--only"));
    if !built && !asked("--peers-only") {
        site::site(true)?;
    }
    let mut bench = shell::command("node");
    bench.arg("tests/bench/run.mjs").args(arguments);
    shell::run(bench.env("CHROMIUM", chromium))
}

fn device_bench(arguments: &[String]) -> Result<()> {
    const BENCH: &str = "device-bench";
    // With the features of the whole workspace, so that Burn is not built again for this.
    shell::run(shell::cargo(["build", "--bin", BENCH]).args(check::NATIVE))?;
    let file = format!("{BENCH}{}", std::env::consts::EXE_SUFFIX);
    shell::run(shell::command(bundle::target_folder()?.join("release").join(file)).args(arguments))
}

/// `cargo xtask screenshots`: pictures of the page as it is in dist/, built if missing.
pub fn screenshots() -> Result<()> {
    let chromium = tools::chromium()?;
    let folder = tools::npm_packages()?;
    if !shell::root().join("dist/precache.json").is_file() {
        site::site(false)?;
    }
    let mut shots = shell::command("node");
    shots.arg(folder.join("screenshots.mjs"));
    shell::run(shots.env("KINDLING_CHROMIUM", chromium))
}

/// The scripts that write tests/fixtures.
const REFERENCE: [&str; 15] = [
    "bert_tiny.py",
    "attention.py",
    "minilm.py",
    "clip.py",
    "clip_full.py",
    "pictures.py",
    "edges.py",
    "schedulers.py",
    "diffusion.py",
    "diffusion_pipelines.py",
    "diffusion_taef2.py",
    "diffusion_full.py",
    "lessons.py",
    "lessons_pictures.py",
    "tokenizer_files.py",
];

/// `cargo xtask fixtures`: runs the reference scripts in a Python environment of their own.
pub fn fixtures() -> Result<()> {
    let root = shell::root();
    let scripts = root.join("tests/reference");
    println!("  Python environment: some 3 GB the first time");
    shell::run(shell::command("sh").arg(scripts.join("setup.sh")))
        .context("no Python environment; Debian: apt-get install python3-venv")?;
    for script in REFERENCE {
        shell::run(shell::command(root.join(".cache/venv/bin/python")).arg(scripts.join(script)))?;
    }
    Ok(())
}
