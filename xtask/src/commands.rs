//! Commands that hand over to a script in another language.

use crate::{shell, site, tools};
use anyhow::{Context, Result};
use std::process::Command;

/// `cargo xtask bench`: the published profile against other libraries, in one run.
pub fn bench(arguments: &[String]) -> Result<()> {
    let chromium = tools::chromium()?;
    tools::npm_packages()?;
    site::site(true)?;
    let root = shell::root();
    let mut bench = Command::new("node");
    bench.current_dir(&root).arg("tests/bench/run.mjs").args(arguments);
    shell::run(bench.env("KINDLING_CHROMIUM", chromium))
}

/// `cargo xtask screenshots`: pictures of the page as it is in dist/, built if missing.
pub fn screenshots() -> Result<()> {
    let chromium = tools::chromium()?;
    let folder = tools::npm_packages()?;
    if !shell::root().join("dist/precache.json").is_file() {
        site::site(false)?;
    }
    let mut shots = Command::new("node");
    shots.current_dir(shell::root()).arg(folder.join("screenshots.mjs"));
    shell::run(shots.env("KINDLING_CHROMIUM", chromium))
}

/// `cargo xtask fixtures`: runs the reference scripts in a Python environment of their own.
pub fn fixtures() -> Result<()> {
    let root = shell::root();
    let scripts = root.join("tests/reference");
    let home = root.join(".cache/reference");
    let python = home.join("bin/python");
    if !python.is_file() {
        println!("  Python environment {}: making it", home.display());
        shell::run(shell::command("python3").args(["-m", "venv"]).arg(&home))
            .context("no Python environment; Debian: apt-get install python3-venv")?;
    }
    let wanted = scripts.join("requirements.txt");
    if wanted.is_file() {
        let mut install = shell::command(&python);
        install.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted);
        shell::run(&mut install)?;
    }
    for script in shell::files_under(&scripts).context("no tests/reference")? {
        if script.extension().is_some_and(|kind| kind == "py") {
            shell::run(shell::command(&python).arg(scripts.join(script)))?;
        }
    }
    Ok(())
}
