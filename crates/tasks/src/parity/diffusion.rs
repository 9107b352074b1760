//! The parts of a diffusion model against diffusers.

use burn::tensor::{Device, Tensor, TensorData};
use kindling_models::diffusion::Extra;
use kindling_weights::Checkpoint;

use super::{Difference, difference, shape};
use crate::TaskError;
use crate::encoder::read;
use crate::generate::parts::{Autoencoder, AutoencoderConfig, controlnet, controlnet_config, unet, unet_config};

/// Class names that [`differences`] knows.
pub const KNOWN: [&str; 4] = ["UNet2DConditionModel", "ControlNetModel", "AutoencoderKL", "AutoencoderTiny"];

/// A golden file and the device to run on.
struct Golden<'a> {
    file: &'a Checkpoint,
    device: &'a Device,
}

impl Golden<'_> {
    fn has(&self, name: &str) -> bool {
        self.file.entry(name).is_ok()
    }

    fn tensor<const D: usize>(&self, name: &str) -> Result<Tensor<D>, TaskError> {
        let data = TensorData::new(self.file.read_f32(name)?, shape::<D>(self.file, name)?);
        Ok(Tensor::from_data(data, self.device))
    }

    fn timesteps(&self) -> Result<Vec<f32>, TaskError> {
        Ok(self.file.read_integers("timestep")?.into_iter().map(|t| t as f32).collect())
    }

    /// Compares what is named in the file; what is not is passed over.
    async fn compare(&self, found: Vec<(String, Tensor<4>)>) -> Result<Vec<Difference>, TaskError> {
        let mut differences = Vec::new();
        for (name, ours) in found.into_iter().filter(|(name, _)| self.has(name)) {
            differences.push(difference(&name, &read(ours).await?, &self.file.read_f32(&name)?)?);
        }
        Ok(differences)
    }
}

pub async fn differences(
    class: &str,
    config: &[u8],
    weights: &mut Checkpoint,
    golden: &Checkpoint,
    device: &Device,
) -> Result<Vec<Difference>, TaskError> {
    let golden = Golden { file: golden, device };
    match class {
        "UNet2DConditionModel" => {
            let (model, _) = unet(&unet_config("config.json", config)?, weights, device)?;
            let condition = if golden.has("timestep_cond") { Some(golden.tensor("timestep_cond")?) } else { None };
            let extra = Extra { condition, residuals: None };
            let (sample, states) = (golden.tensor("sample")?, golden.tensor("encoder_hidden_states")?);
            let mut found = Vec::new();
            let watch = |name, x: &Tensor<4>| found.push((name, x.clone()));
            let out = model.watched(sample, &golden.timesteps()?, states, extra, watch);
            found.push(("out".into(), out));
            golden.compare(found).await
        }
        "ControlNetModel" => {
            let (model, _) = controlnet(&controlnet_config("config.json", config)?, weights, device)?;
            let (sample, states) = (golden.tensor("sample")?, golden.tensor("encoder_hidden_states")?);
            let weight = golden.file.read_f32("conditioning_scale")?.first().copied().unwrap_or(1.0);
            let hint = model.hint(golden.tensor("controlnet_cond")?);
            let given = model.forward(sample, &golden.timesteps()?, states, hint, f64::from(weight));
            let down = given.down.into_iter().enumerate();
            let mut found: Vec<_> = down.map(|(at, x)| (format!("down_block_res_samples.{at}"), x)).collect();
            found.push(("mid_block_res_sample".into(), given.mid));
            golden.compare(found).await
        }
        _ => {
            let (model, _) = AutoencoderConfig::read("config.json", config)?.load(weights, device)?;
            let mut found = Vec::new();
            let encoded = match &model {
                Autoencoder::Kl(model) => {
                    let [mean, std] = model.encode(golden.tensor("x")?);
                    found.push(("latent_std".into(), std));
                    found.push(("latent_mean".into(), mean.clone()));
                    mean
                }
                Autoencoder::Tiny(model) => {
                    let latents = model.encode(golden.tensor("x")?);
                    found.push(("latents".into(), latents.clone()));
                    latents
                }
            };
            if golden.has("decoded_latents") {
                found.push(("decoded_latents".into(), model.decode(golden.tensor("latents")?)));
            }
            found.push(("decoded".into(), model.decode(encoded)));
            golden.compare(found).await
        }
    }
}
