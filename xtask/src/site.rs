//! The page: put together by Trunk, with our hooks before and after.

use crate::bundle::{self, Kind};
use crate::{precache, shell, tools};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// Tells the hook that Trunk runs to leave the WebGPU bundle alone.
const CPU_ONLY: &str = "KINDLING_CPU_ONLY";

/// `cargo xtask serve`.
pub fn serve(release: bool, cpu_only: bool) -> Result<()> {
    println!("kindling: looking for tools");
    tools::wasm_target()?;
    if release {
        tools::npm_packages()?;
    }
    let trunk = tools::trunk()?;
    println!("kindling: building the bundles (the first time takes some minutes)");
    // Here and not first in Trunk's hook, so that an error is the last thing on the screen.
    bundle::bundles_if_stale(&kinds(cpu_only), release)?;
    println!("kindling: serving; the address is below, Ctrl+C ends it");
    let mut serve = trunk_command(trunk, "serve", release);
    if cpu_only {
        serve.env(CPU_ONLY, "1");
    }
    shell::run(&mut serve)
}

/// `cargo xtask site`: everything that is published, in dist/.
pub fn site(dist: bool) -> Result<()> {
    bundle::bundles(&Kind::ALL, dist)?;
    put_together(dist)
}

/// Runs Trunk over bundles that are there already.
pub fn put_together(dist: bool) -> Result<()> {
    let trunk = tools::trunk()?;
    let mut build = trunk_command(trunk, "build", dist);
    build.env("KINDLING_BUNDLES_READY", "1");
    shell::run(&mut build)
}

fn trunk_command(trunk: PathBuf, action: &str, release: bool) -> std::process::Command {
    let mut command = shell::command(trunk);
    command.arg(action);
    if release {
        command.arg("--release");
    }
    // Trunk takes these for its own options and refuses their usual values.
    command.env_remove("NO_COLOR").env("TRUNK_SKIP_VERSION_CHECK", "true");
    command
}

/// What Trunk calls, see Trunk.toml: so plain `trunk build` and `trunk serve` work as well.
pub fn hook(stage: Option<&str>) -> Result<()> {
    match stage {
        Some("pre") => {
            if std::env::var_os("KINDLING_BUNDLES_READY").is_some() {
                return Ok(());
            }
            let release = std::env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release");
            bundle::bundles_if_stale(&kinds(std::env::var_os(CPU_ONLY).is_some()), release)
        }
        Some("post") => {
            let stage = std::env::var_os("TRUNK_STAGING_DIR")
                .context("no TRUNK_STAGING_DIR: this command is for Trunk, see Trunk.toml")?;
            precache::assemble(&PathBuf::from(stage))
        }
        _ => bail!("no such hook; Trunk calls `hook pre` and `hook post`"),
    }
}

fn kinds(cpu_only: bool) -> Vec<Kind> {
    if cpu_only { vec![Kind::Cpu, Kind::Lessons] } else { Kind::ALL.to_vec() }
}
