//! `cargo xtask size`: what a visitor downloads before anything happens, against a budget.

use crate::{shell, tools};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::process::Command;

/// Sizes of dist/ as it lies there; build it with `cargo xtask site --dist` for published ones.
pub fn size() -> Result<()> {
    tools::node()?;
    let root = shell::root();
    println!("packing, which takes a minute or two");
    let mut measure = Command::new("node");
    measure.arg(root.join("tests/browser/lib/sizes.mjs")).arg(root.join("dist"));
    let text = shell::output(&mut measure).context("no sizes; build with `cargo xtask site --dist`")?;
    let sizes: Value = serde_json::from_str(&text)?;
    let budget = std::fs::read_to_string(root.join("xtask/size-budget.json"))?;
    let budget: Value = serde_json::from_str(&budget)?;
    let mut over = Vec::new();
    println!("{:<28}{:>14}{:>14}{:>14}", "", "raw", "brotli", "budget");
    for (name, size) in sizes.as_object().context("malformed sizes")? {
        let brotli = size["brotli"].as_u64().unwrap_or_default();
        let limit = budget[name].as_u64();
        let shown = limit.map_or(String::new(), |limit| limit.to_string());
        println!("{name:<28}{:>14}{brotli:>14}{shown:>14}", size["raw"].as_u64().unwrap_or_default());
        if limit.is_some_and(|limit| brotli > limit) {
            over.push(name.as_str());
        }
    }
    if over.is_empty() {
        return Ok(());
    }
    bail!("over budget: {} (xtask/size-budget.json)", over.join(", "))
}
