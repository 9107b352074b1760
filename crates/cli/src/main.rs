//! `kindling`: the page's tasks in a terminal.

mod attention;
mod commands;
mod files;
mod generate;
mod matching;
mod self_check;

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
    /// How much each token of a text looks at each other one.
    Attention(Attention),
    /// How close each picture lies to each label.
    Match(Match),
    /// Pictures from a prompt.
    Generate(Generate),
    /// What a checkpoint folder holds: architecture, parameters, types, missing and unused tensors.
    Inspect(Inspect),
    /// Runs a folder on the inputs of its golden_io.safetensors and prints the differences.
    Parity(Folder),
    /// Compares the device with the CPU, stage by stage, on a small fixed input.
    SelfCheck(Folder),
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
struct Attention {
    #[command(flatten)]
    shared: Shared,
    /// The text; `-` for standard input.
    text: String,
    /// One layer, counted from 1; without it, all.
    #[arg(long)]
    layer: Option<usize>,
    /// One head, counted from 1; without it, all.
    #[arg(long)]
    head: Option<usize>,
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
struct Generate {
    #[command(flatten)]
    shared: Shared,
    /// What is to be seen.
    #[arg(long)]
    prompt: String,
    /// What is not to be seen.
    #[arg(long, default_value = "")]
    negative: String,
    /// ddim, ddpm, pndm, euler, euler_a, heun, dpmpp_2m, dpmpp_3m or lcm; without it, the checkpoint's own.
    #[arg(long)]
    sampler: Option<String>,
    /// Karras' noise levels, where the sampler knows them; without --sampler also where the checkpoint says so.
    #[arg(long)]
    karras: bool,
    /// Steps from noise to a picture.
    #[arg(long, default_value_t = 20)]
    steps: usize,
    /// How far away from the negative prompt; 1 is none.
    #[arg(long, default_value_t = 5.0)]
    guidance: f64,
    /// What the first noise is drawn from, up to 4294967295.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Pixels; without it, as the model was trained.
    #[arg(long)]
    width: Option<usize>,
    /// Pixels; without it, as the model was trained.
    #[arg(long)]
    height: Option<usize>,
    /// Pictures at once, of the seeds that follow.
    #[arg(long, default_value_t = 1)]
    batch: usize,
    /// A picture to start from.
    #[arg(long)]
    init: Option<PathBuf>,
    /// How much of that picture goes, 0 to 1.
    #[arg(long, default_value_t = 0.6)]
    strength: f64,
    /// Where that picture is painted anew: white.
    #[arg(long, requires = "init")]
    mask: Option<PathBuf>,
    /// A picture whose edges lead, where there is a ControlNet.
    #[arg(long)]
    edges: Option<PathBuf>,
    /// A folder with a ControlNet, where the model's own has none.
    #[arg(long)]
    controlnet: Option<PathBuf>,
    /// How much the edges count, 0 to 2.
    #[arg(long, default_value_t = 1.0)]
    control_weight: f64,
    /// Canny's lower threshold.
    #[arg(long, default_value_t = 100.0)]
    edge_low: f64,
    /// Canny's upper threshold.
    #[arg(long, default_value_t = 200.0)]
    edge_high: f64,
    /// The PNG to write, with the settings inside.
    #[arg(long)]
    out: PathBuf,
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

#[derive(Args)]
struct Inspect {
    #[command(flatten)]
    folder: Folder,
    /// Loads the weights too: whether every number is finite, and what they take.
    #[arg(long)]
    load: bool,
    /// What matrices become on the way to the device; without it they stay what they are.
    #[arg(long, value_enum, requires = "load")]
    store_as: Option<StoreAs>,
}

#[derive(Clone, Copy, ValueEnum)]
enum StoreAs {
    /// 4 bytes a number.
    F32,
    /// 2 bytes; on a GPU alone.
    F16,
    /// A byte, and a scale a row.
    Int8,
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
        Command::Attention(args) => attention::run(&args),
        Command::Match(args) => matching::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Inspect(args) => commands::inspect(&args),
        Command::Parity(args) => commands::parity(&args),
        Command::SelfCheck(args) => self_check::run(&args),
    };
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kindling: {error:#}");
            ExitCode::FAILURE
        }
    }
}
