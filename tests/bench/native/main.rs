//! `cargo xtask bench --device`: kernels and whole models on a native device, each beside what its bytes and operations would take there.
//!
//! The floor of a kernel is the longer of two times: its bytes (inputs, weights, result, each once) at the device's rate of copying, and
//! its multiply-adds at the device's rate of multiplying. Both rates are measured with large cases of our own, or given
//! (`--gigabytes`, `--gigaflops`: the device's data sheet); a share of 50 % is a kernel that takes twice its floor.

mod cases;
mod models;

use std::time::Instant;

use burn::tensor::{Device, DeviceKind, Tensor};
use clap::{Parser, ValueEnum};

#[derive(Parser)]
#[command(about = "Kernels and models on a native device, beside their floors.")]
struct Options {
    /// Where to run.
    #[arg(long, value_enum, default_value = "wgpu")]
    on: On,
    /// Only cases whose name has this in it.
    #[arg(long, default_value = "")]
    only: String,
    /// Seconds for each case, at least one run.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// What the device copies a second, in units of 1e9 bytes; measured where absent.
    #[arg(long)]
    gigabytes: Option<f64>,
    /// What the device multiplies and adds a second, in units of 1e9 operations, two a multiply-add; measured where absent.
    #[arg(long)]
    gigaflops: Option<f64>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum, PartialEq)]
enum On {
    /// Burn's CPU device, with the kernels that the page uses without a GPU.
    Flex,
    /// The system's own GPU, with the shaders of the page.
    Wgpu,
}

/// One thing to time.
pub struct Case {
    /// What, and of which size.
    pub name: String,
    /// Bytes that have to move: inputs, weights and result, each once.
    pub bytes: f64,
    /// Operations, two a multiply-add; 0 where nobody counted.
    pub flops: f64,
    /// Does it once; the first number of the result makes sure that it is done.
    pub run: Box<dyn Fn() -> Tensor<1>>,
}

/// A case as it was measured.
#[derive(serde::Serialize)]
struct Row {
    name: String,
    first_millis: f64,
    millis: f64,
    gigabytes_per_second: f64,
    gigaflops: f64,
    /// Of the floor, in percent; null where the operations were not counted.
    share: Option<f64>,
}

fn wait(tensor: Tensor<1>) {
    // Copies a single number back: everything before it is done then.
    let one = tensor.narrow(0, 0, 1);
    let data = pollster::block_on(one.into_data_async()).expect("a readback");
    let value = data.try_to_vec::<f32>().expect("f32")[0];
    assert!(value.is_finite(), "a result of {value}");
}

/// Milliseconds of the first run and of the median of batches afterwards.
fn time(case: &Case, seconds: f64) -> (f64, f64) {
    let started = Instant::now();
    wait((case.run)());
    let first = started.elapsed().as_secs_f64();
    let started = Instant::now();
    wait((case.run)());
    let second = started.elapsed().as_secs_f64();
    if second > seconds {
        return (first * 1e3, second * 1e3);
    }
    // Several runs before one wait: a page does not wait for each layer either.
    let many = ((seconds / 10.0 / second.max(1e-6)) as usize).clamp(1, 200);
    let mut times = Vec::new();
    let until = Instant::now();
    while until.elapsed().as_secs_f64() < seconds || times.is_empty() {
        let started = Instant::now();
        let mut last = (case.run)();
        for _ in 1..many {
            last = (case.run)();
        }
        wait(last);
        times.push(started.elapsed().as_secs_f64() / many as f64);
    }
    times.sort_by(f64::total_cmp);
    (first * 1e3, times[times.len() / 2] * 1e3)
}

fn main() {
    let options = Options::parse();
    let device = match options.on {
        On::Flex => Device::flex(),
        On::Wgpu => Device::wgpu(DeviceKind::DefaultDevice),
    };
    kindling_kernels::set_many_cores(true);
    let rate = |case: Case, of: fn(&Case) -> f64| of(&case) / time(&case, options.seconds).1 / 1e6;
    let copied =
        || if options.on == On::Flex { cases::copied() } else { rate(cases::copying(&device), |case| case.bytes) };
    let gigabytes = options.gigabytes.unwrap_or_else(copied);
    let gigaflops = options.gigaflops.unwrap_or_else(|| rate(cases::multiplying(&device), |case| case.flops));
    let mut rows = Vec::new();
    if !options.json {
        println!("{gigabytes:.0} GB/s, {gigaflops:.0} GFLOP/s\n");
        println!("| what | first | ms | GB/s | GFLOP/s | share of the floor |\n|---|---:|---:|---:|---:|---:|");
    }
    let makers = cases::all().into_iter().chain(models::all());
    for (_, make) in makers.filter(|(name, _)| name.contains(&options.only)) {
        let case = make(&device);
        let (first_millis, millis) = time(&case, options.seconds);
        let floor = (case.bytes / gigabytes / 1e6).max(case.flops / gigaflops / 1e6);
        let row = Row {
            first_millis,
            millis,
            gigabytes_per_second: case.bytes / millis / 1e6,
            gigaflops: case.flops / millis / 1e6,
            share: (case.flops > 0.0).then_some(100.0 * floor / millis),
            name: case.name,
        };
        if !options.json {
            let share = row.share.map_or("–".into(), |share| format!("{share:.0} %"));
            let Row { name, gigabytes_per_second, gigaflops, .. } = &row;
            println!(
                "| {name} | {first_millis:.1} | {millis:.3} | {gigabytes_per_second:.1} | {gigaflops:.1} | {share} |"
            );
        }
        rows.push(row);
    }
    if options.json {
        println!("{}", serde_json::json!({ "gigabytes": gigabytes, "gigaflops": gigaflops, "rows": rows }));
    }
}
