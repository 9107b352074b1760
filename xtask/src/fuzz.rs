//! `cargo xtask fuzz`: libFuzzer on the readers of `tests/fuzz`, with the toolchain that is there.
//!
//! Coverage is asked of LLVM by flags that a stable compiler takes; there is no address sanitizer, which a nightly one needs, and
//! which would find little: `unsafe` is denied in our crates. Needs a C++ compiler, for libFuzzer itself.

use crate::fuzz_seeds::{self, Target};
use crate::report::Tally;
use crate::{bundle, shell};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bytes of the committed corpus at most, of one target.
const MOST_KEPT: u64 = 36_000;
/// And files.
const MOST_FILES: usize = 60;
/// What `cargo fuzz` asks of LLVM as well.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// Where everything of a run lies.
struct Places {
    programs: PathBuf,
    /// Below the target folder: `seeds`, `found`, `crashes`, each with a folder a target.
    work: PathBuf,
    committed: PathBuf,
}

/// `cargo xtask fuzz [name…] [--seconds N] [--keep]`
pub fn fuzz(words: &[String]) -> Result<()> {
    let mut words = words.iter().peekable();
    let (mut names, mut seconds, mut keep) = (Vec::new(), 60, false);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--keep" => keep = true,
            "--seconds" => {
                seconds = words.next().and_then(|number| number.parse().ok()).context("--seconds without a number")?;
            }
            name => names.push(*fuzz_seeds::target(name).with_context(|| format!("no such target: {name}"))?),
        }
    }
    if names.is_empty() {
        names.extend(fuzz_seeds::TARGETS);
    }
    let places = build()?;
    let mut failed = Vec::new();
    for target in &names {
        if !run(&places, target, seconds)? {
            failed.push(target.name);
        } else if keep {
            merge(&places, target)?;
        }
    }
    if !failed.is_empty() {
        bail!("found in {}: see {}", failed.join(", "), places.work.join("crashes").display());
    }
    Ok(())
}

/// Every target for a minute, each counted as a test.
pub fn all(seconds: u32) -> Result<Tally> {
    let places = build()?;
    let mut sum = Tally::default();
    for target in &fuzz_seeds::TARGETS {
        let ended_well = run(&places, target, seconds)?;
        sum.add(if ended_well { Tally::ONE } else { Tally { failed: 1, ..Tally::default() } });
    }
    Ok(sum)
}

fn build() -> Result<Places> {
    let host = host()?;
    let here = shell::root().join("tests/fuzz");
    let work = bundle::target_folder()?.join("fuzz");
    // Naming the machine keeps the flags from programs that run while building.
    let mut build = shell::cargo(["build", "--release", "--bins", "--target", &host]);
    build.arg("--manifest-path").arg(here.join("Cargo.toml")).arg("--target-dir").arg(&work);
    shell::run(build.env("RUSTFLAGS", COVERAGE))?;
    Ok(Places { programs: work.join(host).join("release"), work, committed: here.join("corpus") })
}

fn host() -> Result<String> {
    let said = shell::output(Command::new("rustc").arg("-vV").current_dir(shell::root()))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).context("no host in rustc -vV")?;
    Ok(host.to_owned())
}

/// One target for so long, from the committed corpus, the seeds and what earlier runs found; false where it fell over.
fn run(places: &Places, target: &Target, seconds: u32) -> Result<bool> {
    let [seeds, found, crashes] = ["seeds", "found", "crashes"].map(|name| places.work.join(name).join(target.name));
    std::fs::remove_dir_all(&seeds).ok();
    for folder in [&seeds, &found, &crashes] {
        std::fs::create_dir_all(folder)?;
    }
    fuzz_seeds::write(target, &seeds)?;
    let mut program = program(places, target);
    program.arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1").arg("-timeout=25");
    program.arg(format!("-artifact_prefix={}/", crashes.display())).arg(&found);
    program.args([&places.committed.join(target.name), &seeds].into_iter().filter(|folder| folder.is_dir()));
    // It speaks through its errors, of which the numbers alone are of interest where all went well.
    let output = program.output().with_context(|| format!("no start of {}", target.name))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let number = |name: &str| {
        let line = said.lines().rev().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name));
        line.map_or("?", |rest| rest.trim_start_matches(':').trim()).to_owned()
    };
    let (runs, memory) = (number("number_of_executed_units"), number("peak_rss_mb"));
    println!("   {}: {runs} inputs in {seconds} s, {memory} MB at most, {}", target.name, output.status);
    if !output.status.success() {
        let tail: Vec<&str> = said.lines().rev().take(60).collect();
        tail.iter().rev().for_each(|line| println!("     {line}"));
    }
    Ok(output.status.success())
}

fn program(places: &Places, target: &Target) -> Command {
    let mut program = shell::command(places.programs.join(format!("{}{}", target.name, std::env::consts::EXE_SUFFIX)));
    program.arg(format!("-max_len={}", target.longest)).arg("-rss_limit_mb=3072");
    if target.json {
        program.arg(format!("-dict={}", shell::root().join("tests/fuzz/json.dict").display()));
    }
    program
}

/// The smallest files that reach all that seeds and runs reached, in the place of the committed ones, as far as there is room.
fn merge(places: &Places, target: &Target) -> Result<()> {
    let merged = places.work.join("merged").join(target.name);
    std::fs::remove_dir_all(&merged).ok();
    std::fs::create_dir_all(&merged)?;
    let committed = places.committed.join(target.name);
    let mut program = program(places, target);
    std::fs::create_dir_all(&committed)?;
    program.args(["-merge=1", "-timeout=25"]).arg(&merged).arg(&committed);
    let others = ["seeds", "found"].map(|name| places.work.join(name).join(target.name));
    let output = program.args(others).output().context("no merge")?;
    if !output.status.success() {
        bail!("no merge of {}: {}", target.name, String::from_utf8_lossy(&output.stderr));
    }
    for file in shell::files_under(&committed)?.iter().filter(|file| !is_regression(file)) {
        std::fs::remove_file(committed.join(file))?;
    }
    let all = by_size(&merged)?;
    let (mut bytes, mut count) = (0, 0);
    // From the smallest to the largest in even steps: short files are read in many ways, long ones are read far.
    for (size, file) in all.iter().step_by(all.len().div_ceil(MOST_FILES).max(1)) {
        if bytes + size <= MOST_KEPT {
            bytes += size;
            count += 1;
            shell::copy_file(&merged.join(file), &committed.join(format!("{count:03}")))?;
        }
    }
    println!("   {}: {count} files kept", target.name);
    Ok(())
}

/// What a reader once fell over stays, whatever it reaches.
fn is_regression(file: &Path) -> bool {
    file.to_string_lossy().starts_with("mended-")
}

fn by_size(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let mut files = shell::files_under(folder)?
        .into_iter()
        .map(|file| Ok((std::fs::metadata(folder.join(&file))?.len(), file)))
        .collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}
