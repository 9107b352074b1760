//! The npm package: hand-written wrapper and types around the generated bundles and the model.

use crate::bundle::{self, Kind};
use crate::{shell, tools};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// `cargo xtask pkg`: builds the bundles and packs the tarball.
pub fn pack(dist: bool) -> Result<PathBuf> {
    tools::node()?;
    bundle::bundles(&Kind::MODELS, dist)?;
    let root = shell::root();
    fill(&root)?;
    let out = root.join(".cache/pkg");
    std::fs::remove_dir_all(&out).ok();
    std::fs::create_dir_all(&out)?;
    let mut pack = Command::new(tools::npm());
    pack.current_dir(root.join("pkg")).args(["pack", "--silent", "--pack-destination"]).arg(&out);
    shell::run(&mut pack)?;
    let tarball = shell::files_under(&out)?.pop().context("no tarball from npm pack")?;
    let tarball = out.join(tarball);
    let megabytes = std::fs::metadata(&tarball)?.len() as f64 / 1e6;
    println!("  {} ({megabytes:.1} MB)", tarball.display());
    Ok(tarball)
}

/// Puts everything generated into pkg/dist, which Git ignores and npm packs.
fn fill(root: &Path) -> Result<()> {
    let dist = root.join("pkg/dist");
    std::fs::remove_dir_all(&dist).ok();
    for kind in Kind::MODELS {
        for file in shell::files_under(&kind.folder())? {
            if !file.to_string_lossy().starts_with('.') {
                let to = dist.join("wasm").join(kind.name()).join(&file);
                shell::copy_file(&kind.folder().join(&file), &to)?;
            }
        }
    }
    for model in ["encoder", "clip", "text2image"] {
        let folder = root.join("web/models").join(model);
        let to = dist.join("models").join(model);
        // The largest model comes last: without it the rest of the package can still be tried.
        if model == "text2image" && !folder.is_dir() {
            println!("  web/models/{model} is not here: the package will not generate pictures by itself");
            continue;
        }
        shell::copy_folder(&folder, &to).with_context(|| format!("no bundled model in web/models/{model}"))?;
    }
    for name in ["LICENSE", "NOTICE.md"] {
        if root.join(name).is_file() {
            shell::copy_file(&root.join(name), &dist.join(name))?;
        }
    }
    Ok(())
}
