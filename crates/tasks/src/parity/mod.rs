//! A model against the golden outputs that its reference implementation wrote.

mod diffusion;

use burn::tensor::{Device, Int, Tensor, TensorData};
use kindling_models::{Pooling, TextEncoder};
use kindling_weights::{Checkpoint, WeightFiles};
use serde::Serialize;

use crate::encoder::{read, unit_rows};
use crate::error::architecture;
use crate::text_model::TextConfig;
use crate::towers::{Captions, Towers, TowersConfig};
use crate::{Compute, TaskError};

/// How far an output is from the reference.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// The output's name in `golden_io.safetensors`.
    pub name: String,
    /// Largest absolute difference.
    pub largest_absolute: f32,
    /// Largest absolute difference, as a share of the reference's largest value.
    pub largest_relative: f32,
    /// Numbers compared.
    pub count: usize,
}

fn difference(name: &str, ours: &[f32], reference: &[f32]) -> Result<Difference, TaskError> {
    if ours.len() != reference.len() {
        return Err(TaskError::Json {
            file: "golden_io.safetensors",
            reason: format!("{name} has {} numbers, the model gives {}", reference.len(), ours.len()),
        });
    }
    // NaN must not hide: a comparison with it is false, so it is asked for by name.
    let gap = |(a, b): (&f32, &f32)| if a.is_finite() { (a - b).abs() } else { f32::INFINITY };
    let largest_absolute = ours.iter().zip(reference).map(gap).fold(0.0, f32::max);
    let scale = reference.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    Ok(Difference {
        name: name.into(),
        largest_absolute,
        largest_relative: largest_absolute / scale.max(f32::MIN_POSITIVE),
        count: ours.len(),
    })
}

/// Runs a model on the inputs of a golden file and compares every output named there.
///
/// * BERT, RoBERTa, XLM-RoBERTa and DistilBERT: `last_hidden_state`, `hidden_states.N`, `mean_pooled_l2`, `cls_l2`;
/// * CLIP and Chinese-CLIP: `text_embeds`, `image_embeds` (rows of length 1), `logits_per_image`, `text_hidden_states.N`,
///   `vision_hidden_states.N` (what goes into the first layer is 0). A state of fewer rows or tokens holds the first of them;
/// * U-Net: `out`, `down_blocks.N`, `mid_block`, `up_blocks.N`; ControlNet: `down_block_res_samples.N`, `mid_block_res_sample`;
/// * autoencoders: `latents` or `latent_mean` and `latent_std` of `x`, `decoded` of the latents given, or of the encoded ones.
///
/// # Errors
/// Unreadable files; an output of another size; a golden file without any known output.
pub async fn parity(
    config: &[u8],
    weights: impl Into<WeightFiles>,
    golden: Vec<u8>,
    device: &Device,
) -> Result<Vec<Difference>, TaskError> {
    let mut checkpoint = Checkpoint::open(weights.into())?;
    let golden = Checkpoint::parse(golden)?;
    let differences = match architecture(config)?.as_str() {
        "clip" | "chinese_clip" => {
            let (towers, _) = TowersConfig::read(config)?.load(&checkpoint, device, Compute::Full)?;
            clip_differences(&towers, &golden, device).await?
        }
        name if diffusion::KNOWN.contains(&name) => {
            diffusion::differences(name, config, &mut checkpoint, &golden, device).await?
        }
        _ => {
            let (model, _) = TextConfig::read(config)?.load(&checkpoint, device, Compute::Full)?;
            text_differences(model.as_ref(), &golden, device).await?
        }
    };
    if differences.is_empty() {
        return Err(TaskError::Question { reason: "a golden file without a known output" });
    }
    Ok(differences)
}

/// The shape of a golden tensor that must have so many dimensions.
fn shape<const D: usize>(golden: &Checkpoint, name: &str) -> Result<[usize; D], TaskError> {
    let found = golden.entry(name)?.shape.as_slice();
    found.try_into().map_err(|_| TaskError::Question { reason: "a golden input of another number of dimensions" })
}

async fn text_differences(
    model: &dyn TextEncoder,
    golden: &Checkpoint,
    device: &Device,
) -> Result<Vec<Difference>, TaskError> {
    let shape: [usize; 2] = shape(golden, "input_ids")?;
    let ids: Vec<i32> = golden.read_integers("input_ids")?.into_iter().map(|id| id as i32).collect();
    let mask: Vec<f32> = golden.read_integers("attention_mask")?.into_iter().map(|m| m as f32).collect();
    let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, shape), device);
    let mask = Tensor::<2>::from_data(TensorData::new(mask, shape), device);
    let states = model.hidden_states(ids, Some(mask.clone()));
    let last = states[states.len() - 1].clone();
    let mut differences = Vec::new();
    for entry in golden.entries() {
        let name = entry.name.as_str();
        let ours = match (name, layer(name, "hidden_states.")) {
            ("last_hidden_state", _) => read(last.clone()).await?,
            ("mean_pooled_l2", _) => unit_rows(Pooling::Mean.forward(last.clone(), Some(mask.clone()))).await?,
            ("cls_l2", _) => unit_rows(Pooling::Cls.forward(last.clone(), None)).await?,
            (_, Some(layer)) if layer < states.len() => read(states[layer].clone()).await?,
            _ => continue,
        };
        differences.push(difference(name, &ours, &golden.read_f32(name)?)?);
    }
    Ok(differences)
}

fn layer(name: &str, prefix: &str) -> Option<usize> {
    name.strip_prefix(prefix)?.parse().ok()
}

async fn clip_differences(towers: &Towers, golden: &Checkpoint, device: &Device) -> Result<Vec<Difference>, TaskError> {
    let [rows, cols] = shape(golden, "input_ids")?;
    let ids: Vec<u32> = golden.read_integers("input_ids")?.into_iter().map(|id| id as u32).collect();
    let mask: Vec<u32> = match golden.entry("attention_mask") {
        Ok(_) => golden.read_integers("attention_mask")?.into_iter().map(|m| m as u32).collect(),
        Err(_) => vec![1; ids.len()],
    };
    let captions = Captions { ids: &ids, mask: &mask, rows, cols };
    let pixels = TensorData::new(golden.read_f32("pixel_values")?, shape::<4>(golden, "pixel_values")?);
    let pixels = Tensor::<4>::from_data(pixels, device);
    let text = towers.text(&captions, device); // [texts, dim]
    let dim = text.dims()[1];
    let text = unit_rows(text).await?;
    let images = unit_rows(towers.images(pixels.clone())).await?; // [images, dim]
    let scale = read(towers.logit_scale()).await?.first().copied().unwrap_or_default().exp();
    let logit = |image: &[f32], text: &[f32]| scale * image.iter().zip(text).map(|(a, b)| a * b).sum::<f32>();
    let logits = images.chunks(dim).flat_map(|image| text.chunks(dim).map(move |text| logit(image, text)));
    let logits: Vec<f32> = logits.collect(); // [images, texts]
    let wants = |prefix: &str| golden.entries().any(|entry| entry.name.starts_with(prefix));
    let text_states = if wants("text_hidden_states.") { towers.text_states(&captions, device) } else { Vec::new() };
    let vision_states = if wants("vision_hidden_states.") { towers.vision_states(pixels) } else { Vec::new() };
    let mut differences = Vec::new();
    for entry in golden.entries() {
        let name = entry.name.as_str();
        let state = layer(name, "text_hidden_states.").and_then(|layer| text_states.get(layer));
        let state = state.or_else(|| layer(name, "vision_hidden_states.").and_then(|layer| vision_states.get(layer)));
        let mut ours = match (name, state) {
            ("text_embeds", _) => text.clone(),
            ("image_embeds", _) => images.clone(),
            ("logits_per_image", _) => logits.clone(),
            (_, Some(state)) => {
                let [batch, tokens, _] = shape(golden, name)?;
                let [most_rows, most_tokens, _] = state.dims();
                read(state.clone().narrow(0, 0, batch.min(most_rows)).narrow(1, 0, tokens.min(most_tokens))).await?
            }
            _ => continue,
        };
        let mut reference = golden.read_f32(name)?;
        if name.starts_with("text_hidden_states.") {
            // What stands at padding reaches no output; the reference clears its embedding on loading, others keep the file's.
            let [batch, tokens, width] = shape(golden, name)?;
            let padding = |at: usize| mask[at / width / tokens * cols + at / width % tokens] == 0;
            (0..reference.len().min(batch * tokens * width))
                .filter(|&at| padding(at))
                .for_each(|at| reference[at] = 0.0);
            (0..ours.len().min(batch * tokens * width)).filter(|&at| padding(at)).for_each(|at| ours[at] = 0.0);
        }
        differences.push(difference(name, &ours, &reference)?);
    }
    Ok(differences)
}
