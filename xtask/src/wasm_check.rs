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

const CONSTRUCTORS: &str = "__wasm_call_ctors";

/// The exports that are wrappers: named so by the linker, or calling the constructors first of all.
fn wrapped_exports(bytes: &[u8]) -> Result<Vec<String>> {
    let module = Module::read(bytes)?;
    if module.names.is_empty() {
        // Without names a wrapper looks like any function that begins with a call.
        bail!("no names in the module: it must be checked before they are stripped");
    }
    let name_of = |index: &u32| module.names.get(index).map_or("", String::as_str);
    let named_so = |index: &u32| name_of(index).ends_with(".command_export");
    let calls_first = |index: &u32| module.first_calls.get(index).is_some_and(|callee| name_of(callee) == CONSTRUCTORS);
    let wrapped: Vec<_> = module
        .exports
        .iter()
        .filter(|(_, index)| named_so(index) || calls_first(index))
        .map(|(name, _)| name.clone())
        .collect();
    // The start function is the one export that should call them.
    Ok(if wrapped.len() > 1 { wrapped } else { Vec::new() })
}

#[derive(Default)]
struct Module {
    /// Exported functions: name and index.
    exports: Vec<(String, u32)>,
    /// For functions whose first instruction is a call: whom they call.
    first_calls: HashMap<u32, u32>,
    names: HashMap<u32, String>,
}

impl Module {
    fn read(bytes: &[u8]) -> Result<Self> {
        let mut module = Self::default();
        let mut next = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        next += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::ExportSection(section) => module.read_exports(section)?,
                Payload::CodeSectionEntry(body) => {
                    if let Some(callee) = first_call(&body)? {
                        module.first_calls.insert(next, callee);
                    }
                    next += 1;
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        module.read_names(names)?;
                    }
                }
                _ => {}
            }
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

    /// A module of functions `() -> ()`: function 0 is named as the constructors are, the others
    /// are exported and each begins with a call of it if `wrapped`.
    fn module(exports: u8, wrapped: bool, names: bool) -> Vec<u8> {
        let section = |id: u8, body: Vec<u8>| {
            let length = u8::try_from(body.len()).expect("a short section");
            [vec![id, length], body].concat()
        };
        let body = |calls: bool| if calls { vec![4, 0, 0x10, 0, 0x0b] } else { vec![2, 0, 0x0b] };
        let mut exported = vec![exports];
        let mut code = [vec![exports + 1], body(false)].concat();
        for index in 0..exports {
            exported.extend([1, b'a' + index, 0, index + 1]);
            code.extend(body(wrapped));
        }
        let functions = [vec![exports + 1], vec![0; usize::from(exports) + 1]].concat();
        let name = [&[1, 0, 17][..], b"__wasm_call_ctors"].concat();
        let naming = [b"\x04name".to_vec(), section(1, name)].concat();
        [
            b"\0asm\x01\0\0\0".to_vec(),
            section(1, vec![1, 0x60, 0, 0]),
            section(3, functions),
            section(7, exported),
            section(10, code),
            if names { section(0, naming) } else { Vec::new() },
        ]
        .concat()
    }

    #[test]
    fn wrappers_are_found() {
        assert_eq!(wrapped_exports(&module(5, true, true)).expect("a module").len(), 5);
    }

    #[test]
    fn plain_exports_and_one_start_function_pass() {
        assert!(wrapped_exports(&module(5, false, true)).expect("a module").is_empty());
        assert!(wrapped_exports(&module(1, true, true)).expect("a module").is_empty());
    }

    #[test]
    fn a_module_without_names_cannot_be_judged() {
        assert!(wrapped_exports(&module(5, true, false)).is_err());
    }
}
