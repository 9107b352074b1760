//! The table of the small CLIP's model card: styles, concepts and photos that training never saw.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use burn::tensor::{Device, Tensor, TensorData};
use kindling_inputs::ImageProcessor;
use kindling_models::pooling::normalise;
use kindling_models::{ClipConfig, ClipModel, SEGMENT_NAMES};
use tokenizers::Tokenizer;

use super::data::{Data, Held, Shelved};
use super::{Config, IMAGE_SIZE, caption_tensors, data};
use crate::evaluate::Score;
use crate::text;

/// Pictures or captions at once.
const BATCH: usize = 64;
/// Prompts, written before any score was seen: for emoji the bare name, for photos the paper's sentence.
const PHOTO: [&str; 2] = ["a photo of a {}", "一张{}的照片"];

/// Unit vectors of pictures, prepared as the page prepares them.
pub fn image_vectors(model: &ClipModel, pictures: &[&Shelved], device: &Device) -> Result<Vec<f32>> {
    let processor = ImageProcessor::clip(IMAGE_SIZE as u32);
    let mut out = Vec::new();
    for part in pictures.chunks(BATCH) {
        let pixels: Vec<f32> = part.iter().flat_map(|picture| processor.pixels(&picture.on_white())).collect();
        let pixels = TensorData::new(pixels, [part.len(), 3, IMAGE_SIZE, IMAGE_SIZE]);
        out.extend(text::values(normalise(model.image_features(Tensor::from_data(pixels, device))))?);
    }
    Ok(out)
}

/// Unit vectors of captions.
pub fn text_vectors(
    model: &ClipModel,
    tokenizer: &Tokenizer,
    config: &ClipConfig,
    texts: &[String],
    device: &Device,
) -> Result<Vec<f32>> {
    let strs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let rows = text::encode(tokenizer, &strs, config.text_config.max_position_embeddings)?;
    let mut out = Vec::new();
    for part in rows.chunks(BATCH) {
        let (ids, ends) = caption_tensors(config, &part.iter().collect::<Vec<_>>(), device);
        out.extend(text::values(normalise(model.text_features(ids, ends, None)))?);
    }
    Ok(out)
}

/// Where the nearest row lies.
fn nearest(vector: &[f32], rows: &[f32]) -> usize {
    let score = |row: &[f32]| row.iter().zip(vector).map(|(a, b)| a * b).sum::<f32>();
    let scores: Vec<f32> = rows.chunks(vector.len()).map(score).collect();
    (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0)
}

/// Every score; at most `most` pictures a set, evenly taken (the candidates stay all).
pub fn scores(
    model: &ClipModel,
    tokenizer: &Tokenizer,
    config: &ClipConfig,
    data: &Data,
    most: usize,
) -> Result<Vec<Score>> {
    let device = Device::flex();
    let mut scores = Vec::new();
    let sets = [
        ("emoji in an unseen style, R@1 of its names", &data.other_style, ["{}", "{}"]),
        ("emoji of unseen concepts, R@1 of their names", &data.other_concepts, ["{}", "{}"]),
        ("Caltech-101 photos, zero-shot by name", &data.photos, PHOTO),
    ];
    for (title, held, templates) in sets {
        // Candidates: every distinct name of the set.
        let names: BTreeMap<&String, &Held> = held.iter().map(|h| (&h.name[0], h)).collect();
        let place: BTreeMap<&String, usize> = names.keys().enumerate().map(|(at, name)| (*name, at)).collect();
        let step = held.len().div_ceil(most).max(1);
        let shown: Vec<&Held> = held.iter().step_by(step).collect();
        let pictures: Vec<&Shelved> = shown.iter().map(|h| &data.shelf[h.picture]).collect();
        let vectors = image_vectors(model, &pictures, &device)?;
        for (language, template) in templates.iter().enumerate() {
            let texts: Vec<String> = names.values().map(|h| template.replace("{}", &h.name[language])).collect();
            let captions = text_vectors(model, tokenizer, config, &texts, &device)?;
            let mut by_class: BTreeMap<usize, [usize; 2]> = BTreeMap::new();
            for (vector, held) in vectors.chunks(config.projection_dim).zip(&shown) {
                let own = place[&held.name[0]];
                let found = nearest(vector, &captions);
                let counts = by_class.entry(own).or_default();
                counts[1] += 1;
                // Two names may be one word in Chinese; either is right then.
                counts[0] += usize::from(found == own || texts[found] == texts[own]);
            }
            let right: usize = by_class.values().map(|c| c[0]).sum();
            let language = ["en", "zh"][language];
            scores.push(Score {
                name: format!("{title}, {language}, {} candidates", texts.len()),
                percent: 100.0 * right as f32 / shown.len().max(1) as f32,
                count: shown.len(),
            });
            if title.starts_with("Caltech") {
                let mean = by_class.values().map(|c| c[0] as f32 / c[1] as f32).sum::<f32>() / by_class.len() as f32;
                let name = format!("{title}, {language}, mean over classes");
                scores.push(Score { name, percent: 100.0 * mean, count: shown.len() });
            }
        }
    }
    Ok(scores)
}

/// Scores of a model folder.
pub fn table(config: &Config, model: &Path, folder: &Path) -> Result<Vec<Score>> {
    let (clip_config, tokenizer, clip) = load(model)?;
    let data = data::read(config, folder)?;
    scores(&clip, &tokenizer, &clip_config, &data, usize::MAX)
}

/// A model folder as it would be shipped.
pub fn load(dir: &Path) -> Result<(ClipConfig, Tokenizer, ClipModel)> {
    let (config, tokenizer, checkpoint) = text::folder::<ClipConfig>(dir)?;
    let (model, _) = kindling_weights::load(config.init(&Device::flex())?, &checkpoint, &SEGMENT_NAMES)?;
    Ok((config, tokenizer, model))
}
