//! The rules of the house: which crate may depend on what. See ARCHITECTURE.md for the picture.
//!
//! Arrows point down only. A rule that lives in a document alone is broken within a month, so this
//! one fails the build, and says what to do instead.

use crate::report::Tally;
use crate::{bundle, shell};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::Path;

const SOFT_FILE_LINES: usize = 400;

/// What one crate may use beyond libraries that nobody minds.
struct Room {
    name: &'static str,
    /// Crates of this workspace that it may depend on.
    kindling: &'static [&'static str],
    /// Tensors: may it depend on Burn, and may it ask for gradients?
    burn: Burn,
    /// May it know that browsers exist?
    browser: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Burn {
    None,
    Forward,
    Gradients,
}

const BELOW: [&str; 6] = [
    "kindling-inputs",
    "kindling-weights",
    "kindling-kernels",
    "kindling-models",
    "kindling-tasks",
    "kindling-lessons",
];

const ROOMS: [Room; 11] = [
    room("kindling-inputs", &[], Burn::None),
    room("kindling-weights", &["kindling-kernels"], Burn::Forward),
    room("kindling-kernels", &[], Burn::Forward),
    room("kindling-models", &["kindling-kernels"], Burn::Forward),
    room("kindling-lessons", &["kindling-kernels"], Burn::Gradients),
    room(
        "kindling-tasks",
        &["kindling-inputs", "kindling-weights", "kindling-kernels", "kindling-models"],
        Burn::Forward,
    ),
    Room { name: "kindling-playground", kindling: &BELOW, burn: Burn::Forward, browser: true },
    room("kindling-cli", &BELOW, Burn::Forward),
    room("kindling-train", &BELOW, Burn::Gradients),
    room("kindling-tests", &BELOW, Burn::Gradients),
    room("kindling-hub", &[], Burn::None),
];

const fn room(name: &'static str, kindling: &'static [&'static str], burn: Burn) -> Room {
    Room { name, kindling, burn, browser: false }
}

/// Crates that only make sense in a browser.
const BROWSER: [&str; 8] = [
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "js-sys",
    "web-sys",
    "serde-wasm-bindgen",
    "console_error_panic_hook",
    "tsify",
    "gloo",
];

/// `cargo xtask check`, the part about rooms.
pub fn check() -> Result<Tally> {
    let metadata = bundle::metadata()?;
    let packages = metadata["packages"].as_array().context("no packages in cargo metadata")?;
    let mut broken = Vec::new();
    for package in packages {
        broken.extend(broken_rules(package));
    }
    broken.extend(browser_conditions()?);
    warn_of_long_files()?;
    if broken.is_empty() {
        println!("  {} crates keep to their rooms", packages.len());
        return Ok(Tally::ONE);
    }
    bail!("broken rules of the house (ARCHITECTURE.md):\n  {}", broken.join("\n  "))
}

fn broken_rules(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    if name == "xtask" {
        return Vec::new();
    }
    let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
        return vec![format!("{name} has no room: add it to xtask/src/rooms.rs and ARCHITECTURE.md")];
    };
    let dependencies = package["dependencies"].as_array().map_or(&[][..], Vec::as_slice);
    // What only the tests of a crate use does not shape the crate.
    let used = dependencies.iter().filter(|dependency| dependency["kind"] != "dev");
    used.filter_map(|dependency| room.objection(dependency)).collect()
}

impl Room {
    fn objection(&self, dependency: &Value) -> Option<String> {
        let name = dependency["name"].as_str()?;
        let says = |why: &str| Some(format!("{} depends on {name}: {why}", self.name));
        if name.starts_with("kindling-") && !self.kindling.contains(&name) {
            return says("arrows point down only; let `tasks` or an edge join the two");
        }
        let tensors = ["burn", "cubecl", "wgpu"].iter().any(|start| name.starts_with(start));
        if tensors && self.burn == Burn::None {
            return says("this crate works on plain numbers");
        }
        if BROWSER.contains(&name) && !self.browser {
            return says("the browser is known to `playground` alone");
        }
        let features = dependency["features"].as_array().map_or(&[][..], Vec::as_slice);
        let gradients = name == "burn-autodiff" || features.iter().any(|feature| feature == "autodiff");
        if gradients && self.burn != Burn::Gradients {
            return says("gradients live in `lessons` and `train`");
        }
        None
    }
}

/// Conditions on the browser in sources outside `playground`.
fn browser_conditions() -> Result<Vec<String>> {
    let crates = shell::root().join("crates");
    let mut found = Vec::new();
    for file in shell::files_under(&crates)? {
        let rust = file.extension().is_some_and(|kind| kind == "rs");
        if !rust || file.starts_with("playground") {
            continue;
        }
        let text = std::fs::read_to_string(crates.join(&file))?;
        for (number, line) in text.lines().enumerate() {
            if asks_for_browser(line) {
                let place = format!("crates/{}:{}", file.display(), number + 1);
                found.push(format!("{place}: only `playground` may ask for the target"));
            }
        }
    }
    Ok(found)
}

fn asks_for_browser(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.contains("cfg") && (code.contains("target_family") || code.contains("target_arch"))
}

fn warn_of_long_files() -> Result<()> {
    let root = shell::root();
    for folder in ["crates", "xtask", "web", "tests", "pkg"] {
        if !root.join(folder).is_dir() {
            continue;
        }
        for file in shell::files_under(&root.join(folder))? {
            if !is_source(&file) {
                continue;
            }
            let lines = std::fs::read_to_string(root.join(folder).join(&file))?.lines().count();
            if lines > SOFT_FILE_LINES {
                let name = file.display();
                println!("  note: {folder}/{name} has {lines} lines; {SOFT_FILE_LINES} is the soft limit");
            }
        }
    }
    Ok(())
}

fn is_source(file: &Path) -> bool {
    let made = ["node_modules", "dist", "results", "target"];
    let kind = file.extension().unwrap_or_default().to_string_lossy();
    ["rs", "js", "mjs", "css", "py"].contains(&&*kind) && !file.iter().any(|part| made.iter().any(|name| part == *name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn broken(package: &str, dependency: &Value) -> usize {
        broken_rules(&json!({ "name": package, "dependencies": [dependency] })).len()
    }

    #[test]
    fn rooms_know_only_what_lies_below() {
        let models = json!({ "name": "kindling-models", "features": [] });
        assert_eq!(broken("kindling-inputs", &models), 1);
        assert_eq!(broken("kindling-lessons", &models), 1);
        assert_eq!(broken("kindling-tasks", &models), 0);
    }

    #[test]
    fn tensors_gradients_and_browsers_stay_in_their_rooms() {
        let burn = json!({ "name": "burn", "features": ["std"] });
        let gradients = json!({ "name": "burn", "features": ["autodiff"] });
        let browser = json!({ "name": "web-sys", "features": [] });
        assert_eq!(broken("kindling-inputs", &burn), 1);
        assert_eq!(broken("kindling-models", &burn), 0);
        assert_eq!(broken("kindling-models", &gradients), 1);
        assert_eq!(broken("kindling-lessons", &gradients), 0);
        assert_eq!(broken("kindling-tasks", &browser), 1);
        assert_eq!(broken("kindling-playground", &browser), 0);
    }

    #[test]
    fn tests_of_a_crate_may_use_anything() {
        let dependency = json!({ "name": "burn", "features": [], "kind": "dev" });
        assert_eq!(broken("kindling-inputs", &dependency), 0);
    }

    #[test]
    fn a_crate_without_a_room_is_named() {
        assert_eq!(broken_rules(&json!({ "name": "kindling-shed", "dependencies": [] })).len(), 1);
    }

    #[test]
    fn conditions_are_seen_in_code_and_not_in_comments() {
        assert!(asks_for_browser("#[cfg(target_family = \"wasm\")]"));
        assert!(asks_for_browser("if cfg!(target_arch = \"wasm32\") {"));
        assert!(!asks_for_browser("// cfg(target_arch) is for playground"));
    }
}
