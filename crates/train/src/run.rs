//! What every run does alike: checkpoints, cached vectors, the learning rate.

use std::path::Path;

use anyhow::Result;
use burn::module::Module;
use kindling_models::SEGMENT_NAMES;
use kindling_weights::Precision;

/// Writes weights through a part file, so that a run cut off never leaves half a checkpoint.
pub fn save<M: Module>(model: &M, path: &Path) -> Result<()> {
    let tensors = pollster::block_on(kindling_weights::collect(model, &SEGMENT_NAMES))?;
    let part = path.with_extension("part");
    std::fs::write(&part, kindling_weights::write(&tensors, Precision::F32)?)?;
    Ok(std::fs::rename(part, path)?)
}

/// Peak, warm-up and end of a cosine schedule.
pub struct Rate {
    /// The largest learning rate.
    pub peak: f64,
    /// Steps from nought to the peak. After a resume the optimiser's moments are new, hence a warm-up again.
    pub warmup: usize,
    /// Steps in all.
    pub steps: usize,
    /// What is left at the last step, as a share of the peak.
    pub least: f64,
}

impl Rate {
    /// The learning rate of a step, in a run that began or resumed at `first`.
    pub fn at(&self, step: usize, first: usize) -> f64 {
        let warm = ((step + 1 - first) as f64 / self.warmup as f64).min(1.0);
        let done = step as f64 / self.steps as f64;
        self.peak * warm * (self.least + (1.0 - self.least) * 0.5 * (1.0 + (std::f64::consts::PI * done).cos()))
    }
}

/// Numbers kept by [`keep_floats`], if there are any.
pub fn kept_floats(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap_or_default();
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

/// Keeps numbers for the next run.
pub fn keep_floats(path: &Path, values: &[f32]) -> Result<()> {
    Ok(std::fs::write(path, values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())?)
}
