//! From a run folder to a model folder in the layout of any hub checkpoint.

use std::path::Path;

use anyhow::{Result, ensure};
use burn::tensor::Device;
use kindling_models::{ClipConfig, SEGMENT_NAMES};
use kindling_weights::{Checkpoint, NamedTensor, Precision};
use serde_json::json;

use super::{Config, augment, data, evaluate};

/// Most bytes that the exported weights may have.
const MOST_BYTES: usize = 8_000_000;
/// Least mean cosine between the exported model and itself in f32, of pictures and of captions.
const LEAST_COSINE: f32 = 0.99;
/// `[CLS]` of the encoder's tokenizer, which begins a caption.
const BEGIN: u32 = 2;
/// What only training needs.
const HEADS: [&str; 2] = ["concepts.", "teacher."];

/// Writes config, preprocessor, tokenizer and int8 weights, then compares held-out pictures and captions with the f32 original.
pub fn export(config: &Config, run: &Path, out: &Path, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(out)?;
    let model: ClipConfig = serde_json::from_slice(&std::fs::read(run.join("config.json"))?)?;
    let checkpoint = Checkpoint::parse(std::fs::read(run.join("last.safetensors"))?)?;
    let mut tensors = Vec::new();
    for entry in checkpoint.entries().filter(|entry| !HEADS.iter().any(|head| entry.name.starts_with(head))) {
        let name = entry.name.strip_prefix("clip.").unwrap_or(&entry.name).to_string();
        // A scalar, as the reference implementation keeps it.
        let shape = if name == "logit_scale" { Vec::new() } else { entry.shape.clone() };
        tensors.push(NamedTensor { shape, values: checkpoint.read_f32(&entry.name)?, name });
    }
    let bytes = kindling_weights::write(&tensors, Precision::Int8)?;
    ensure!(bytes.len() <= MOST_BYTES, "{} bytes of weights, at most {MOST_BYTES}", bytes.len());
    std::fs::write(out.join("model.safetensors"), &bytes)?;
    let mut about = serde_json::to_value(&model)?;
    about["architectures"] = json!(["CLIPModel"]);
    // The reference implementation's defaults lie outside this vocabulary.
    about["text_config"]["bos_token_id"] = json!(BEGIN);
    about["text_config"]["pad_token_id"] = json!(0);
    about["quantization_config"] =
        json!({"quant_method": "int8-per-channel", "scale_suffix": kindling_weights::SCALE_SUFFIX});
    std::fs::write(out.join("config.json"), serde_json::to_vec_pretty(&about)?)?;
    let side = model.vision_config.image_size;
    let preprocessor = json!({
        "image_processor_type": "CLIPImageProcessor", "do_convert_rgb": true, "do_resize": true, "size": {"shortest_edge": side},
        "resample": 3, "do_center_crop": true, "crop_size": {"height": side, "width": side}, "do_rescale": true,
        "rescale_factor": 1.0 / 255.0, "do_normalize": true, "image_mean": augment::MEAN.map(f64::from), "image_std": augment::STD.map(f64::from)
    });
    std::fs::write(out.join("preprocessor_config.json"), serde_json::to_vec_pretty(&preprocessor)?)?;
    std::fs::copy(run.join("tokenizer.json"), out.join("tokenizer.json"))?;

    let device = Device::flex();
    let (clip_config, tokenizer, exported) = evaluate::load(out)?;
    let whole = Checkpoint::parse(kindling_weights::write(&tensors, Precision::F32)?)?;
    let (whole, _) = kindling_weights::load(model.init(&device)?, &whole, &SEGMENT_NAMES)?;
    let data = data::read(config, folder)?;
    let held: Vec<&data::Held> = data.other_style.iter().step_by(10).chain(data.photos.iter().step_by(20)).collect();
    let pictures: Vec<&data::Shelved> = held.iter().map(|h| &data.shelf[h.picture]).collect();
    let names: Vec<String> = held.iter().flat_map(|h| h.name.clone()).collect();
    let mean = |a: Vec<f32>, b: Vec<f32>| {
        a.iter().zip(&b).map(|(x, y)| x * y).sum::<f32>() / (a.len() / model.projection_dim) as f32
    };
    let seen = mean(
        evaluate::image_vectors(&whole, &pictures, &device)?,
        evaluate::image_vectors(&exported, &pictures, &device)?,
    );
    let read = mean(
        evaluate::text_vectors(&whole, &tokenizer, &clip_config, &names, &device)?,
        evaluate::text_vectors(&exported, &tokenizer, &clip_config, &names, &device)?,
    );
    println!(
        "{} bytes; mean cosine to f32: {seen:.5} over {} pictures, {read:.5} over {} names",
        bytes.len(),
        held.len(),
        names.len()
    );
    ensure!(seen >= LEAST_COSINE && read >= LEAST_COSINE, "mean cosine {seen}, {read}: below {LEAST_COSINE}");
    Ok(())
}
