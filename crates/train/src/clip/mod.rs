//! The small bilingual CLIP, trained on emoji in several styles and on photos.
//!
//! Losses: the contrast of pictures with captions (Radford et al. 2021, figure 3); a softmax of both over one vector a concept, which
//! ties styles and languages together faster than small batches can; and for the text tower alone the bundled encoder's vectors of
//! many texts, so that words that no picture teaches keep their meaning. Early steps look at a part of each picture (Li et al. 2022).

mod archive;
mod augment;
mod batch;
mod captions;
mod data;
mod evaluate;
mod export;
mod start;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamWConfig, GradientsParams, grad_clipping::GradientClippingConfig};
use burn::tensor::{Device, Int, Tensor, TensorData, activation::log_softmax};
use kindling_kernels::linear;
use kindling_models::clip::{ClipTextConfig, ClipVisionConfig};
use kindling_models::pooling::normalise;
use kindling_models::{ClipConfig, ClipModel, SEGMENT_NAMES};
use kindling_weights::{Checkpoint, Precision};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use tokenizers::Tokenizer;

pub use data::Data;
pub use evaluate::table;
pub use export::export;

use batch::{Batch, batches};

use crate::run::{Rate, keep_floats, kept_floats, save};
use crate::text;

/// Everything that decides a run, as a JSON file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Config {
    /// Seed of splits, sampling and augmentation.
    pub seed: u64,
    /// Width of both towers.
    pub hidden: usize,
    /// Width of the common space.
    pub projection: usize,
    /// Heads in a layer of either tower.
    pub heads: usize,
    /// Layers of the text tower.
    pub text_layers: usize,
    /// Layers of the vision tower.
    pub vision_layers: usize,
    /// Side of a patch in pixels.
    pub patch: usize,
    /// Longest caption in tokens.
    pub max_tokens: usize,
    /// Emoji styles to learn from.
    pub train_styles: Vec<String>,
    /// The style that is only tested on.
    pub test_style: String,
    /// Concepts that are never learnt, in any style.
    pub held_out_concepts: usize,
    /// Share of photos that are only tested on.
    pub held_out_photos: f64,
    /// Share of photos in a batch.
    pub photo_share: f64,
    /// Pictures a step.
    pub batch: usize,
    /// General texts a step.
    pub general: usize,
    /// General texts in all.
    pub general_texts: usize,
    /// Steps.
    pub steps: usize,
    /// Share of the steps that look at a part of each picture.
    pub masked_until: f64,
    /// Patches looked at in those steps.
    pub kept_patches: usize,
    /// How far pictures are turned, cropped, recoloured and put on other grounds: 0 not at all, 1 fully.
    pub augmentation: f32,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Steps of warm-up.
    pub warmup: usize,
    /// AdamW's.
    pub weight_decay: f32,
}

/// Side of a picture in pixels.
pub const IMAGE_SIZE: usize = 64;

impl Config {
    /// The model's own configuration, for a tokenizer of so many pieces whose last special token has this id.
    fn model(&self, vocabulary: usize, end: usize) -> ClipConfig {
        ClipConfig {
            model_type: "clip".into(),
            projection_dim: self.projection,
            text_config: ClipTextConfig {
                vocab_size: vocabulary,
                hidden_size: self.hidden,
                intermediate_size: self.hidden * 4,
                num_hidden_layers: self.text_layers,
                num_attention_heads: self.heads,
                max_position_embeddings: self.max_tokens,
                hidden_act: "quick_gelu".into(),
                layer_norm_eps: 1e-5,
                eos_token_id: end,
            },
            vision_config: ClipVisionConfig {
                hidden_size: self.hidden,
                intermediate_size: self.hidden * 4,
                num_hidden_layers: self.vision_layers,
                num_attention_heads: self.heads,
                num_channels: 3,
                image_size: IMAGE_SIZE,
                patch_size: self.patch,
                hidden_act: "quick_gelu".into(),
                layer_norm_eps: 1e-5,
            },
        }
    }
}

/// CLIP with what only training needs.
#[derive(Module, Debug)]
struct Trained {
    clip: ClipModel,
    /// One vector a concept: `[projection, concepts]`
    concepts: Linear,
    /// From the common space to the encoder's: `[projection, encoder]`
    teacher: Linear,
}

/// Everything a run reads, once.
pub struct Prepared {
    data: Data,
    tokenizer: Tokenizer,
    model: ClipConfig,
    general: Vec<text::Ids>,
    /// The encoder's unit vectors of the general texts.
    targets: Vec<f32>,
    /// Width of the encoder's vectors.
    teacher_dim: usize,
    start: Vec<f32>,
}

/// Reads pictures, names and the encoder; computes the encoder's vectors of the general texts once and keeps them in `run`.
pub fn prepare(config: &Config, encoder: &Path, data: &Path, run: &Path) -> Result<Prepared> {
    std::fs::create_dir_all(run)?;
    let device = Device::flex();
    let (encoder_config, tokenizer, teacher) = text::load(encoder, &device)?;
    std::fs::copy(encoder.join("tokenizer.json"), run.join("tokenizer.json"))?;
    let pictures = data::read(config, data)?;
    println!(
        "{} pictures of {} concepts to learn; held out: {} emoji in another style, {} of other concepts, {} photos",
        pictures.concepts.iter().map(|c| c.emoji.len() + c.photos.len()).sum::<usize>(),
        pictures.concepts.len(),
        pictures.other_style.len(),
        pictures.other_concepts.len(),
        pictures.photos.len()
    );
    let end = tokenizer.token_to_id("[SEP]").context("no end token in the encoder's tokenizer")? as usize;
    let model = config.model(encoder_config.vocab_size, end);
    std::fs::write(run.join("config.json"), serde_json::to_vec_pretty(&model)?)?;
    let texts = general_texts(config, data, &pictures)?;
    let strs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let general = text::encode(&tokenizer, &strs, config.max_tokens)?;
    let cache = run.join("targets.f32");
    let mut targets = kept_floats(&cache);
    if targets.len() != texts.len() * encoder_config.hidden_size {
        let mut next = 0;
        targets = text::embed(&teacher, &general, &device, |done| {
            if done >= next {
                println!("encoder: {done} of {} texts", texts.len());
                next = done + 5_000;
            }
        })?;
        keep_floats(&cache, &targets)?;
    }
    let weights = Checkpoint::parse(std::fs::read(encoder.join("model.safetensors"))?)?;
    let start = start::token_embedding(&weights, config.hidden, config.seed)?;
    let teacher_dim = encoder_config.hidden_size;
    Ok(Prepared { data: pictures, tokenizer, model, general, targets, teacher_dim, start })
}

/// Names, keywords, dictionary entries and short sentences in both languages. No name of a held-out concept is treated otherwise: words may
/// be known, pictures may not.
fn general_texts(config: &Config, data: &Path, pictures: &Data) -> Result<Vec<String>> {
    let mut texts: Vec<String> = Vec::new();
    for concept in &pictures.concepts {
        texts.extend([concept.en.clone(), concept.zh.clone()]);
        texts.extend(concept.en_words.iter().chain(&concept.zh_words).cloned());
    }
    let mut more = Vec::new();
    let read = |name: &str| std::fs::read_to_string(data.join(name)).with_context(|| format!("texts at {name}"));
    for line in read("text/wn_zh_en_pairs.tsv")?.lines() {
        more.extend(line.split('\t').filter(|t| t.chars().count() < 40).map(String::from));
    }
    for line in read("text/tatoeba_cmn_eng.txt")?.lines() {
        more.extend(line.split('\t').take(2).filter(|t| t.chars().count() < 50).map(String::from));
    }
    texts.sort();
    texts.dedup();
    more.sort();
    more.dedup();
    more.shuffle(&mut StdRng::seed_from_u64(config.seed ^ 0x67));
    more.truncate(config.general_texts.saturating_sub(texts.len()));
    texts.extend(more);
    Ok(texts)
}

/// Trains, logging to `run/log.csv`, writing checkpoints; goes on from the last one with `resume`.
pub fn train(config: &Config, prepared: Prepared, run: &Path, device: Device, resume: bool) -> Result<()> {
    let device = device.autodiff();
    let state = run.join("state.json");
    let first = if resume && state.exists() { serde_json::from_slice::<usize>(&std::fs::read(&state)?)? } else { 0 };
    let mut model = initial(config, &prepared, run, first, &device)?;
    let mut optimiser = AdamWConfig::new()
        .with_beta_2(0.98)
        .with_epsilon(1e-6)
        .with_weight_decay(config.weight_decay)
        .with_grad_clipping(Some(GradientClippingConfig::Norm(1.0)))
        .init();
    let mut log = std::fs::OpenOptions::new().create(true).append(true).open(run.join("log.csv"))?;
    let prepared = Arc::new(prepared);
    let batches = batches(config, &prepared, first);
    let rate = Rate { peak: config.learning_rate, warmup: config.warmup, steps: config.steps, least: 0.02 };
    let (started, mut sums, mut shown) = (Instant::now(), [0.0f32; 4], first);
    for step in first..config.steps {
        let batch = batches.recv().context("the thread that makes batches ended")?;
        let (loss, parts) = loss(&prepared, &model, &batch, &device)?;
        let values = text::values(parts)?;
        ensure!(values.iter().all(|v| v.is_finite()), "the loss at step {step} is {values:?}");
        let grads = GradientsParams::from_grads(loss.backward(), &model);
        model = optimiser.step(rate.at(step, first), model, grads);
        sums.iter_mut().zip(&values).for_each(|(sum, value)| *sum += value);
        if (step + 1) % 20 == 0 {
            let speed = (step + 1 - first) as f32 / started.elapsed().as_secs_f32();
            let left = (config.steps - step - 1) as f32 / speed / 60.0;
            let mean = sums.map(|sum| sum / (step + 1 - shown) as f32);
            let [contrast, picture, caption, general] = mean;
            println!(
                "step {} contrast {contrast:.3} picture {picture:.3} caption {caption:.3} general {general:.3}; {speed:.2} steps/s, {left:.0} min left",
                step + 1
            );
            writeln!(
                log,
                "{},{contrast:.4},{picture:.4},{caption:.4},{general:.4},{:.0}",
                step + 1,
                started.elapsed().as_secs_f32()
            )?;
            (shown, sums) = (step + 1, [0.0; 4]);
        }
        if (step + 1) % 100 == 0 || step + 1 == config.steps {
            save(&model, &run.join("last.safetensors"))?;
            std::fs::write(&state, serde_json::to_vec(&(step + 1))?)?;
        }
        if (step + 1) % 500 == 0 {
            let scores =
                evaluate::scores(&model.clip.valid(), &prepared.tokenizer, &prepared.model, &prepared.data, 400)?;
            scores.iter().for_each(|s| println!("  {:5.1} %  {} (n = {})", s.percent, s.name, s.count));
        }
    }
    Ok(())
}

/// Fresh weights with the encoder's piece vectors, or those of the last checkpoint.
fn initial(config: &Config, prepared: &Prepared, run: &Path, first: usize, device: &Device) -> Result<Trained> {
    device.seed(config.seed);
    let bias_free = |from, to| LinearConfig::new(from, to).with_bias(false).init(device);
    let mut model = Trained {
        clip: prepared.model.init(device)?,
        concepts: bias_free(config.projection, prepared.data.concepts.len()),
        teacher: bias_free(config.projection, prepared.teacher_dim),
    };
    if first > 0 {
        let checkpoint = Checkpoint::parse(std::fs::read(run.join("last.safetensors"))?)?;
        return Ok(kindling_weights::load(model, &checkpoint, &SEGMENT_NAMES)?.0);
    }
    // A start as small as the reference's, and the encoder's own words.
    let mut tensors = pollster::block_on(kindling_weights::collect(&model, &SEGMENT_NAMES))?;
    for tensor in &mut tensors {
        if tensor.name.ends_with("token_embedding.weight") {
            ensure!(tensor.values.len() == prepared.start.len(), "an encoder of another vocabulary");
            tensor.values.clone_from(&prepared.start);
        } else if tensor.name.ends_with("text_model.embeddings.position_embedding.weight") {
            tensor.values.iter_mut().for_each(|v| *v *= 0.01);
        }
    }
    let checkpoint = Checkpoint::parse(kindling_weights::write(&tensors, Precision::F32)?)?;
    model = kindling_weights::load(model, &checkpoint, &SEGMENT_NAMES)?.0;
    Ok(model)
}

/// Ids and the one-hot ends of captions: `[rows, tokens]` each.
fn caption_tensors(config: &ClipConfig, rows: &[&text::Ids], device: &Device) -> (Tensor<2, Int>, Tensor<2>) {
    let (ids, mask) = text::batch(rows, device);
    let [count, tokens] = mask.dims();
    let mut ends = vec![0.0f32; count * tokens];
    rows.iter().enumerate().for_each(|(at, row)| ends[at * tokens + config.text_config.end(row)] = 1.0);
    (ids, Tensor::from_data(TensorData::new(ends, [count, tokens]), device))
}

fn cross_entropy(logits: Tensor<2>, own: Tensor<2, Int>) -> Tensor<1> {
    -log_softmax(logits, 1).gather(1, own).mean()
}

/// The sum, and its parts without their history: contrast, pictures over concepts, captions over concepts, general texts.
fn loss(prepared: &Prepared, model: &Trained, batch: &Batch, device: &Device) -> Result<(Tensor<1>, Tensor<1>)> {
    let count = batch.concepts.len();
    let pixels = TensorData::new(batch.pixels.clone(), [count, 3, IMAGE_SIZE, IMAGE_SIZE]);
    let pixels = Tensor::<4>::from_data(pixels, device);
    let keep = batch
        .kept
        .as_ref()
        .map(|kept| Tensor::<1, Int>::from_data(TensorData::new(kept.clone(), [kept.len()]), device));
    let clip = &model.clip;
    let pictures = normalise(linear(&clip.visual_projection, clip.vision_model.forward(pixels, keep))); // [batch, projection]
    let encoded =
        prepared.tokenizer.encode_batch_fast(batch.captions.clone(), true).map_err(|error| anyhow!("{error}"))?;
    let most = prepared.model.text_config.max_position_embeddings;
    let captions: Vec<text::Ids> =
        encoded.iter().map(|e| e.get_ids().to_vec()).filter(|ids| ids.len() <= most).collect();
    ensure!(captions.len() == count, "a caption of more than {most} tokens");
    let rows: Vec<&text::Ids> = captions.iter().chain(batch.general.iter().map(|&at| &prepared.general[at])).collect();
    let (ids, ends) = caption_tensors(&prepared.model, &rows, device);
    let texts = clip.text_features(ids, ends, None); // [batch + general, projection]
    let captions = normalise(texts.clone().narrow(0, 0, count)); // [batch, projection]
    let general = texts.narrow(0, count, rows.len() - count); // [general, projection]

    let scale = clip.logit_scale.val().exp().clamp(1.0, 100.0).reshape([1, 1]);
    let own = Tensor::<2, Int>::from_data(TensorData::new((0..count as i32).collect::<Vec<_>>(), [count, 1]), device);
    let logits = pictures.clone().matmul(captions.clone().transpose()) * scale.clone(); // [batch, batch]
    let contrast = (cross_entropy(logits.clone(), own.clone()) + cross_entropy(logits.transpose(), own)) * 0.5;

    let concept = Tensor::<2, Int>::from_data(TensorData::new(batch.concepts.clone(), [count, 1]), device);
    let centres = normalise(model.concepts.weight.val().transpose()).transpose(); // [projection, concepts]
    let picture = cross_entropy(pictures.matmul(centres.clone()) * scale.clone(), concept.clone());
    let caption = cross_entropy(captions.matmul(centres) * scale, concept);

    let dim = prepared.teacher_dim;
    let targets: Vec<f32> =
        batch.general.iter().flat_map(|&at| &prepared.targets[at * dim..][..dim]).copied().collect();
    let targets = Tensor::<2>::from_data(TensorData::new(targets, [batch.general.len(), dim]), device);
    let general = -(normalise(model.teacher.forward(general)) * targets).sum_dim(1).mean() + 1.0;

    let parts = [&contrast, &picture, &caption, &general].map(|part| part.clone().inner()).to_vec();
    let loss = contrast + picture + caption * 0.5 + general * 2.0;
    Ok((loss, Tensor::cat(parts, 0)))
}
