//! `cargo xtask <command>`: everything that serves, builds, checks and measures Kindling.
//!
//! One program instead of scripts, so that it runs the same on every system, says what it is
//! doing, and names what is missing together with the way to get it.

mod bundle;
mod bundle_size;
mod check;
mod commands;
mod fuzz;
mod fuzz_seeds;
mod minilm;
mod npm;
mod precache;
mod report;
mod rooms;
mod shell;
mod site;
mod size;
mod test;
mod tools;
mod wasm_check;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask <command>

  serve [--release] [--cpu]      build and serve the page, rebuild on change
  test [--long]                  everything a change must pass; closes with `N passed, N failed`
  check                          the quick part: format, rooms, lints, types
  rooms                          which crate may depend on what, alone

  bundle [--dist] [cpu|webgpu]   the wasm bundles alone
  site [--dist]                  the whole page into dist/
  pkg [--release]                the npm package as a tarball
  size                           raw and brotli bytes of the bundles, against size-budget.json
                                 --record: accepts the sizes that the bundles have now
  bench [...]                    figures for docs/BENCHMARKS.md, against other libraries
  bench --device [...]           kernels and models on a native GPU, beside their floors
  screenshots                    docs/screenshots/*.png
  fuzz [target...]               libFuzzer on the readers of tests/fuzz, a minute each; --seconds N
                                 --keep: what the runs reached becomes the committed corpus
  fixtures                       regenerate reference fixtures with the Python libraries

  --dist    fat link-time optimisation and wasm-opt: what is published. Takes minutes.
  --cpu     leave the WebGPU bundle as it is: quicker rebuilds while working on something else.
";

fn main() {
    if let Err(error) = dispatch() {
        eprintln!("\nxtask: {error:#}");
        std::process::exit(1);
    }
}

fn dispatch() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| words.iter().any(|word| word == flag);
    let dist = has("--dist");
    match words.first().map(String::as_str) {
        Some("serve") => site::serve(has("--release") || dist, has("--cpu")),
        Some("test") => test::test(has("--long")),
        Some("check") => check::check(),
        Some("rooms") => rooms::check().map(drop),
        Some("bundle") => bundle::bundles(&bundle::chosen(&words[1..])?, dist).map(drop),
        Some("site") => site::site(dist),
        Some("pkg") => npm::pack(!has("--release")).map(drop),
        Some("size") if has("--record") => bundle_size::record(),
        Some("size") => size::size(),
        Some("bench") => commands::bench(&words[1..]),
        Some("screenshots") => commands::screenshots(),
        Some("fuzz") => fuzz::fuzz(&words[1..]),
        Some("fixtures") => commands::fixtures(),
        Some("hook") => site::hook(words.get(1).map(String::as_str)),
        Some("help" | "--help" | "-h") | None => {
            print!("{USAGE}");
            Ok(())
        }
        Some(other) => bail!("no such command: {other}\n\n{USAGE}"),
    }
}
