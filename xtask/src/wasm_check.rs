//! Refuses a module whose exports are wrapped in a run of all constructors.
//!
//! Crates that register things before `main` (through `inventory`) leave a `__wasm_call_ctors`
//! function. Where nobody calls it, the linker assumes a one-shot program and puts a wrapper round
//! *every* export that runs all constructors first: calls into the module become up to ten times
//! slower. `playground` calls it once at its start; this check notices if that ever gets lost.

use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use std::path::Path;
use wasmparser::{ExternalKind, KnownCustom, Name, Operator, Parser, Payload, TypeRef};

/// Checks a module as Cargo wrote it, before wasm-bindgen and wasm-opt touch it.
pub fn no_wrapped_exports(path: &Path) -> Result<()> {
    let bytes = std::fs::read(path).with_context(|| format!("no module {}", path.display()))?;
    let wrapped = wrapped_exports(&bytes).with_context(|| format!("malformed {}", path.display()))?;
    if wrapped.is_empty() {
        return Ok(());
    }
    bail!(
        "{} exports of {} run all constructors on every call ({}, …); \
         `__wasm_call_ctors` must be called once, in the start function of crates/playground",
        wrapped.len(),
        path.display(),
        wrapped.iter().take(3).cloned().collect::<Vec<_>>().join(", ")
    )
}

/// The exports that are wrappers. By name where the module still has names; otherwise by shape:
/// a wrapper's first instruction calls a function without parameters, the same one for all.
fn wrapped_exports(bytes: &[u8]) -> Result<Vec<String>> {
    let module = Module::read(bytes)?;
    let by_name: Vec<_> = module
        .exports
        .iter()
        .filter(|(_, index)| module.names.get(index).is_some_and(|name| name.ends_with(".command_export")))
        .map(|(name, _)| name.clone())
        .collect();
    if !by_name.is_empty() {
        return Ok(by_name);
    }
    let mut by_first_call: HashMap<u32, Vec<String>> = HashMap::new();
    for (name, index) in &module.exports {
        if let Some(Some(callee)) = module.first_calls.get(index) {
            by_first_call.entry(*callee).or_default().push(name.clone());
        }
    }
    // One or two exports may well begin with the same helper; a wrapped module has them all do it.
    let most = by_first_call.into_values().max_by_key(Vec::len).unwrap_or_default();
    let all = module.exports.len();
    Ok(if most.len() > 2 && most.len() * 2 > all { most } else { Vec::new() })
}

#[derive(Default)]
struct Module {
    /// Exported functions: name and index.
    exports: Vec<(String, u32)>,
    /// For each function with a body: the `() -> ()` function that it calls first of all.
    first_calls: HashMap<u32, Option<u32>>,
    names: HashMap<u32, String>,
}

impl Module {
    fn read(bytes: &[u8]) -> Result<Self> {
        let mut module = Self::default();
        let mut types = Vec::new();
        let mut type_of = Vec::new();
        let mut bodies = Vec::new();
        let mut imported = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section.into_iter_err_on_gc_types() {
                        let function = group?;
                        types.push(function.params().is_empty() && function.results().is_empty());
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if let TypeRef::Func(kind) = import?.ty {
                            type_of.push(kind);
                            imported += 1;
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for kind in section {
                        type_of.push(kind?);
                    }
                }
                Payload::ExportSection(section) => module.read_exports(section)?,
                Payload::CodeSectionEntry(body) => bodies.push(first_call(&body)?),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        module.read_names(names)?;
                    }
                }
                _ => {}
            }
        }
        let takes_nothing = |index: u32| {
            let kind = type_of.get(index as usize).copied().unwrap_or(u32::MAX);
            types.get(kind as usize).copied().unwrap_or(false)
        };
        for (place, callee) in bodies.into_iter().enumerate() {
            let index = imported + u32::try_from(place)?;
            module.first_calls.insert(index, callee.filter(|callee| takes_nothing(*callee)));
        }
        Ok(module)
    }

    fn read_exports(&mut self, section: wasmparser::ExportSectionReader<'_>) -> Result<()> {
        for export in section {
            let export = export?;
            if export.kind == ExternalKind::Func {
                self.exports.push((export.name.to_owned(), export.index));
            }
        }
        Ok(())
    }

    fn read_names(&mut self, names: wasmparser::NameSectionReader<'_>) -> Result<()> {
        for name in names {
            if let Name::Function(map) = name? {
                for naming in map {
                    let naming = naming?;
                    self.names.insert(naming.index, naming.name.to_owned());
                }
            }
        }
        Ok(())
    }
}

fn first_call(body: &wasmparser::FunctionBody<'_>) -> Result<Option<u32>> {
    let mut operators = body.get_operators_reader()?;
    Ok(match operators.read()? {
        Operator::Call { function_index } => Some(function_index),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one type `() -> ()`, function 0 as the constructors, and `exports` functions
    /// after it, each exported, each beginning with a call of function 0 if `wrapped`.
    fn module(exports: u8, wrapped: bool) -> Vec<u8> {
        let section = |id: u8, body: Vec<u8>| {
            let length = u8::try_from(body.len()).expect("a short section");
            [vec![id, length], body].concat()
        };
        let body = |wrapped: bool| if wrapped { vec![4, 0, 0x10, 0, 0x0b] } else { vec![2, 0, 0x0b] };
        let mut exported = vec![exports];
        let mut code = vec![exports + 1];
        code.extend(body(false));
        for index in 0..exports {
            exported.extend([1, b'a' + index, 0, index + 1]);
            code.extend(body(wrapped));
        }
        let functions = [vec![exports + 1], vec![0; usize::from(exports) + 1]].concat();
        [
            b"\0asm\x01\0\0\0".to_vec(),
            section(1, vec![1, 0x60, 0, 0]),
            section(3, functions),
            section(7, exported),
            section(10, code),
        ]
        .concat()
    }

    #[test]
    fn wrappers_are_found_without_names() {
        let found = wrapped_exports(&module(5, true)).expect("a module");
        assert_eq!(found.len(), 5);
    }

    #[test]
    fn plain_exports_pass() {
        assert!(wrapped_exports(&module(5, false)).expect("a module").is_empty());
    }
}
