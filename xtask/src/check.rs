//! `cargo xtask check`: what is worth knowing within a minute or two.

use crate::bundle::Kind;
use crate::report::{Report, Tally};
use crate::{rooms, shell, tools};
use anyhow::{Result, bail};
use std::process::Command;

/// One set of features and one profile for lints, tests and programs, so that nothing is compiled
/// twice for no reason. `playground` is apart: its features are those of the two bundles.
pub const NATIVE: [&str; 6] = ["--workspace", "--exclude", "kindling-playground", "--exclude", "xtask", "--release"];

pub fn check() -> Result<()> {
    let mut report = Report::default();
    quick_steps(&mut report);
    let sum = report.close();
    if sum.failed > 0 {
        bail!("{} of the quick checks failed", sum.failed);
    }
    Ok(())
}

/// The steps that `check` and `test` share.
pub fn quick_steps(report: &mut Report) {
    report.step("format", || yes_or_no(&mut shell::cargo(["fmt", "--all", "--check"])));
    report.step("rooms", rooms::check);
    report.step("lints, xtask", || lint(&["--package", "xtask", "--all-targets"]));
    report.step("lints, native", || lint(&[&NATIVE[..], &["--all-targets"]].concat()));
    report.step("types of the page", || types(&["web/jsconfig.json", "tests/browser/tsconfig.tests.json"]));
}

/// Lints of the browser's crate, in the two bundles that have all of its code between them.
pub fn browser_lints(report: &mut Report) {
    for kind in [Kind::WebGpu, Kind::Lessons] {
        report.step(&format!("lints, bundle {}", kind.name()), || {
            tools::wasm_target()?;
            let crate_and_target = ["--package", "kindling-playground", "--lib", "--target", "wasm32-unknown-unknown"];
            lint(&[&crate_and_target[..], &["--release"], kind.features()].concat())
        });
    }
}

fn lint(arguments: &[&str]) -> Result<Tally> {
    let mut clippy = shell::cargo(["clippy"]);
    yes_or_no(clippy.args(arguments).args(["--", "-D", "warnings"]))
}

/// Type checks JavaScript, one project after the other.
pub fn types(projects: &[&str]) -> Result<Tally> {
    let folder = tools::npm_packages()?;
    let mut sum = Tally::default();
    for project in projects {
        let mut tsc = shell::command("node");
        tsc.arg(folder.join("node_modules/typescript/bin/tsc")).args(["--project", project]);
        let (ended_well, _) = shell::run_and_keep(&mut tsc)?;
        sum.add(if ended_well { Tally::ONE } else { Tally { failed: 1, ..Tally::default() } });
    }
    Ok(sum)
}

fn yes_or_no(command: &mut Command) -> Result<Tally> {
    shell::run(command).map(|()| Tally::ONE)
}
