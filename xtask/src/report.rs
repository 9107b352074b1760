//! What `cargo xtask test` did: one row a step, and the sum that closes the run.

use anyhow::Result;
use std::time::Instant;

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
}

impl Tally {
    /// A step that is one yes or no.
    pub const ONE: Self = Self { passed: 1, failed: 0, skipped: 0 };

    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// A program that ended badly without naming a failed test did fail in one thing.
    pub fn blame(mut self, ended_well: bool) -> Self {
        if !ended_well && self.failed == 0 {
            self.failed = 1;
        }
        self
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(formatter, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

struct Row {
    name: String,
    seconds: f64,
    tally: Tally,
    note: String,
}

/// Collects steps. A failing step does not stop those that do not need it.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Runs one step and says whether everything in it passed.
    pub fn step(&mut self, name: &str, work: impl FnOnce() -> Result<Tally>) -> bool {
        println!("\n── {name} ──");
        let start = Instant::now();
        let (tally, note) = match work() {
            Ok(tally) => (tally, String::new()),
            Err(error) => {
                eprintln!("{error:#}");
                (Tally { failed: 1, ..Tally::default() }, first_line(&format!("{error:#}")))
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        println!("   {name}: {tally} in {seconds:.0} s");
        self.rows.push(Row { name: name.to_owned(), seconds, tally, note });
        tally.failed == 0
    }

    /// Notes a step that could not run, because something it needs failed (`count` as failed) or
    /// is not there (`count` as skipped).
    pub fn left_out(&mut self, name: &str, note: &str, tally: Tally) {
        println!("\n── {name} ──\n   not run: {note}");
        self.rows.push(Row { name: name.to_owned(), seconds: 0.0, tally, note: note.to_owned() });
    }

    pub fn sum(&self) -> Tally {
        let mut sum = Tally::default();
        self.rows.iter().for_each(|row| sum.add(row.tally));
        sum
    }

    /// Prints the table and, alone on the last line, the sum.
    pub fn close(&self) -> Tally {
        println!("\n── summary ──");
        for row in &self.rows {
            let mark = if row.tally.failed > 0 { "FAILED" } else { "ok" };
            println!("   {mark:<6} {:>6.0} s  {:<44} {} {}", row.seconds, row.name, row.tally, row.note);
        }
        let sum = self.sum();
        println!("\n{sum}");
        sum
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(120).collect()
}

/// Sums the `test result:` lines of `cargo test`. A test that cannot run here says so with a line
/// that starts with `SKIPPED:`; it is moved from the passed to the skipped.
pub fn count_cargo(output: &str) -> Tally {
    let mut sum = Tally::default();
    let mut test = "";
    let mut skipped = Vec::new();
    for line in output.lines() {
        if let Some(rest) = line.strip_prefix("test result:") {
            sum.passed += number_before(rest, " passed");
            sum.failed += number_before(rest, " failed");
            sum.skipped += number_before(rest, " ignored");
        } else if line.starts_with("---- ") {
            test = line;
        } else if line.starts_with("SKIPPED:") && !skipped.contains(&test) {
            skipped.push(test);
        }
    }
    let moved = skipped.len().min(sum.passed);
    Tally { passed: sum.passed - moved, failed: sum.failed, skipped: sum.skipped + moved }
}

/// Reads the closing comments of a TAP stream as `node --test` writes it.
pub fn count_tap(output: &str) -> Tally {
    let after =
        |key: &str| output.lines().filter_map(|line| line.strip_prefix(key)?.trim().parse::<usize>().ok()).sum();
    Tally {
        passed: after("# pass "),
        failed: after("# fail ") + after("# cancelled "),
        skipped: after("# skipped ") + after("# todo "),
    }
}

/// What failed in a TAP stream of `node --test`: each test's name and the first lines of its error.
/// Suites that failed only because a test in them did are left out.
pub fn tap_failures(output: &str) -> Vec<String> {
    let mut failures = Vec::new();
    let mut lines = output.lines().map(str::trim_start);
    while let Some(line) = lines.next() {
        let Some((_, name)) = line.strip_prefix("not ok ").and_then(|rest| rest.split_once(" - ")) else { continue };
        let details: Vec<&str> = lines.by_ref().take_while(|line| *line != "...").collect();
        if details.iter().any(|line| line.contains("subtestsFailed")) {
            continue;
        }
        let error = details.iter().skip_while(|line| !line.starts_with("error:"));
        let error = error.take_while(|line| !line.starts_with("code:") && !line.starts_with("stack:"));
        let shown: Vec<String> = error.take(ERROR_LINES).map(|line| format!("\n      {line}")).collect();
        failures.push(format!("{name}{}", shown.concat()));
    }
    failures
}

const ERROR_LINES: usize = 8;

fn number_before(text: &str, unit: &str) -> usize {
    text.split_once(unit).and_then(|(before, _)| before.split_whitespace().last()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_output_is_summed_and_skips_are_moved() {
        let output = "\
running 3 tests
---- parity::layers stdout ----
SKIPPED: ../shared/data/golden is not here
SKIPPED: ../shared/data/text is not here
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s
test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured
";
        assert_eq!(count_cargo(output), Tally { passed: 7, failed: 2, skipped: 2 });
    }

    #[test]
    fn tap_output_is_summed() {
        let output = "TAP version 13\n# tests 7\n# pass 4\n# fail 1\n# cancelled 1\n# skipped 1\n";
        assert_eq!(count_tap(output), Tally { passed: 4, failed: 2, skipped: 1 });
    }

    #[test]
    fn a_failed_test_is_named_with_its_error_and_its_suite_is_not() {
        let output = "\
TAP version 13
# Subtest: a suite
    # Subtest: fine
    ok 1 - fine
      ---
      duration_ms: 1
      ...
    # Subtest: waits - long
    not ok 2 - waits - long
      ---
      failureType: 'testCodeFailure'
      error: |-
        Timeout 30000ms exceeded.
        Call log:
      code: 'ERR_TEST_FAILURE'
      stack: |-
        somewhere
      ...
not ok 1 - a suite
  ---
  failureType: 'subtestsFailed'
  error: '1 subtest failed'
  ...
";
        let shown = "waits - long\n      error: |-\n      Timeout 30000ms exceeded.\n      Call log:";
        assert_eq!(tap_failures(output), [shown]);
    }

    #[test]
    fn a_crash_without_a_failed_test_is_a_failure() {
        assert_eq!(Tally::ONE.blame(false).failed, 1);
        assert_eq!(Tally::ONE.blame(true).failed, 0);
    }
}
