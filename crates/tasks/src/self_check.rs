//! Whether a device computes what it should: a small fixed input goes through the model where it lies, and stage by stage through a copy on
//! the CPU whose weights are read from the files anew. What was uploaded wrongly, or is multiplied wrongly, shows as a difference.
//!
//! The copy is made one stage at a time and dropped, so that a large model needs no second home; what would be too large even so is left
//! out and named.

use burn::tensor::{Device, Tensor, TensorData};
use kindling_kernels::Look;
use kindling_models::diffusion::{Extra, UNet2DConditionConfig, UNet2DConditionModel};
use kindling_models::{Pooling, TextEncoder};
use kindling_weights::{Checkpoint, Precision, WeightFiles};
use serde::Serialize;

use crate::encoder::read;
use crate::sentence_pooling::on_device;
use crate::text_model::TextConfig;
use crate::towers::{Captions, Towers, TowersConfig};
use crate::{Compute, Encoder, Generator, ImageText, TaskError, UNet};

/// Most numbers of a stage's copy: 256 MB as f32.
const MOST: usize = 64 << 20;
/// Tokens of the longer of the two texts; the other one is padded.
const TOKENS: usize = 12;

/// How far off one stage is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageDifference {
    /// As the checkpoint calls it: `encoder.layer.3`, for instance.
    pub name: String,
    /// Largest absolute difference, as a share of the CPU's largest number; infinite where the device gives no number.
    pub difference: f32,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SelfCheck {
    /// In the order in which they run; a difference grows from one to the next.
    pub stages: Vec<StageDifference>,
    /// What was not compared, its copy being too large for the CPU.
    pub left_out: Vec<String>,
    /// Largest difference that passes.
    pub tolerance: f32,
    /// Whether every stage is within it.
    pub passed: bool,
}

/// What may differ where both compute rightly: the order of sums alone, numbers rounded to halves on the way to the device, or to int8 there
/// or as they are multiplied.
fn tolerance(stored: Option<Precision>, compute: Compute) -> f32 {
    match (compute, stored) {
        (Compute::Int8, _) | (_, Some(Precision::Int8)) => 0.15,
        (_, Some(Precision::F16)) => 5e-3,
        _ => 1e-3,
    }
}

/// The files as they are, and what the device was to make of them.
fn anew(mut files: WeightFiles) -> Result<(Checkpoint, Option<Precision>), TaskError> {
    let stored = files.store_as.take();
    Ok((Checkpoint::open(files)?, stored))
}

/// What has been compared so far.
struct Ledger {
    stages: Vec<StageDifference>,
    left_out: Vec<String>,
    tolerance: f32,
}

impl Ledger {
    fn new(tolerance: f32) -> Self {
        Self { stages: Vec::new(), left_out: Vec::new(), tolerance }
    }

    /// Where `mask` is 0 a number counts nowhere; it holds one for each of equal parts of the tensor.
    async fn compare<const D: usize>(
        &mut self,
        name: &str,
        device: Tensor<D>,
        copy: Tensor<D>,
        mask: Option<&[f32]>,
    ) -> Result<(), TaskError> {
        let (found, expected) = (read(device).await?, read(copy).await?);
        let width = mask.map_or(1, |mask| expected.len() / mask.len().max(1)).max(1);
        let counts = |at: usize| mask.is_none_or(|mask| mask[at / width] > 0.0);
        let (mut largest, mut scale) = (0.0f32, f32::MIN_POSITIVE);
        for (_, (found, expected)) in found.iter().zip(&expected).enumerate().filter(|(at, _)| counts(*at)) {
            // No comparison with NaN is true, so it is asked for by name.
            let gap = if found.is_finite() { (found - expected).abs() } else { f32::INFINITY };
            largest = largest.max(gap);
            scale = scale.max(expected.abs());
        }
        self.stages.push(StageDifference { name: name.into(), difference: largest / scale });
        Ok(())
    }

    fn verdict(self) -> SelfCheck {
        let passed = !self.stages.is_empty() && self.stages.iter().all(|stage| stage.difference <= self.tolerance);
        SelfCheck { stages: self.stages, left_out: self.left_out, tolerance: self.tolerance, passed }
    }
}

/// A tensor's numbers on the CPU, where the copy must go on from what the device gave.
async fn brought<const D: usize>(tensor: &Tensor<D>, cpu: &Device) -> Result<Tensor<D>, TaskError> {
    let shape = tensor.dims();
    Ok(Tensor::from_data(TensorData::new(read(tensor.clone()).await?, shape), cpu))
}

/// Numbers of −1 to 1 that no two places share, the same in every run.
fn fixed<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    // The golden ratio's multiples are spread evenly.
    let values =
        (0..shape.iter().product::<usize>()).map(|at| ((at as f64 * 0.618_033_988_75).fract() * 2.0 - 1.0) as f32);
    Tensor::from_data(TensorData::new(values.collect::<Vec<_>>(), shape), device)
}

/// Two texts as ids, the second one shorter.
struct Probe {
    ids: Vec<u32>,
    mask: Vec<u32>,
    cols: usize,
}

impl Probe {
    fn new(vocabulary: usize, max_tokens: usize) -> Self {
        let cols = TOKENS.min(max_tokens);
        let ids = (0..2 * cols).map(|at| ((at * 7919 + 5) % vocabulary) as u32).collect();
        let mask = (0..2 * cols).map(|at| u32::from(at < 2 * cols - cols / 3)).collect();
        Self { ids, mask, cols }
    }

    fn captions(&self) -> Captions<'_> {
        Captions { ids: &self.ids, mask: &self.mask, rows: 2, cols: self.cols }
    }

    fn floats(&self) -> Vec<f32> {
        self.mask.iter().map(|&m| m as f32).collect()
    }
}

impl Encoder {
    /// Compares every layer with a copy on the CPU, made from the same files anew.
    ///
    /// # Errors
    /// Files that are not those of this model; [`TaskError::Device`].
    pub async fn self_check(&self, weights: impl Into<WeightFiles>) -> Result<SelfCheck, TaskError> {
        // Where neither of the two is taken, one is as good as the other: what is compared is the device.
        let pooling = on_device(&self.info().pooling).unwrap_or(Pooling::Mean);
        let how = (pooling, self.info().max_tokens);
        let (checkpoint, stored) = anew(weights.into())?;
        encoder(&self.config, self.model.as_ref(), how, &checkpoint, (&self.device, tolerance(stored, self.compute)))
            .await
    }
}

impl ImageText {
    /// As [`Encoder::self_check`], of both towers.
    ///
    /// # Errors
    /// As [`Encoder::self_check`].
    pub async fn self_check(&self, weights: impl Into<WeightFiles>) -> Result<SelfCheck, TaskError> {
        let (checkpoint, stored) = anew(weights.into())?;
        clip(&self.config, &self.towers, &checkpoint, (&self.device, tolerance(stored, self.compute))).await
    }
}

impl UNet {
    /// As [`Encoder::self_check`], one pass over small latents; of a large one the first block alone.
    ///
    /// # Errors
    /// As [`Encoder::self_check`].
    pub async fn self_check(&self, weights: impl Into<WeightFiles>) -> Result<SelfCheck, TaskError> {
        let (checkpoint, stored) = anew(weights.into())?;
        unet(&self.config, &self.model, &checkpoint, (&self.device, tolerance(stored, Compute::Full))).await
    }
}

impl Generator {
    /// As [`UNet::self_check`], with the weights of its U-Net.
    ///
    /// # Errors
    /// As [`Encoder::self_check`].
    pub async fn self_check(&self, weights: impl Into<WeightFiles>) -> Result<SelfCheck, TaskError> {
        let (checkpoint, stored) = anew(weights.into())?;
        unet(&self.unet_config, &self.unet, &checkpoint, (&self.device, tolerance(stored, Compute::Full))).await
    }
}

/// An encoder of texts, its layers one by one.
async fn encoder(
    config: &TextConfig,
    model: &dyn TextEncoder,
    (pooling, max_tokens): (Pooling, usize),
    checkpoint: &Checkpoint,
    (device, tolerance): (&Device, f32),
) -> Result<SelfCheck, TaskError> {
    let (mut ledger, cpu) = (Ledger::new(tolerance), Device::flex());
    let probe = Probe::new(config.vocabulary(), max_tokens);
    let (captions, counts) = (probe.captions(), probe.floats());
    let states = model.hidden_states(captions.ids(device), Some(captions.mask(device)));
    let look = Look { padding: Some(captions.mask(&cpu)), causal: false };
    let mut hidden = brought(&states[0], &cpu).await?;
    for (at, state) in states.iter().enumerate() {
        let stage = config.stage(at);
        if at == 0 && config.vocabulary() * config.hidden() > MOST {
            ledger.left_out.push(stage);
            continue;
        }
        let copy = config.load_part(checkpoint, &cpu, &[stage.as_str()])?;
        hidden = match at {
            0 => copy.embed(captions.ids(&cpu)),
            at => copy.layers()[at - 1].forward(hidden, &look),
        };
        ledger.compare(&stage, state.clone(), hidden.clone(), Some(&counts)).await?;
    }
    let last = states[states.len() - 1].clone();
    let pooled = pooling.forward(last, Some(captions.mask(device)));
    ledger.compare("pooling", pooled, pooling.forward(hidden, Some(captions.mask(&cpu))), None).await?;
    Ok(ledger.verdict())
}

/// Both towers of a CLIP, their layers one by one.
async fn clip(
    config: &TowersConfig,
    towers: &Towers,
    checkpoint: &Checkpoint,
    (device, tolerance): (&Device, f32),
) -> Result<SelfCheck, TaskError> {
    let (mut ledger, cpu) = (Ledger::new(tolerance), Device::flex());
    let (_, vocabulary, max_tokens) = config.text();
    let probe = Probe::new(vocabulary, max_tokens);
    let (captions, counts) = (probe.captions(), probe.floats());
    let load = |parts: &[&str]| config.load_part(checkpoint, &cpu, parts);

    let states = towers.text_states(&captions, device);
    let mut hidden = brought(&states[0], &cpu).await?;
    for (at, state) in states.iter().enumerate() {
        let stage = config.text_stage(at);
        hidden = match at {
            0 => load(&[&stage])?.text_start(&captions, &cpu),
            at => load(&[&stage])?.text_layer(at - 1, hidden, &captions, &cpu),
        };
        ledger.compare(&stage, state.clone(), hidden.clone(), Some(&counts)).await?;
    }
    let vectors = load(&["text_model.final_layer_norm", "text_projection"])?.text_end(hidden, &captions, &cpu);
    ledger.compare("text_projection", towers.text(&captions, device), vectors, None).await?;

    let size = config.vision().image_size;
    let pixels = |device: &Device| fixed([1, 3, size, size], device);
    let states = towers.vision_states(pixels(device));
    let mut hidden = brought(&states[0], &cpu).await?;
    for (at, state) in states.iter().enumerate() {
        let stage = format!(
            "vision_model.{}",
            if at == 0 { "embeddings".into() } else { format!("encoder.layers.{}", at - 1) }
        );
        hidden = match at {
            0 => load(&[&stage, "vision_model.pre_layrnorm"])?.vision_start(pixels(&cpu)),
            at => load(&[&stage])?.vision_layer(at - 1, hidden),
        };
        ledger.compare(&stage, state.clone(), hidden.clone(), None).await?;
    }
    let vectors = load(&["vision_model.post_layernorm", "visual_projection"])?.vision_end(hidden);
    ledger.compare("visual_projection", towers.images(pixels(device)), vectors, None).await?;
    Ok(ledger.verdict())
}

/// One pass of a U-Net over small latents: every block of a small one, the first block of a large one.
async fn unet(
    config: &UNet2DConditionConfig,
    model: &UNet2DConditionModel,
    checkpoint: &Checkpoint,
    (device, tolerance): (&Device, f32),
) -> Result<SelfCheck, TaskError> {
    const FIRST: [&str; 3] = ["conv_in", "time_embedding", "down_blocks.0"];
    let (mut ledger, cpu) = (Ledger::new(tolerance), Device::flex());
    let side = 2 << (config.block_out_channels.len() - 1);
    let whole = config.init(&cpu)?;
    let names = kindling_models::SEGMENT_NAMES;
    let sizes = kindling_weights::expected(&whole, &names);
    let numbers: usize = sizes.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
    let small = numbers <= MOST;
    let copy = crate::resident_part(whole, checkpoint, Compute::Full, if small { &[] } else { &FIRST })?.0;
    let pass = |model: &UNet2DConditionModel, device: &Device| {
        let sample = fixed([1, config.in_channels, side, side], device);
        let states = fixed([1, 8, config.cross_attention_dim.at(0)], device);
        let mut found = Vec::new();
        if small {
            let out =
                model.watched(sample, &[500.0], states, Extra::default(), |name, x| found.push((name, x.clone())));
            found.push(("conv_out".into(), out));
        } else {
            found.push(("down_blocks.0".into(), model.first_block(sample, &[500.0], states)));
        }
        found
    };
    for ((name, found), (_, expected)) in pass(model, device).into_iter().zip(pass(&copy, &cpu)) {
        ledger.compare(&name, found, expected, None).await?;
    }
    if !small {
        ledger.left_out = ["later down_blocks", "mid_block", "up_blocks", "conv_out"].map(String::from).to_vec();
    }
    Ok(ledger.verdict())
}
