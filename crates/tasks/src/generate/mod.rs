//! Text to image, image to image, inpainting and edges, with a folder in the layout of `diffusers.StableDiffusionPipeline`.

mod options;
pub(crate) mod parts;
mod prompt;
mod run;
mod start;

use std::collections::BTreeMap;

use burn::tensor::Device;
use kindling_inputs::TokenView;
use kindling_models::clip::{ClipTextConfig, ClipTextModel};
use kindling_models::diffusion::scheduler::{Sampler, SchedulerConfig};
use kindling_models::diffusion::{ControlNetConfig, ControlNetModel, UNet2DConditionConfig, UNet2DConditionModel};
use kindling_weights::{Checkpoint, LoadReport, Precision, Source, Watch, WeightFiles, small_file};
use serde::Serialize;

use crate::error::json;
use crate::{Compute, TaskError};
pub use options::{FitName, GenerateInputs, GenerateOptions};
pub use parts::UNet;
use parts::{Autoencoder, AutoencoderConfig};
use prompt::Prompts;
pub use run::{Generation, Panels, Preview, StepDone};
pub use start::GenerationPlan;

/// The files of a folder.
#[derive(Debug, Default)]
pub struct GeneratorFiles {
    /// By their paths in it, `unet/config.json` for instance. Loading takes them out as it goes.
    pub files: BTreeMap<String, Box<dyn Source>>,
    /// What matrices become on the way to the device; without it they stay what they are.
    pub store_as: Option<Precision>,
    /// Told as bytes of weights are read, all parts together.
    pub progress: Option<Watch>,
    /// Bytes of all weights, known from the first part on.
    pub total: Option<u64>,
}

impl From<BTreeMap<String, Vec<u8>>> for GeneratorFiles {
    fn from(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self { files: files.into_iter().map(|(path, bytes)| (path, bytes.into())).collect(), ..Self::default() }
    }
}

/// What was loaded.
#[derive(Debug, Clone, Serialize)]
pub struct GeneratorInfo {
    /// Numbers of each part.
    pub parameters: Parameters,
    /// Stored types, sorted.
    pub dtypes: Vec<String>,
    /// Tensors that nothing asked for, with the part's name before them.
    pub unused: Vec<String>,
    /// Side of the pictures that it was trained on, in pixels.
    pub size: usize,
    /// Pixels for one latent, along each side.
    pub factor: usize,
    /// Channels of the latents.
    pub channels: usize,
    /// Whether the U-Net reads a mask and a masked picture too.
    pub inpainting: bool,
    /// Whether a ControlNet came along.
    pub controlnet: bool,
    /// Longest prompt in tokens.
    pub max_tokens: usize,
    /// `epsilon`, `v_prediction` or `sample`
    pub prediction: String,
    /// Training steps.
    pub train_steps: usize,
    /// The sampler that the checkpoint names.
    pub sampler: Sampler,
    /// Whether that one goes by Karras' noise levels.
    pub karras: bool,
}

/// Numbers of each part.
#[derive(Debug, Clone, Serialize)]
pub struct Parameters {
    /// Of the U-Net.
    pub unet: usize,
    /// Of the autoencoder.
    pub vae: usize,
    /// Of the text tower.
    pub text_encoder: usize,
    /// Of the ControlNet.
    pub controlnet: Option<usize>,
}

/// A loaded model.
#[derive(Debug)]
pub struct Generator {
    prompts: Prompts,
    text_encoder: ClipTextModel,
    pub(crate) unet: UNet2DConditionModel,
    pub(crate) unet_config: UNet2DConditionConfig,
    vae: Autoencoder,
    vae_config: AutoencoderConfig,
    controlnet: Option<ControlNetModel>,
    scheduler: SchedulerConfig,
    pub(crate) device: Device,
    info: GeneratorInfo,
}

const UNET: &str = "unet/diffusion_pytorch_model.safetensors";
const VAE: &str = "vae/diffusion_pytorch_model.safetensors";
const TEXT_ENCODER: &str = "text_encoder/model.safetensors";
const CONTROLNET: &str = "controlnet/diffusion_pytorch_model.safetensors";

impl GeneratorFiles {
    /// A small file, where it is there; taken out.
    fn optional(&mut self, name: &str) -> Result<Option<Vec<u8>>, TaskError> {
        self.files.remove(name).map(|source| Ok(small_file(source.as_ref(), name)?)).transpose()
    }

    /// One that must be there.
    fn take(&mut self, name: &'static str) -> Result<Vec<u8>, TaskError> {
        self.optional(name)?.ok_or_else(|| missing(name))
    }

    /// Who is told of a part of so many bytes, which has just been taken out: what is left comes after it, the rest was before.
    fn watch(&mut self, bytes: u64) -> Option<Watch> {
        let watch = self.progress.as_ref()?;
        let weights = self.files.iter().filter(|(path, _)| path.ends_with(".safetensors"));
        let left: u64 = weights.map(|(_, source)| source.size()).sum();
        let total = *self.total.get_or_insert(left + bytes);
        Some(watch.among(total.saturating_sub(left + bytes), total))
    }

    /// Weights of a part: `name`, its shards, or the same of another variant, `x.fp16.safetensors` or `x.fp16-00001-of-00002.safetensors`.
    fn weights(&mut self, name: &'static str) -> Result<Checkpoint, TaskError> {
        let stem = name.trim_end_matches(".safetensors");
        for variant in ["", ".fp16"] {
            // A shard's index is `x.safetensors.index.json`, of a variant `x.safetensors.index.fp16.json`.
            let index = self.optional(&format!("{name}.index{variant}.json"))?;
            let whole = format!("{stem}{variant}.safetensors");
            let shard = format!("{stem}{variant}-");
            let wanted = |path: &str| {
                path == whole || (index.is_some() && path.starts_with(&shard) && path.ends_with(".safetensors"))
            };
            let paths: Vec<String> = self.files.keys().filter(|path| wanted(path)).cloned().collect();
            let take = |path: String| {
                let file = path.rsplit('/').next().unwrap_or(&path).to_string();
                self.files.remove(&path).map(|source| (file, source))
            };
            let shards: BTreeMap<_, _> = paths.into_iter().filter_map(take).collect();
            if !shards.is_empty() {
                let progress = self.watch(shards.values().map(|source| source.size()).sum());
                return Ok(Checkpoint::open(WeightFiles { shards, index, store_as: self.store_as, progress })?);
            }
        }
        Err(missing(name))
    }
}

fn missing(file: &'static str) -> TaskError {
    TaskError::Json { file, reason: "file missing".into() }
}

impl Generator {
    /// Reads every configuration, checks the parts against each other, then uploads tensor by tensor.
    ///
    /// # Errors
    /// The file and the field, tensor or token that does not fit.
    pub fn load(files: impl Into<GeneratorFiles>, device: &Device) -> Result<Self, TaskError> {
        Self::from_files(&mut files.into(), device)
    }

    fn from_files(files: &mut GeneratorFiles, device: &Device) -> Result<Self, TaskError> {
        let scheduler = scheduler(files)?;
        let prompts = Prompts::read(files)?;
        let vae_config = files.take("vae/config.json")?;
        let vae_config = AutoencoderConfig::read("vae/config.json", &vae_config)?;
        let unet_config = parts::unet_config("unet/config.json", &files.take("unet/config.json")?)?;
        let channels = vae_config.channels();
        let inpainting = unet_config.in_channels == 2 * channels + 1;
        check_widths(&unet_config, channels, inpainting, prompts.width())?;
        let control_config = match files.optional("controlnet/config.json")? {
            Some(bytes) => Some(control_config(&bytes, vae_config.factor())?),
            None => None,
        };
        // From here on weights: one part after the other, each file gone before the next is read.
        let file = files.weights(TEXT_ENCODER)?;
        let (text_encoder, text_report) =
            text_encoder(prompts.config(), &file, device).map_err(TaskError::of("text_encoder"))?;
        let file = files.weights(UNET)?;
        let (unet, unet_report) = parts::unet(&unet_config, &file, device).map_err(TaskError::of("unet"))?;
        let mut file = files.weights(VAE)?;
        let (vae, vae_report) = vae_config.load(&mut file, device).map_err(TaskError::of("vae"))?;
        let control = match &control_config {
            Some(config) => {
                let file = files.weights(CONTROLNET)?;
                Some(parts::controlnet(config, &file, device).map_err(TaskError::of("controlnet"))?)
            }
            None => None,
        };
        let reports = [("unet", &unet_report), ("vae", &vae_report), ("text_encoder", &text_report)];
        let control_report = control.as_ref().map(|(_, report)| ("controlnet", report));
        let settings = scheduler.settings(Sampler::Ddim)?;
        // A sampler is not part of what was learnt: where the checkpoint's own is not here, another does.
        let sampler = scheduler.own_sampler().unwrap_or(Sampler::Dpmpp2m);
        let info = GeneratorInfo {
            parameters: Parameters {
                unet: unet_report.parameters,
                vae: vae_report.parameters,
                text_encoder: text_report.parameters,
                controlnet: control_report.map(|(_, report)| report.parameters),
            },
            dtypes: merged(reports.into_iter().chain(control_report), |_, report| report.dtypes.clone()),
            unused: merged(reports.into_iter().chain(control_report), |part, report| {
                report.unused.iter().map(|name| format!("{part}: {name}")).collect()
            }),
            size: unet_config.sample_size.unwrap_or(64) * vae_config.factor(),
            factor: vae_config.factor(),
            channels,
            inpainting,
            controlnet: control.is_some(),
            max_tokens: prompts.length(),
            prediction: scheduler.prediction_type.clone().unwrap_or_else(|| "epsilon".into()),
            train_steps: settings.train_steps,
            sampler,
            karras: sampler.takes_karras() && scheduler.use_karras_sigmas == Some(true),
        };
        Ok(Self {
            prompts,
            text_encoder,
            unet,
            unet_config,
            vae,
            vae_config,
            controlnet: control.map(|(model, _)| model),
            scheduler,
            device: device.clone(),
            info,
        })
    }

    /// What was loaded.
    pub fn info(&self) -> &GeneratorInfo {
        &self.info
    }

    /// How the model sees a prompt: tokens over graphemes.
    ///
    /// # Errors
    /// A text that the tokenizer refuses.
    pub fn tokens(&self, text: &str) -> Result<TokenView, TaskError> {
        self.prompts.view(text)
    }
}

/// The scheduler's configuration, as the pipeline that `model_index.json` names reads it.
fn scheduler(files: &mut GeneratorFiles) -> Result<SchedulerConfig, TaskError> {
    const FILE: &str = "scheduler/scheduler_config.json";
    let bytes = files.take(FILE)?;
    let plain = SchedulerConfig::without_infinities(&String::from_utf8_lossy(&bytes));
    let config: SchedulerConfig = json(FILE, plain.as_bytes())?;
    let index: serde_json::Value = match files.optional("model_index.json")? {
        Some(bytes) => json("model_index.json", &bytes)?,
        None => serde_json::Value::Null,
    };
    let class = index.get("_class_name").and_then(|name| name.as_str()).unwrap_or("StableDiffusionPipeline");
    Ok(if class.starts_with("StableDiffusion") { config.for_stable_diffusion() } else { config })
}

fn text_encoder(
    config: &ClipTextConfig,
    file: &Checkpoint,
    device: &Device,
) -> Result<(ClipTextModel, LoadReport), TaskError> {
    crate::resident(config.init(device)?, file, Compute::Full)
}

/// A ControlNet reads hints of as many pixels a latent as the autoencoder makes.
fn control_config(bytes: &[u8], factor: usize) -> Result<ControlNetConfig, TaskError> {
    const FILE: &str = "controlnet/config.json";
    let config = parts::controlnet_config(FILE, bytes)?;
    if config.factor() == factor {
        return Ok(config);
    }
    let reason = format!("hints of {} pixels a latent, the autoencoder has {factor}", config.factor());
    Err(TaskError::Json { file: FILE, reason })
}

/// The parts must speak of the same latents and the same prompts.
fn check_widths(
    unet: &UNet2DConditionConfig,
    channels: usize,
    inpainting: bool,
    states: usize,
) -> Result<(), TaskError> {
    let reason = if unet.out_channels != channels || (unet.in_channels != channels && !inpainting) {
        format!("{} channels in and {} out, with an autoencoder of {channels}", unet.in_channels, unet.out_channels)
    } else if (0..unet.block_out_channels.len()).any(|block| unet.cross_attention_dim.at(block) != states) {
        format!("prompts of width {:?}, the text tower gives {states}", unet.cross_attention_dim)
    } else {
        return Ok(());
    };
    Err(TaskError::Json { file: "unet/config.json", reason })
}

/// Words of all parts, sorted, each once.
fn merged<'a>(
    reports: impl Iterator<Item = (&'a str, &'a LoadReport)>,
    words: impl Fn(&str, &LoadReport) -> Vec<String>,
) -> Vec<String> {
    let all: std::collections::BTreeSet<String> = reports.flat_map(|(part, report)| words(part, report)).collect();
    all.into_iter().collect()
}
