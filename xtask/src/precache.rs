//! From the sources of the page to the folder that is published, and the list of everything in it
//! that the service worker keeps for offline use.

use crate::bundle::Kind;
use crate::{shell, tools};
use anyhow::{Context, Result};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const LIST: &str = "precache.json";

/// Files of `web/` that live at the root of the page, because of what they are.
const AT_ROOT: [&str; 2] = ["service-worker.js", "manifest.webmanifest"];
/// Folders of `web/` that live at the root of the page.
const FOLDERS_AT_ROOT: [&str; 3] = ["models", "icons", "samples"];
/// What pictures are rendered from: of use in the repository only.
const DRAWINGS: &str = "samples/source";
/// Legal texts that go along.
const LEGAL: [&str; 2] = ["LICENSE", "NOTICE.md"];

/// Libraries of the page, from npm as they are: in `node_modules`, and in the published folder. uPlot draws the live curves,
/// hash-wasm hashes a download as it streams, client-zip writes offline kits.
const VENDORED: [(&str, &str); 6] = [
    ("uplot/dist/uPlot.esm.js", "web/vendor/uplot/uPlot.esm.js"),
    ("uplot/LICENSE", "web/vendor/uplot/LICENSE"),
    ("hash-wasm/dist/sha256.umd.min.js", "web/vendor/hash-wasm/sha256.umd.min.js"),
    ("hash-wasm/LICENSE", "web/vendor/hash-wasm/LICENSE"),
    ("client-zip/index.js", "web/vendor/client-zip/client-zip.js"),
    ("client-zip/LICENSE.txt", "web/vendor/client-zip/LICENSE"),
];

/// Fills `stage`, which holds index.html as Trunk wrote it, and lists its files.
pub fn assemble(stage: &Path) -> Result<()> {
    let root = shell::root();
    copy_web(&root.join("web"), stage)?;
    let packages = tools::npm_packages()?.join("node_modules");
    for (from, to) in VENDORED {
        shell::copy_file(&packages.join(from), &stage.join(to))?;
    }
    for name in LEGAL {
        if root.join(name).is_file() {
            shell::copy_file(&root.join(name), &stage.join(name))?;
        }
    }
    for kind in Kind::ALL {
        copy_bundle(kind, &stage.join("wasm").join(kind.name()))?;
    }
    let index = stage.join("index.html");
    let html = std::fs::read_to_string(&index).context("no index.html from Trunk")?;
    std::fs::write(&index, without_trunk_links(&html))?;
    write_list(stage)
}

fn copy_web(web: &Path, stage: &Path) -> Result<()> {
    for file in shell::files_under(web)? {
        if let Some(place) = place_of(&file) {
            shell::copy_file(&web.join(&file), &stage.join(place))?;
        }
    }
    Ok(())
}

/// Where a file of `web/` goes in the published folder; `None` for what stays at home.
fn place_of(file: &Path) -> Option<PathBuf> {
    let first = file.iter().next()?.to_string_lossy();
    if file.iter().any(|part| part.to_string_lossy().starts_with('.')) || file.starts_with(DRAWINGS) {
        return None;
    }
    if FOLDERS_AT_ROOT.contains(&&*first) || AT_ROOT.iter().any(|name| file == Path::new(name)) {
        return Some(file.to_path_buf());
    }
    let kind = file.extension().unwrap_or_default().to_string_lossy();
    let at_home = ["md", "ts"].contains(&&*kind) || first.ends_with("config.json");
    (!at_home).then(|| Path::new("web").join(file))
}

/// Copies what a browser needs of a bundle. The WebGPU one may be left out while developing.
fn copy_bundle(kind: Kind, to: &Path) -> Result<()> {
    let from = kind.folder();
    if !from.is_dir() {
        println!("  bundle {} is not built: the page goes without it", kind.name());
        return Ok(());
    }
    for file in shell::files_under(&from)? {
        let name = file.to_string_lossy();
        if !name.starts_with('.') && !name.ends_with(".ts") {
            shell::copy_file(&from.join(&file), &to.join(&file))?;
        }
    }
    Ok(())
}

/// Trunk wants a link to a Rust crate and leaves it in the page when told to skip it.
fn without_trunk_links(html: &str) -> String {
    let mut rest = html;
    let mut kept = String::with_capacity(html.len());
    while let Some(start) = rest.find("<link") {
        let Some(length) = rest[start..].find('>') else { break };
        let end = start + length + 1;
        if rest[start..end].contains("data-trunk") {
            kept.push_str(rest[..start].trim_end_matches([' ', '\t']));
            rest = rest[end..].strip_prefix('\n').unwrap_or(&rest[end..]);
        } else {
            kept.push_str(&rest[..end]);
            rest = &rest[end..];
        }
    }
    kept + rest
}

fn write_list(stage: &Path) -> Result<()> {
    let mut version = Sha256::new();
    let mut files = Vec::new();
    for file in shell::files_under(stage)? {
        let url = file.to_string_lossy().replace('\\', "/");
        let bytes = std::fs::read(stage.join(&file))?;
        let hash = tools::hex(&Sha256::digest(&bytes));
        version.update(format!("{url} {hash}\n"));
        // The browser keeps the service worker itself; the list is fetched to learn of updates.
        if url != "service-worker.js" && url != LIST {
            files.push(json!({ "url": url, "bytes": bytes.len(), "sha256": hash }));
        }
    }
    let version = tools::hex(&version.finalize()[..8]);
    println!("  {LIST}: {} files, version {version}", files.len());
    let list = json!({ "version": version, "files": files });
    std::fs::write(stage.join(LIST), serde_json::to_string_pretty(&list)? + "\n")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_find_their_place() {
        let place = |file: &str| place_of(Path::new(file)).map(|path| path.to_string_lossy().into_owned());
        assert_eq!(place("rooms/sentiment.js").as_deref(), Some("web/rooms/sentiment.js"));
        assert_eq!(place("models/encoder/README.md").as_deref(), Some("models/encoder/README.md"));
        assert_eq!(place("service-worker.js").as_deref(), Some("service-worker.js"));
        assert_eq!(place("samples/things/cat.webp").as_deref(), Some("samples/things/cat.webp"));
        assert_eq!(place("samples/source/things/cat.svg"), None);
        assert_eq!(place("types.d.ts"), None);
        assert_eq!(place("rooms/.swp"), None);
    }

    #[test]
    fn only_links_of_trunk_are_removed() {
        let html =
            "<head>\n  <link rel=\"icon\" href=\"a\">\n  <link data-trunk rel=\"rust\" data-trunk-id=\"0\">\n</head>";
        assert_eq!(without_trunk_links(html), "<head>\n  <link rel=\"icon\" href=\"a\">\n</head>");
    }
}
