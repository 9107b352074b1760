//! From a run folder to a model folder in the layout of any hub checkpoint.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use kindling_models::{BertConfig, SEGMENT_NAMES};
use kindling_weights::{Checkpoint, Precision};
use serde_json::json;

use crate::text;

/// Most bytes that the exported weights may have.
const MOST_BYTES: usize = 12_000_000;
/// Least mean cosine between the exported encoder and itself in f32.
const LEAST_COSINE: f32 = 0.99;

/// Writes config, tokenizer, pooling and int8 weights, then compares 500 texts with the f32 original.
pub fn export(run: &Path, out: &Path, data: &Path) -> Result<()> {
    let device = Device::flex();
    std::fs::create_dir_all(out.join("1_Pooling"))?;
    let config: BertConfig = serde_json::from_slice(&std::fs::read(run.join("config.json"))?)?;
    let checkpoint = Checkpoint::parse(std::fs::read(run.join("last.safetensors"))?)?;
    let (model, _) = kindling_weights::load(config.init(&device)?, &checkpoint, &SEGMENT_NAMES)?;
    let tensors = pollster::block_on(kindling_weights::collect(&model, &SEGMENT_NAMES))?;
    let bytes = kindling_weights::write(&tensors, Precision::Int8)?;
    ensure!(bytes.len() <= MOST_BYTES, "{} bytes of weights, at most {MOST_BYTES}", bytes.len());
    std::fs::write(out.join("model.safetensors"), &bytes)?;
    let mut about = serde_json::to_value(&config)?;
    about["architectures"] = json!(["BertModel"]);
    about["quantization_config"] =
        json!({"quant_method": "int8-per-channel", "scale_suffix": kindling_weights::SCALE_SUFFIX});
    std::fs::write(out.join("config.json"), serde_json::to_vec_pretty(&about)?)?;
    std::fs::copy(run.join("tokenizer.json"), out.join("tokenizer.json"))?;
    let modules = json!([
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}
    ]);
    std::fs::write(out.join("modules.json"), serde_json::to_vec_pretty(&modules)?)?;
    let pooling = json!({"word_embedding_dimension": config.hidden_size, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true,
        "pooling_mode_max_tokens": false, "pooling_mode_mean_sqrt_len_tokens": false});
    std::fs::write(out.join("1_Pooling/config.json"), serde_json::to_vec_pretty(&pooling)?)?;

    let (_, tokenizer, exported) = text::load(out, &device)?;
    let path = data.join("text/tatoeba_cmn_eng.txt");
    let sample =
        std::fs::read_to_string(&path).with_context(|| format!("texts to compare on at {}", path.display()))?;
    let texts: Vec<&str> =
        sample.lines().rev().step_by(50).take(250).flat_map(|line| line.split('\t').take(2)).collect();
    let rows = text::encode(&tokenizer, &texts, 128)?;
    let (a, b) = (text::embed(&model, &rows, &device, |_| ())?, text::embed(&exported, &rows, &device, |_| ())?);
    let mean = a.iter().zip(&b).map(|(x, y)| x * y).sum::<f32>() / texts.len() as f32;
    println!("{} bytes; mean cosine to f32 over {} texts: {mean:.5}", bytes.len(), texts.len());
    ensure!(mean >= LEAST_COSINE, "mean cosine {mean} is below {LEAST_COSINE}");
    Ok(())
}
