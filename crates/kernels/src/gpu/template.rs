//! The few lines of template language in which the shaders are written: what a model fixes becomes text, sizes come at run time.
//!
//! - `//@if NAME`, `//@if !NAME` … `//@end`: kept where the constant is not zero, or is
//! - `//@for i NAME` … `//@end`: repeated with `$i` from 0 to the constant less one
//! - `@binding($)`: the next number
//! - each constant is also declared in front, as `u32`
//!
//! `tests/browser/lib/wgsl.mjs` does the same, and checks every shader in a browser.

use std::fmt::Write;

/// A shader's text for some constants.
pub(super) fn expand(source: &str, constants: &[(&'static str, u32)]) -> String {
    let lines: Vec<&str> = source.lines().collect();
    let mut body = String::new();
    lines_of(&lines, constants, &mut body);
    let mut text = String::new();
    for (name, value) in constants {
        let _ = writeln!(text, "const {name}: u32 = {value}u;");
    }
    let mut parts = body.split("@binding($)");
    text.push_str(parts.next().unwrap_or(""));
    for (number, part) in parts.enumerate() {
        let _ = write!(text, "@binding({number}){part}");
    }
    text
}

fn value(constants: &[(&'static str, u32)], name: &str) -> u32 {
    constants.iter().find(|(known, _)| *known == name).map_or(0, |(_, value)| *value)
}

fn lines_of(lines: &[&str], constants: &[(&'static str, u32)], out: &mut String) {
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim_start();
        let Some(rule) = line.strip_prefix("//@") else {
            out.push_str(lines[at]);
            out.push('\n');
            at += 1;
            continue;
        };
        let end = matching_end(lines, at);
        let inner = &lines[at + 1..end];
        let words: Vec<&str> = rule.split_whitespace().collect();
        match words[..] {
            ["if", name] => {
                let (name, wanted) = name.strip_prefix('!').map_or((name, true), |name| (name, false));
                if (value(constants, name) != 0) == wanted {
                    lines_of(inner, constants, out);
                }
            }
            ["for", letter, name] => {
                for i in 0..value(constants, name) {
                    let number = i.to_string();
                    let filled: Vec<String> =
                        inner.iter().map(|line| line.replace(&format!("${letter}"), &number)).collect();
                    let filled: Vec<&str> = filled.iter().map(String::as_str).collect();
                    lines_of(&filled, constants, out);
                }
            }
            _ => {}
        }
        at = end + 1;
    }
}

/// The line of the `//@end` that belongs to the rule at `at`.
fn matching_end(lines: &[&str], at: usize) -> usize {
    let mut depth = 0;
    for (number, line) in lines.iter().enumerate().skip(at) {
        match line.trim_start() {
            "//@end" => depth -= 1,
            line if line.starts_with("//@") => depth += 1,
            _ => {}
        }
        if depth == 0 {
            return number;
        }
    }
    lines.len() - 1
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn rules_nest_and_bindings_count() {
        let source = "@binding($) a\n//@if B\n@binding($) b\n//@end\n@binding($) c\n//@for i N\n//@for j M\nx$i$j\n//@end\n//@end\n//@if !B\nz\n//@end";
        let text = expand(source, &[("B", 0), ("N", 2), ("M", 2)]);
        let heads = "const B: u32 = 0u;\nconst N: u32 = 2u;\nconst M: u32 = 2u;\n";
        assert_eq!(text, format!("{heads}@binding(0) a\n@binding(1) c\nx00\nx01\nx10\nx11\nz\n"));
        assert!(expand(source, &[("B", 1)]).contains("@binding(1) b\n@binding(2) c"));
    }
}
