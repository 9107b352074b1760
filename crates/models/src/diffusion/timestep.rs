//! How the U-Net is told which step it is at.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use kindling_kernels::{Act, linear, linear_act, linear_add, linear_layer};

/// Sines and cosines of a timestep at frequencies from 1 down to 1/10000 (Ho et al. 2020, appendix B, after Vaswani et al. 2017).
/// Reference: `diffusers.models.embeddings.get_timestep_embedding`.
///
/// # Shapes
/// - `timesteps`: one for each picture of the batch, in training steps
/// - returns `[timesteps, dim]`
pub fn sinusoidal(timesteps: &[f32], dim: usize, flip: bool, freq_shift: f32, device: &Device) -> Tensor<2> {
    let half = dim / 2;
    let frequency = |at: usize| (-(10_000f32.ln()) * at as f32 / (half as f32 - freq_shift)).exp();
    let frequencies: Vec<f32> = (0..half).map(frequency).collect();
    let mut values = Vec::with_capacity(timesteps.len() * dim);
    for &t in timesteps {
        let sines = frequencies.iter().map(|f| (t * f).sin());
        let cosines = frequencies.iter().map(|f| (t * f).cos());
        if flip {
            values.extend(cosines.chain(sines));
        } else {
            values.extend(sines.chain(cosines));
        }
        values.extend(std::iter::repeat_n(0.0, dim % 2));
    }
    Tensor::from_data(TensorData::new(values, [timesteps.len(), dim]), device)
}

/// Two projections with a non-linearity between them.
#[derive(Module, Debug)]
pub struct TimestepEmbedding {
    /// `[channels, time]`
    pub linear_1: Linear,
    /// `[time_cond_proj_dim, channels]`: of a distilled model that is told the guidance scale (Luo et al. 2023, section 4.2)
    pub cond_proj: Option<Linear>,
    /// `[time, time]`
    pub linear_2: Linear,
    #[module(skip)]
    act: Act,
}

impl TimestepEmbedding {
    pub(super) fn new(channels: usize, time: usize, condition: Option<usize>, act: Act, device: &Device) -> Self {
        Self {
            linear_1: linear_layer(channels, time, true, device),
            cond_proj: condition.map(|from| linear_layer(from, channels, false, device)),
            linear_2: linear_layer(time, time, true, device),
            act,
        }
    }

    /// `x`: `[batch, channels]`; `condition`: `[batch, time_cond_proj_dim]`; returns `[batch, time]`
    pub fn forward(&self, x: Tensor<2>, condition: Option<Tensor<2>>) -> Tensor<2> {
        let x = match (&self.cond_proj, condition) {
            (Some(project), Some(condition)) => linear_add(project, condition, x),
            _ => x,
        };
        linear(&self.linear_2, linear_act(&self.linear_1, x, self.act))
    }
}
