//! A model against the golden outputs that its reference implementation wrote.

use burn::tensor::{Device, Int, Tensor, TensorData};
use kindling_models::pooling::normalise;
use kindling_models::{Pooling, SEGMENT_NAMES};
use kindling_weights::Checkpoint;
use serde::Serialize;

use crate::TaskError;
use crate::encoder::read;
use crate::error::bert_config;

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

/// Runs a BERT on the inputs of a golden file and compares every output named there:
/// `last_hidden_state`, `hidden_states.N`, `mean_pooled_l2`, `cls_l2`.
///
/// # Errors
/// Unreadable files; an output of another size; a golden file without any known output.
pub async fn parity(
    config: &[u8],
    weights: Vec<u8>,
    golden: Vec<u8>,
    device: &Device,
) -> Result<Vec<Difference>, TaskError> {
    let config = bert_config(config)?;
    let checkpoint = Checkpoint::parse(weights)?;
    let (model, _) = kindling_weights::load(config.init(device)?, &checkpoint, &SEGMENT_NAMES)?;
    let golden = Checkpoint::parse(golden)?;
    let shape: [usize; 2] = golden
        .entry("input_ids")?
        .shape
        .as_slice()
        .try_into()
        .map_err(|_| TaskError::Question { reason: "input_ids not of two dimensions" })?;
    let ids: Vec<i32> = golden.read_integers("input_ids")?.into_iter().map(|id| id as i32).collect();
    let mask: Vec<f32> = golden.read_integers("attention_mask")?.into_iter().map(|m| m as f32).collect();
    let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, shape), device);
    let mask = Tensor::<2>::from_data(TensorData::new(mask, shape), device);
    let states = model.hidden_states(ids, Some(mask.clone()));
    let last = states[states.len() - 1].clone();

    let mut differences = Vec::new();
    for entry in golden.entries() {
        let name = entry.name.as_str();
        let layer = name.strip_prefix("hidden_states.").and_then(|n| n.parse::<usize>().ok());
        let ours = match (name, layer) {
            ("last_hidden_state", _) => read(last.clone()).await?,
            ("mean_pooled_l2", _) => read(normalise(Pooling::Mean.forward(last.clone(), mask.clone()))).await?,
            ("cls_l2", _) => read(normalise(Pooling::Cls.forward(last.clone(), mask.clone()))).await?,
            (_, Some(layer)) if layer < states.len() => read(states[layer].clone()).await?,
            _ => continue,
        };
        differences.push(difference(name, &ours, &golden.read_f32(name)?)?);
    }
    if differences.is_empty() {
        return Err(TaskError::Question { reason: "a golden file without a known output" });
    }
    Ok(differences)
}
