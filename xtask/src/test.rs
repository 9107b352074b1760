//! `cargo xtask test`: everything that a change must pass.

use crate::bundle::{self, Kind};
use crate::report::{Report, Tally, count_cargo, count_tap, tap_failures};
use crate::{bundle_size, check, fuzz, minilm, npm, shell, site, tools};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

pub fn test(long: bool) -> Result<()> {
    let mut report = Report::default();
    check::quick_steps(&mut report);
    report.step("tests, xtask", || cargo_test(&["--package", "xtask"], false, None));
    report.step("tests, native and parity", || {
        say_where_data_is();
        cargo_test(&[&check::NATIVE[..], &["--no-fail-fast"]].concat(), long, minilm::folder())
    });
    if long {
        report.step("fuzzing, a minute a target", || fuzz::all(60));
    }
    check::browser_lints(&mut report);
    browser_steps(&mut report, long);
    let sum = report.close();
    if sum.failed > 0 {
        // The sum is the last line of the output and must stay so.
        std::process::exit(1);
    }
    Ok(())
}

/// Each of these needs the one before.
fn browser_steps(report: &mut Report, long: bool) {
    let ready = report.step("bundles", || {
        bundle::bundles(&Kind::ALL, false)?;
        Ok(Tally { passed: Kind::ALL.len(), ..Tally::default() })
    });
    let one_failed = Tally { failed: 1, ..Tally::default() };
    if !ready {
        for name in ["site", "npm package", "browser"] {
            report.left_out(name, "the bundles failed", one_failed);
        }
        return;
    }
    report.step("size of the bundles", bundle_size::check);
    let site = report.step("site", || site::put_together(false).map(|()| Tally::ONE));
    let package = report.step("npm package", || npm::pack(false).map(|_| Tally::ONE));
    if package {
        // Against the generated declarations, which only the bundles bring.
        report.step("types of the package", || check::types(&["tests/browser/tsconfig.package.json"]));
    }
    if site && package {
        report.step("browser", || browser_tests(long));
    } else {
        report.left_out("browser", "no page or no package to test", one_failed);
    }
}

fn cargo_test(arguments: &[&str], long: bool, minilm: Option<PathBuf>) -> Result<Tally> {
    let mut test = shell::cargo(["test"]);
    // Shows what passing tests print: a test that cannot run here says why on a line `SKIPPED: …`.
    test.args(arguments).args(["--", "--show-output"]);
    if long {
        test.arg("--include-ignored").env("KINDLING_LONG", "1");
    }
    if let Some(folder) = minilm {
        test.env("KINDLING_MINILM", folder);
    }
    let (ended_well, output) = shell::run_and_keep(&mut test)?;
    let tally = count_cargo(&output);
    if tally == Tally::default() {
        bail!("no test results; see the errors above");
    }
    Ok(tally.blame(ended_well))
}

fn say_where_data_is() {
    if !shell::root().join("../shared/data").is_dir() {
        println!("  ../shared/data is not here: tests against reference data are skipped");
    }
}

/// The end-to-end tests, one file after the other: they share one small machine.
fn browser_tests(long: bool) -> Result<Tally> {
    let folder = tools::npm_packages()?;
    let chromium = tools::chromium()?;
    let hub = hub()?;
    let results = folder.join("results");
    std::fs::create_dir_all(&results)?;
    let run = |file: &str| -> Result<(Tally, Vec<String>)> {
        let tap = results.join("browser.tap");
        let mut test = Command::new("node");
        test.current_dir(&folder).args(["--test", "--test-timeout=600000"]);
        test.args(["--test-reporter=spec", "--test-reporter-destination=stdout"]);
        test.arg("--test-reporter=tap");
        test.arg(format!("--test-reporter-destination={}", tap.display()));
        test.arg(file).env("KINDLING_CHROMIUM", &chromium).env("KINDLING_HUB", &hub);
        if long {
            test.env("KINDLING_LONG", "1");
        }
        std::fs::remove_file(&tap).ok();
        let ended = shell::run(&mut test);
        let output = std::fs::read_to_string(&tap).unwrap_or_default();
        Ok((count_tap(&output).blame(ended.is_ok()), tap_failures(&output)))
    };
    let mut sum = Tally::default();
    let mut twice = Vec::new();
    let mut broken = Vec::new();
    for file in test_files(&folder)? {
        let (mut tally, mut failures) = run(&file)?;
        // A browser on a busy machine can miss a deadline once; what is broken fails again.
        if tally.failed > 0 {
            println!("  {file}: {} failed; once more", tally.failed);
            let first = failures;
            (tally, failures) = run(&file)?;
            let list = if tally.failed == 0 { &mut twice } else { &mut broken };
            list.push(format!("{file}: {}", if tally.failed == 0 { first } else { failures }.join("; ")));
        }
        sum.add(tally);
    }
    // Here, at the end, because a build server may show no more than that.
    for (what, files) in [("passed only at the second try", twice), ("failed twice", broken)] {
        for file in files {
            println!("  {what}: {file}");
        }
    }
    if sum == Tally::default() {
        bail!("no browser test ran");
    }
    Ok(sum)
}

/// The test hub, which the browser tests start.
fn hub() -> Result<PathBuf> {
    shell::run(&mut shell::cargo(["build", "--release", "--package", "kindling-hub"]))?;
    Ok(bundle::target_folder()?.join("release").join(format!("kindling-hub{}", std::env::consts::EXE_SUFFIX)))
}

fn test_files(folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            files.push(name);
        }
    }
    files.sort();
    Ok(files)
}
