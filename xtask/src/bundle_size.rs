//! A budget for each bundle as it is built for tests, and where its bytes come from, crate by crate, where it is overrun.
//!
//! What a visitor downloads, packed by brotli from the published build, has its own budget: `cargo xtask size`.

use crate::bundle::Kind;
use crate::report::Tally;
use crate::shell;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

/// Crates by the bytes of their functions.
type Crates = BTreeMap<String, u64>;

/// The step of `cargo xtask test`.
pub fn check() -> Result<Tally> {
    let file = shell::root().join("xtask/bundle-sizes.json");
    let known: Value = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
    let mut over = Vec::new();
    for kind in Kind::ALL {
        let module = kind.folder().join("playground_bg.wasm");
        let bytes = std::fs::metadata(&module)?.len();
        let known = &known[kind.name()];
        let budget = known["budget"].as_u64().context("no budget in xtask/bundle-sizes.json")?;
        println!("  {}: {bytes} bytes, budget {budget}", kind.name());
        if bytes > budget {
            say_what_grew(&by_crate(&module)?, &known["crates"]);
            over.push(kind.name());
        }
    }
    if !over.is_empty() {
        bail!("over budget: {}; `cargo xtask size --record` accepts it", over.join(", "));
    }
    Ok(Tally { passed: Kind::ALL.len(), ..Tally::default() })
}

/// Writes what the bundles are now as known, with a budget of 3 % more.
pub fn record() -> Result<()> {
    let mut known = serde_json::Map::new();
    for kind in Kind::ALL {
        let module = kind.folder().join("playground_bg.wasm");
        let bytes = std::fs::metadata(&module)?.len();
        let crates: Crates = by_crate(&module)?.into_iter().filter(|(_, bytes)| *bytes > 20_000).collect();
        known.insert(kind.name().into(), json!({ "budget": bytes * 103 / 100, "crates": crates }));
    }
    let text = serde_json::to_string_pretty(&Value::Object(known))? + "\n";
    std::fs::write(shell::root().join("xtask/bundle-sizes.json"), text)?;
    Ok(())
}

fn say_what_grew(crates: &Crates, known: &Value) {
    let before = |name: &str| known[name].as_u64().unwrap_or(0);
    let mut grown: Vec<_> = crates.iter().map(|(name, bytes)| (*bytes as i64 - before(name) as i64, name)).collect();
    grown.sort_by_key(|(more, _)| std::cmp::Reverse(*more));
    for (more, name) in grown.into_iter().take(12).filter(|(more, _)| *more > 0) {
        println!("    {name:<28} +{more} bytes, {} now", crates[name]);
    }
}

fn by_crate(module: &Path) -> Result<Crates> {
    let bytes = std::fs::read(module).with_context(|| format!("no module {}", module.display()))?;
    let (mut imported, mut sizes, mut names) = (0u32, Vec::new(), HashMap::new());
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => sizes.push(body.range().len() as u64),
            Payload::CustomSection(section) => {
                let KnownCustom::Name(parts) = section.as_known() else { continue };
                for part in parts {
                    if let Name::Function(map) = part? {
                        for naming in map {
                            let naming = naming?;
                            names.insert(naming.index, crate_of(naming.name));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let mut crates = Crates::new();
    for (index, bytes) in sizes.into_iter().enumerate() {
        let name = names.get(&(imported + index as u32)).cloned().unwrap_or_else(|| "?".into());
        *crates.entry(name).or_default() += bytes;
    }
    Ok(crates)
}

/// The crate in a mangled or a readable name: of the implementing type where it is a trait's method.
fn crate_of(name: &str) -> String {
    let first = name.strip_prefix("_ZN").and_then(|rest| {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        rest[digits..].get(..rest[..digits].parse().ok()?)
    });
    // An implementation's own name begins with its type: `_$LT$crate..path..Type$u20$as$u20$…`, with marks for references before.
    let mut rest = first.unwrap_or(name);
    while let Some(shorter) =
        ["_$LT$", "$LT$", "$RF$", "$BP$", "$LP$", "mut$u20$", "const$u20$", "$u5b$", "dyn$u20$", "<", "&"]
            .iter()
            .find_map(|mark| rest.strip_prefix(mark))
    {
        rest = shorter;
    }
    let end = rest.find(|c: char| !(c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())).unwrap_or(rest.len());
    if end == 0 { "?".into() } else { rest[..end].into() }
}

#[cfg(test)]
mod tests {
    use super::crate_of;

    #[test]
    fn names_are_told_apart() {
        assert_eq!(crate_of("_ZN9burn_flex3ops3cat3cat17h90d9897f308336fcE"), "burn_flex");
        let implementation =
            "_ZN98_$LT$$RF$mut$u20$serde_json..de..Deserializer$LT$R$GT$$u20$as$u20$serde_core..de..Deserializer$GT$18";
        assert_eq!(crate_of(implementation), "serde_json");
        let other = "_ZN73_$LT$combine..parser..FirstMode$u20$as$u20$combine..parser..ParseMode$GT$5parse17hcdE";
        assert_eq!(crate_of(other), "combine");
        assert_eq!(crate_of("<kindling_kernels::cpu::Conv as core::fmt::Debug>::fmt"), "kindling_kernels");
    }
}
