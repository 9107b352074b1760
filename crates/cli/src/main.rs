//! `kindling`: the page's tasks in a terminal.

mod commands;
mod files;
mod matching;

use std::path::PathBuf;
use std::process::ExitCode;

use burn::tensor::{Device, DeviceKind};
use clap::{Args, Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(about, version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// One vector a text.
    Embed(Embed),
    /// How close each text lies to two phrases.
    Sentiment(Sentiment),
    /// How close each picture lies to each label.
    Match(Match),
    /// What a checkpoint folder holds: architecture, parameters, types, missing and unused tensors.
    Inspect(Folder),
    /// Runs a folder on the inputs of its golden_io.safetensors and prints the differences.
    Parity(Folder),
}

/// Where and how to run.
#[derive(Args)]
struct Shared {
    /// A checkpoint folder; without it, the bundled model.
    #[arg(long)]
    model: Option<PathBuf>,
    /// The device.
    #[arg(long, value_enum, default_value = "flex")]
    device: On,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Embed {
    #[command(flatten)]
    shared: Shared,
    /// One text a line; `-` for standard input.
    #[arg(long)]
    texts: PathBuf,
}

#[derive(Args)]
struct Sentiment {
    #[command(flatten)]
    shared: Shared,
    /// The positive end, e.g. 好评.
    #[arg(long)]
    positive: String,
    /// The negative end, e.g. 差评.
    #[arg(long)]
    negative: String,
    /// A sentence with {} where the end goes.
    #[arg(long, default_value = "")]
    template: String,
    /// One text a line; `-` for standard input.
    #[arg(long)]
    texts: PathBuf,
}

#[derive(Args)]
struct Match {
    #[command(flatten)]
    shared: Shared,
    /// PNG, JPEG, WebP or GIF files, or folders of them.
    #[arg(long, num_args = 1.., required = true)]
    images: Vec<PathBuf>,
    /// One label a line; `-` for standard input.
    #[arg(long)]
    labels: PathBuf,
    /// A sentence with {} where the label goes.
    #[arg(long, default_value = "")]
    template: String,
    /// What cosines are divided by before the softmax; without it, as the model was trained.
    #[arg(long)]
    temperature: Option<f32>,
}

#[derive(Args)]
struct Folder {
    /// The checkpoint folder.
    dir: PathBuf,
    /// The device.
    #[arg(long, value_enum, default_value = "flex")]
    device: On,
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum On {
    /// The CPU.
    Flex,
    /// A GPU, through the system's own graphics interface.
    Wgpu,
}

impl On {
    fn device(self) -> Device {
        match self {
            On::Flex => Device::flex(),
            On::Wgpu => Device::wgpu(DeviceKind::DefaultDevice),
        }
    }
}

fn main() -> ExitCode {
    let run = match Cli::parse().command {
        Command::Embed(args) => commands::embed(&args),
        Command::Sentiment(args) => commands::sentiment(&args),
        Command::Match(args) => matching::run(&args),
        Command::Inspect(args) => commands::inspect(&args),
        Command::Parity(args) => commands::parity(&args),
    };
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kindling: {error:#}");
            ExitCode::FAILURE
        }
    }
}
