//! `kindling-train encoder|clip|text2image prepare|train|evaluate|export`: the bundled models, from data to files.

mod alignment;
mod clip;
mod corpus;
mod encoder;
mod evaluate;
mod export;
mod run;
mod text;
mod torch;
mod vocabulary;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::tensor::Device;
use clap::{Args, Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(about, version)]
struct Cli {
    #[command(subcommand)]
    model: Model,
}

#[derive(Subcommand)]
enum Model {
    /// The bilingual sentence encoder.
    Encoder {
        #[command(subcommand)]
        step: Step,
    },
    /// The small bilingual CLIP.
    Clip {
        #[command(subcommand)]
        step: ClipStep,
    },
    /// The small text-to-image model; all its steps are PyTorch's.
    Text2image {
        #[command(subcommand)]
        step: torch::PictureStep,
    },
}

#[derive(Subcommand)]
enum ClipStep {
    /// Reads all data and computes the encoder's vectors of the general texts in the run folder.
    Prepare(ClipRun),
    /// Trains; with --resume, from the last checkpoint.
    Train(ClipRun),
    /// Prints the table of the model card for a checkpoint folder.
    Evaluate(ClipFolders),
    /// Writes the last checkpoint as a model folder, and checks it against itself before quantisation.
    Export(ClipFolders),
}

#[derive(Args)]
struct ClipRun {
    #[command(flatten)]
    folders: ClipFolders,
    /// The bundled sentence encoder, whose vocabulary and knowledge the text tower takes over.
    #[arg(long, default_value = "web/models/encoder")]
    encoder: PathBuf,
    #[command(flatten)]
    training: Training,
}

#[derive(Args)]
struct ClipFolders {
    /// JSON file with everything that decides the run.
    #[arg(long, default_value = "crates/train/config/clip.json")]
    config: PathBuf,
    /// Folder of the fetched data.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Where checkpoints and logs go.
    #[arg(long, default_value = "runs/clip")]
    run: PathBuf,
    /// The model folder to evaluate or to write.
    #[arg(long, default_value = "web/models/clip")]
    model: PathBuf,
    /// Prints scores as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum Step {
    /// Builds corpus, vocabulary, starting weights and the teacher's vectors in the run folder.
    Prepare(Run),
    /// Trains; with --resume, from the last checkpoint.
    Train(Run),
    /// Prints the table of the model card for a checkpoint folder.
    Evaluate(Evaluate),
    /// Writes the last checkpoint as a model folder, and checks it against itself before quantisation.
    Export(Export),
}

#[derive(Args)]
struct Run {
    /// JSON file with everything that decides the run.
    #[arg(long, default_value = "crates/train/config/encoder.json")]
    config: PathBuf,
    /// Folder of the teacher, all-MiniLM-L6-v2.
    #[arg(long)]
    teacher: PathBuf,
    /// Folder of the fetched data.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Folder of the text written for this project.
    #[arg(long, default_value = "crates/train/data")]
    own: PathBuf,
    /// Where checkpoints and logs go.
    #[arg(long, default_value = "runs/encoder")]
    run: PathBuf,
    #[command(flatten)]
    training: Training,
}

#[derive(Args)]
struct Evaluate {
    /// A checkpoint folder.
    #[arg(long, default_value = "web/models/encoder")]
    model: PathBuf,
    /// Folder of the fetched data.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Folder of the text written for this project.
    #[arg(long, default_value = "crates/train/data")]
    own: PathBuf,
    /// The configuration whose seed chose the held-out pairs.
    #[arg(long, default_value = "crates/train/config/encoder.json")]
    config: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Export {
    /// The run folder.
    #[arg(long, default_value = "runs/encoder")]
    run: PathBuf,
    /// The model folder to write.
    #[arg(long, default_value = "web/models/encoder")]
    out: PathBuf,
    /// Folder of the fetched data, for texts to compare on.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
}

#[derive(Args)]
struct Training {
    /// Goes on from the last checkpoint.
    #[arg(long)]
    resume: bool,
    /// Where to train.
    #[arg(long, value_enum, default_value = "flex")]
    device: On,
    #[command(flatten)]
    torch: torch::Torch,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum On {
    /// A CPU, with Burn.
    Flex,
    /// A GPU through Vulkan, Metal or Direct3D, with Burn.
    Vulkan,
    /// A CPU, with PyTorch: faster, for it multiplies in bfloat16.
    Torch,
    /// A GPU of NVIDIA's, with PyTorch.
    Cuda,
}

impl On {
    /// Burn's device, or PyTorch's name of one.
    fn device(self) -> Result<Device, &'static str> {
        match self {
            On::Flex => Ok(Device::flex()),
            On::Vulkan => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
            On::Torch => Err("cpu"),
            On::Cuda => Err("cuda"),
        }
    }
}

fn main() -> Result<()> {
    match Cli::parse().model {
        Model::Encoder { step } => encoder_step(step),
        Model::Clip { step } => clip_step(step),
        Model::Text2image { step } => step.run(),
    }
}

fn clip_step(step: ClipStep) -> Result<()> {
    match step {
        ClipStep::Prepare(args) => {
            let folders = &args.folders;
            clip::prepare(&read(&folders.config)?, &args.encoder, &folders.data, &folders.run).map(drop)
        }
        ClipStep::Train(args) => {
            let folders = &args.folders;
            let config = read(&folders.config)?;
            let prepared = clip::prepare(&config, &args.encoder, &folders.data, &folders.run)?;
            let training = &args.training;
            match training.device.device() {
                Ok(device) => clip::train(&config, prepared, &folders.run, device, training.resume),
                Err(device) => training.torch.clip(folders, device, training.resume),
            }
        }
        ClipStep::Evaluate(folders) => {
            print(&clip::table(&read(&folders.config)?, &folders.model, &folders.data)?, folders.json)
        }
        ClipStep::Export(folders) => {
            clip::export(&read(&folders.config)?, &averaged(&folders.run), &folders.model, &folders.data)
        }
    }
}

/// The table of a model card.
fn print(table: &[evaluate::Score], json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(table)?);
    } else {
        table.iter().for_each(|score| println!("{:5.1} %  {} (n = {})", score.percent, score.name, score.count));
    }
    Ok(())
}

fn encoder_step(step: Step) -> Result<()> {
    match step {
        Step::Prepare(run) => {
            encoder::prepare(&read(&run.config)?, &run.teacher, &run.data, &run.own, &run.run).map(|_| ())
        }
        Step::Train(run) => {
            let config = read(&run.config)?;
            let prepared = encoder::prepare(&config, &run.teacher, &run.data, &run.own, &run.run)?;
            match run.training.device.device() {
                Ok(device) => encoder::train(&config, &prepared, &run.run, device, run.training.resume),
                Err(device) => run.training.torch.encoder(&run, device),
            }
        }
        Step::Evaluate(args) => {
            let config: encoder::Config = read(&args.config)?;
            let device = Device::flex();
            let (_, tokenizer, model) = text::load(&args.model, &device)?;
            let held_out = corpus::Corpus::read(&args.data, &args.own, 0, config.seed)?.held_out;
            let scored = evaluate::Scored { model: &model, tokenizer: &tokenizer, device: &device, max_tokens: 128 };
            let table = scored.table(&args.data, &held_out)?;
            print(&table, args.json)
        }
        Step::Export(args) => export::export(&averaged(&args.run), &args.out, &args.data),
    }
}

/// PyTorch's trainers keep averaged weights in a folder of their own; those are what to export.
fn averaged(run: &Path) -> PathBuf {
    let average = run.join("average");
    if average.is_dir() { average } else { run.to_owned() }
}

fn read<T: serde::de::DeserializeOwned>(path: &PathBuf) -> Result<T> {
    let bytes = std::fs::read(path).with_context(|| format!("configuration at {}", path.display()))?;
    Ok(serde_json::from_slice(&bytes)?)
}
