//! The trainers in PyTorch (`python/`) as steps of this command: the same runs, packs and configurations.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};

use crate::{ClipFolders, Run};

/// Where the scripts lie, seen from the repository.
const SCRIPTS: &str = "crates/train/python";

/// How PyTorch is run.
#[derive(Clone, Args)]
pub struct Torch {
    /// A Python with what `crates/train/python/requirements.txt` names; only PyTorch's devices need it.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Minutes of training, PyTorch only: the learning rate falls to its end by then. Else the configuration's steps.
    #[arg(long)]
    minutes: Option<f32>,
    /// Processes of one thread each that share every step, PyTorch only.
    #[arg(long, default_value_t = 1)]
    workers: usize,
}

impl Torch {
    /// Runs a script, its output going where ours goes.
    fn script(&self, name: &str, add: impl FnOnce(&mut Command)) -> Result<()> {
        let python = &self.python;
        let found = Command::new(python).args(["-c", "import torch, safetensors, tokenizers"]).output();
        let missing = match &found {
            Ok(output) if output.status.success() => None,
            Ok(output) => Some(String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned()),
            Err(error) => Some(error.to_string()),
        };
        ensure!(
            missing.is_none(),
            "{} cannot run the trainers in PyTorch ({}). Make one that can:\n  python3 -m venv env && env/bin/pip install -r {SCRIPTS}/requirements.txt\nand give it as --python env/bin/python",
            python.display(),
            missing.unwrap_or_default()
        );
        let mut command = Command::new(python);
        command.arg("-u").arg(Path::new(SCRIPTS).join(name));
        add(&mut command);
        let status = command.status().with_context(|| format!("{} {name}", python.display()))?;
        ensure!(status.success(), "{name} ended with {status}");
        Ok(())
    }

    /// A trainer: what all of them are told.
    fn trainer(
        &self,
        name: &str,
        run: &Path,
        device: &str,
        resume: bool,
        add: impl FnOnce(&mut Command),
    ) -> Result<()> {
        self.script(name, |command| {
            command.arg("--run").arg(run).args(["--device", device, "--workers", &self.workers.to_string()]);
            if let Some(minutes) = self.minutes {
                command.args(["--minutes", &minutes.to_string()]);
            }
            if resume {
                command.arg("--resume");
            }
            add(command);
        })
    }

    /// Trains the small CLIP on what `clip::prepare` left in the run folder.
    pub(crate) fn clip(&self, folders: &ClipFolders, device: &str, resume: bool) -> Result<()> {
        let pack = folders.run.join("pack.npz");
        if !pack.exists() {
            self.script("clip_pack.py", |command| {
                command.arg("--config").arg(&folders.config).arg("--data").arg(&folders.data);
                command.arg("--run").arg(&folders.run).arg("--out").arg(&pack);
            })?;
        }
        self.trainer("clip_train.py", &folders.run, device, resume, |command| {
            command.arg("--config").arg(&folders.config).arg("--pack").arg(&pack);
        })
    }

    /// Trains the encoder on what `encoder::prepare` left in the run folder.
    pub(crate) fn encoder(&self, run: &Run, device: &str) -> Result<()> {
        let pack = run.run.join("pack.npz");
        if !pack.exists() {
            self.script("encoder_pack.py", |command| {
                command.arg("--config").arg(&run.config).arg("--data").arg(&run.data).arg("--own").arg(&run.own);
                command.arg("--run").arg(&run.run).arg("--out").arg(&pack);
            })?;
        }
        self.trainer("encoder_train.py", &run.run, device, run.training.resume, |command| {
            command.arg("--config").arg(&run.config).arg("--pack").arg(&pack);
            command.arg("--start").arg(run.run.join("start.safetensors"));
        })
    }
}

/// Steps of the text-to-image model.
#[derive(Subcommand)]
pub enum PictureStep {
    /// Composes the scenes and their captions in the run folder.
    Prepare(Pictures),
    /// Trains the autoencoder where there is none yet, then the U-Net; with --resume, from the last checkpoint of either.
    Train {
        #[command(flatten)]
        pictures: Pictures,
        /// Goes on from the last checkpoint.
        #[arg(long)]
        resume: bool,
        /// PyTorch's device.
        #[arg(long, default_value = "cpu", value_parser = ["cpu", "cuda"])]
        device: String,
    },
    /// Prints the table of the model card for a model folder, and draws the grid of 64 prompts into it.
    Evaluate(Pictures),
    /// Writes the averaged weights as a model folder, and checks it against them before quantisation.
    Export(Pictures),
}

/// Folders of a text-to-image run.
#[derive(Args)]
pub struct Pictures {
    /// JSON file with everything that decides the run.
    #[arg(long, default_value = "crates/train/config/text2image.json")]
    config: PathBuf,
    /// Folder of the fetched data.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Where scenes, checkpoints and logs go.
    #[arg(long, default_value = "runs/text2image")]
    run: PathBuf,
    /// Folder of the text tower: a CLIP's, or the `text_encoder` of the model that training goes on from.
    #[arg(long, default_value = "web/models/text2image/text_encoder")]
    text: PathBuf,
    /// The small CLIP that looks for names in pictures.
    #[arg(long, default_value = "web/models/clip")]
    judge: PathBuf,
    /// The model folder to evaluate or to write.
    #[arg(long, default_value = "web/models/text2image")]
    model: PathBuf,
    #[command(flatten)]
    torch: Torch,
}

impl PictureStep {
    /// Does it.
    pub fn run(self) -> Result<()> {
        match self {
            Self::Prepare(pictures) => pictures.prepare(),
            Self::Train { pictures, resume, device } => pictures.train(&device, resume),
            Self::Evaluate(pictures) => pictures.torch.script("text2image_eval.py", |command| {
                command.arg("--config").arg(&pictures.config).arg("--data").arg(&pictures.data);
                command.arg("--clip").arg(&pictures.judge).arg("--model").arg(&pictures.model);
                command.arg("--grid").arg(pictures.model.join("grid.png"));
            }),
            Self::Export(pictures) => pictures.torch.script("text2image_export.py", |command| {
                command.arg("--config").arg(&pictures.config).arg("--run").arg(&pictures.run);
                command.arg("--clip").arg(&pictures.text).arg("--out").arg(&pictures.model);
            }),
        }
    }
}

impl Pictures {
    fn pack(&self) -> PathBuf {
        self.run.join("pack")
    }

    fn prepare(&self) -> Result<()> {
        let beside = self.text.join("tokenizer.json");
        let tokenizer = if beside.exists() { beside } else { self.text.join("../tokenizer/tokenizer.json") };
        self.torch.script("text2image_scenes.py", |command| {
            command.arg("--config").arg(&self.config).arg("--data").arg(&self.data);
            command.arg("--tokenizer").arg(&tokenizer).arg("--out").arg(self.pack());
        })
    }

    fn train(&self, device: &str, resume: bool) -> Result<()> {
        if !self.pack().join("pictures.npy").exists() {
            self.prepare()?;
        }
        let autoencoder = self.run.join("vae");
        // A run cut off has weights as well as a finished one; resumed, a finished one ends at once.
        let goes_on = resume && autoencoder.join("optimiser.pt").exists();
        if goes_on || !autoencoder.join("average/last.safetensors").exists() {
            let steps = Torch { minutes: None, ..self.torch.clone() };
            steps.trainer("text2image_vae.py", &autoencoder, device, resume, |command| {
                command.arg("--config").arg(&self.config).arg("--pack").arg(self.pack());
            })?;
        }
        self.torch.trainer("text2image_train.py", &self.run.join("unet"), device, resume, |command| {
            command.arg("--config").arg(&self.config).arg("--pack").arg(self.pack()).arg("--clip").arg(&self.text);
        })
    }
}
