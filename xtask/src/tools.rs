//! The tools beside Cargo: found where they are, installed where they are not, and named with the
//! way to get them where we cannot.

use crate::shell;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

const TRUNK: &str = "0.21.14";
const NODE_MAJOR: u32 = 20;

/// Where tools of the right version are kept between clones.
pub fn home() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("KINDLING_TOOLS") {
        return Ok(folder.into());
    }
    let cache = match (std::env::var_os("XDG_CACHE_HOME"), std::env::home_dir()) {
        (Some(cache), _) if !cache.is_empty() => PathBuf::from(cache),
        (_, Some(home)) => home.join(".cache"),
        _ => bail!("no home folder to keep tools in; set KINDLING_TOOLS to a folder"),
    };
    Ok(cache.join("kindling").join("tools"))
}

/// Trunk, which puts the page together and serves it.
pub fn trunk() -> Result<PathBuf> {
    let folder = home()?.join(format!("trunk-{TRUNK}"));
    let own = folder.join("bin").join(if cfg!(windows) { "trunk.exe" } else { "trunk" });
    for candidate in [PathBuf::from("trunk"), own.clone()] {
        if shell::version_of(&candidate).is_some_and(|said| said.ends_with(TRUNK)) {
            return Ok(candidate);
        }
    }
    println!("  Trunk {TRUNK} is missing: installing it into {} (once, some minutes)", folder.display());
    let mut install = shell::command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Without its features it needs no TLS: it serves on this machine and downloads nothing.
    // Unoptimised: it copies files and asks our hooks, and is here in a quarter of the time.
    install.args(["install", "trunk", "--locked", "--debug", "--no-default-features", "--version", TRUNK]);
    install.arg("--root").arg(&folder);
    install.env("CARGO_TARGET_DIR", folder.join("build")).env("CARGO_PROFILE_DEV_DEBUG", "0");
    shell::run(&mut install).context("no Trunk")?;
    std::fs::remove_dir_all(folder.join("build")).ok();
    Ok(own)
}

/// The WebAssembly target of the pinned toolchain.
pub fn wasm_target() -> Result<()> {
    let target = "wasm32-unknown-unknown";
    let mut ask = shell::command("rustc");
    ask.args(["--print", "target-libdir", "--target", target]);
    if Path::new(shell::output(&mut ask)?.trim()).is_dir() {
        return Ok(());
    }
    println!("  the Rust target {target} is missing: adding it");
    shell::run(shell::command("rustup").args(["target", "add", target]))
        .context("no Rust target wasm32-unknown-unknown; install Rust through rustup")
}

/// Node, for type checks, wasm-opt and the browser tests.
pub fn node() -> Result<()> {
    let said = shell::version_of("node").unwrap_or_default();
    let major = said.trim_start_matches('v').split('.').next().and_then(|text| text.parse().ok());
    if major.is_none_or(|major: u32| major < NODE_MAJOR) {
        bail!(
            "no Node.js {NODE_MAJOR} or newer (found: {}); get it from your system's packages, \
             for example: apt-get install nodejs npm",
            if said.is_empty() { "none" } else { &said }
        );
    }
    Ok(())
}

/// The folder of the browser tests with its npm packages in place.
pub fn npm_packages() -> Result<PathBuf> {
    node()?;
    let folder = shell::root().join("tests/browser");
    let lock = std::fs::read(folder.join("package-lock.json")).context("no package-lock.json")?;
    let wanted = hex(&Sha256::digest(lock));
    let stamp = folder.join("node_modules/.kindling-lock");
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(folder);
    }
    println!("  npm packages of tests/browser: installing");
    let mut install = Command::new(npm());
    install.current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    shell::run(&mut install).context("no npm packages")?;
    std::fs::write(stamp, wanted)?;
    Ok(folder)
}

pub fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}

/// A Chromium for the browser tests.
pub fn chromium() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("KINDLING_CHROMIUM") {
        return Ok(path.into());
    }
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    if Path::new("/etc/debian_version").exists() && is_root() {
        println!("  Chromium is missing: installing Debian's package");
        // The index may be missing on a fresh machine; an old one is good enough if this fails.
        shell::run(shell::command("apt-get").args(["update", "-q"])).ok();
        let mut install = shell::command("apt-get");
        install.args(["install", "-q", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"]);
        install.env("DEBIAN_FRONTEND", "noninteractive");
        shell::run(&mut install)?;
    }
    find_chromium().context(
        "no Chromium; install it (Debian: apt-get install chromium) \
         or set KINDLING_CHROMIUM to the path of a Chromium or Chrome",
    )
}

fn find_chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let app = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .chain([PathBuf::from(app)])
        .find(|path| path.is_file())
}

fn is_root() -> bool {
    let said = Command::new("id").arg("-u").output();
    said.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
