//! The bilingual sentence encoder: distilled from an English teacher, carried over to Chinese by translation pairs
//! (Reimers & Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation").
//!
//! The student starts from the teacher: some of its layers, its vectors of English pieces, and for Chinese pieces the
//! mean of the English vectors that they translate to (see [`crate::alignment`]).

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use burn::optim::{AdamWConfig, GradientsParams, grad_clipping::GradientClippingConfig};
use burn::tensor::{Device, Int, Tensor, TensorData, activation::log_softmax};
use kindling_models::{BertConfig, BertModel, SEGMENT_NAMES};
use kindling_weights::{Checkpoint, NamedTensor, Precision};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use tokenizers::Tokenizer;

use crate::corpus::{Corpus, SOURCES, Source};
use crate::run::{Rate, keep_floats, kept_floats, save};
use crate::vocabulary::{self, SPECIAL, Sizes};
use crate::{alignment, text};

/// Everything that decides a run, as a JSON file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Config {
    /// Seed of sampling, composition and held-out choice.
    pub seed: u64,
    /// Layers of the teacher that the student starts from, in order.
    pub layers: Vec<usize>,
    /// English pieces at most.
    pub english: usize,
    /// Chinese characters at most.
    pub characters: usize,
    /// Chinese words at most.
    pub words: usize,
    /// Sentences to compose from templates.
    pub composed: usize,
    /// Pairs a step.
    pub batch: usize,
    /// Steps.
    pub steps: usize,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Steps of warm-up.
    pub warmup: usize,
    /// Weight of the contrastive part of the loss.
    pub contrast: f32,
    /// Longest text in tokens.
    pub max_tokens: usize,
    /// Shares of the sources, in the order of [`SOURCES`].
    pub shares: [f32; 5],
}

/// What `prepare` makes and `train` reads.
pub struct Prepared {
    /// The corpus it was made from.
    pub corpus: Corpus,
    /// The teacher's unit vectors of the English sides, row by row.
    pub targets: Vec<f32>,
    /// Width of a vector.
    pub dim: usize,
    /// The student's tokenizer, with words and with characters only.
    pub tokenizers: [Tokenizer; 2],
}

fn tokenizer_from(json: &serde_json::Value) -> Result<Tokenizer> {
    Tokenizer::from_bytes(serde_json::to_vec(json)?).map_err(|error| anyhow!("tokenizer: {error}"))
}

/// Builds corpus, vocabulary, starting weights and the teacher's vectors; each is kept in `run` and read back the next time.
pub fn prepare(config: &Config, teacher_dir: &Path, data: &Path, own: &Path, run: &Path) -> Result<Prepared> {
    std::fs::create_dir_all(run)?;
    let device = Device::flex();
    let (teacher_config, teacher_tokenizer, teacher) = text::load(teacher_dir, &device)?;
    let corpus = Corpus::read(data, own, config.composed, config.seed)?;
    for source in SOURCES {
        println!("{source:?}: {} pairs", corpus.train.iter().filter(|pair| pair.source == source).count());
    }
    let sizes = Sizes { english: config.english, characters: config.characters, words: config.words };
    let pieces = vocabulary::choose(&corpus.train, &teacher_tokenizer, &sizes)?;
    let json = vocabulary::tokenizer_json(&pieces, true);
    let tokenizers = [tokenizer_from(&json)?, tokenizer_from(&vocabulary::tokenizer_json(&pieces, false))?];
    let start = run.join("start.safetensors");
    if !start.exists() {
        std::fs::write(run.join("tokenizer.json"), serde_json::to_vec(&json)?)?;
        let vocabulary = SPECIAL.len() + 256 + pieces.len();
        println!("vocabulary: {vocabulary} pieces");
        let student = BertConfig {
            num_hidden_layers: config.layers.len(),
            vocab_size: vocabulary,
            max_position_embeddings: 256,
            ..teacher_config.clone()
        };
        std::fs::write(run.join("config.json"), serde_json::to_vec_pretty(&student)?)?;
        let tensors = starting_weights(&corpus, &pieces, &teacher, &teacher_tokenizer, &tokenizers, config)?;
        std::fs::write(&start, kindling_weights::write(&tensors, Precision::F32)?)?;
    }
    let targets = targets(&corpus, &teacher, &teacher_tokenizer, config, run, &device)?;
    Ok(Prepared { dim: teacher_config.hidden_size, corpus, targets, tokenizers })
}

/// The teacher's vectors, computed once for each distinct English text.
fn targets(
    corpus: &Corpus,
    teacher: &BertModel,
    tokenizer: &Tokenizer,
    config: &Config,
    run: &Path,
    device: &Device,
) -> Result<Vec<f32>> {
    let cache = run.join("targets.f32");
    let count = corpus.train.len();
    let floats = kept_floats(&cache);
    if !floats.is_empty() {
        if floats.len().is_multiple_of(count) {
            return Ok(floats);
        }
        println!("{} is of another corpus: computed anew", cache.display());
    }
    let mut place: HashMap<&str, usize> = HashMap::new();
    let mut distinct: Vec<&str> = Vec::new();
    for pair in &corpus.train {
        place.entry(&pair.en).or_insert_with(|| {
            distinct.push(&pair.en);
            distinct.len() - 1
        });
    }
    let rows = text::encode(tokenizer, &distinct, config.max_tokens)?;
    let started = Instant::now();
    let mut next = 0;
    let vectors = text::embed(teacher, &rows, device, |done| {
        if done >= next {
            println!("teacher: {done} of {} texts, {:.0} s", rows.len(), started.elapsed().as_secs_f32());
            next = done + 10_000;
        }
    })?;
    let dim = vectors.len() / distinct.len();
    let all: Vec<f32> =
        corpus.train.iter().flat_map(|pair| &vectors[place[pair.en.as_str()] * dim..][..dim]).copied().collect();
    keep_floats(&cache, &all)?;
    Ok(all)
}

/// The student before its first step, in a checkpoint's names.
fn starting_weights(
    corpus: &Corpus,
    pieces: &[vocabulary::Piece],
    teacher: &BertModel,
    teacher_tokenizer: &Tokenizer,
    tokenizers: &[Tokenizer; 2],
    config: &Config,
) -> Result<Vec<NamedTensor>> {
    let tensors = pollster::block_on(kindling_weights::collect(teacher, &SEGMENT_NAMES))?;
    let words = tensors.iter().find(|t| t.name == "embeddings.word_embeddings.weight").context("word embeddings")?;
    let dim = words.shape[1];
    let row = |id: u32| &words.values[id as usize * dim..][..dim];
    let average = average_row(words, dim);

    // Alignment sees words and characters alike.
    let mut aligned = Vec::new();
    for tokenizer in tokenizers {
        let zh: Vec<&str> = corpus.train.iter().map(|pair| pair.zh.as_str()).collect();
        let en: Vec<&str> = corpus.train.iter().map(|pair| pair.en.as_str()).collect();
        let zh = tokenizer.encode_batch_fast(zh, false).map_err(|error| anyhow!("{error}"))?;
        let en = teacher_tokenizer.encode_batch_fast(en, false).map_err(|error| anyhow!("{error}"))?;
        aligned.extend(
            zh.iter()
                .zip(&en)
                .filter(|(z, e)| z.len() < 40 && e.len() < 40)
                .map(|(z, e)| (z.get_ids().to_vec(), e.get_ids().to_vec())),
        );
    }
    let translations = alignment::ibm1(&aligned, 6);
    println!("alignment: {} Chinese pieces have translations", translations.len());

    let mut embedding: Vec<f32> = Vec::new();
    for name in SPECIAL {
        embedding.extend(row(teacher_tokenizer.token_to_id(name).context("special token")?));
    }
    (0..256).for_each(|_| embedding.extend(&average));
    let scale = length(&average_length(words, dim));
    for (at, piece) in pieces.iter().enumerate() {
        let id = (SPECIAL.len() + 256 + at) as u32;
        match (piece.teacher_id, translations.get(&id)) {
            (Some(teacher_id), _) => embedding.extend(row(teacher_id)),
            (None, Some(english)) => embedding.extend(mixed(english, row, &average, dim, scale)),
            (None, None) => embedding.extend(&average),
        }
    }
    let mut out = Vec::new();
    for tensor in &tensors {
        let mut tensor = tensor.clone();
        if tensor.name == "embeddings.word_embeddings.weight" {
            tensor.shape[0] = embedding.len() / dim;
            tensor.values = std::mem::take(&mut embedding);
        } else if tensor.name == "embeddings.position_embeddings.weight" {
            tensor.shape[0] = 256;
            tensor.values.truncate(256 * dim);
        } else if let Some(rest) = tensor.name.strip_prefix("encoder.layer.") {
            let (number, rest) = rest.split_once('.').context("layer name")?;
            let number: usize = number.parse()?;
            let Some(place) = config.layers.iter().position(|&layer| layer == number) else { continue };
            tensor.name = format!("encoder.layer.{place}.{rest}");
        }
        out.push(tensor);
    }
    Ok(out)
}

fn average_row(words: &NamedTensor, dim: usize) -> Vec<f32> {
    let mut mean = vec![0.0; dim];
    for row in words.values.chunks(dim) {
        mean.iter_mut().zip(row).for_each(|(m, v)| *m += v / words.shape[0] as f32);
    }
    mean
}

fn length(v: &[f32]) -> f32 {
    v.iter().map(|x| x * x).sum::<f32>().sqrt()
}

/// A vector as long as rows are on average (only its length is used).
fn average_length(words: &NamedTensor, dim: usize) -> Vec<f32> {
    vec![words.values.chunks(dim).map(length).sum::<f32>() / words.shape[0] as f32]
}

/// The mean of the translations' vectors, stretched to the usual length around the average row.
fn mixed<'a>(
    english: &[(u32, f32)],
    row: impl Fn(u32) -> &'a [f32],
    average: &[f32],
    dim: usize,
    scale: f32,
) -> Vec<f32> {
    let total: f32 = english.iter().map(|(_, p)| p * p).sum();
    let mut out = vec![0.0; dim];
    for &(id, p) in english {
        // Squared: a likely translation should not drown among many unlikely ones.
        out.iter_mut().zip(row(id)).zip(average).for_each(|((o, v), a)| *o += p * p / total * (v - a));
    }
    let stretch = (scale * 0.8 / length(&out).max(1e-6)).min(3.0);
    out.iter().zip(average).map(|(o, a)| o * stretch + a).collect()
}

/// Trains, logging to `run/log.csv`, writing `run/last.safetensors` every `every` steps; goes on from there with `resume`.
pub fn train(config: &Config, prepared: &Prepared, run: &Path, device: Device, resume: bool) -> Result<()> {
    let device = device.autodiff();
    let last = run.join("last.safetensors");
    let state = run.join("state.json");
    let first = if resume && last.exists() { serde_json::from_slice::<usize>(&std::fs::read(&state)?)? } else { 0 };
    let from = if first > 0 { &last } else { &run.join("start.safetensors") };
    let student: BertConfig = serde_json::from_slice(&std::fs::read(run.join("config.json"))?)?;
    let checkpoint = Checkpoint::parse(std::fs::read(from)?)?;
    let (mut model, _) = kindling_weights::load(student.init(&device)?, &checkpoint, &SEGMENT_NAMES)?;
    let mut optimiser = AdamWConfig::new()
        .with_beta_2(0.98)
        .with_epsilon(1e-8)
        .with_weight_decay(1e-4)
        .with_grad_clipping(Some(GradientClippingConfig::Norm(1.0)))
        .init();
    let sampler = Sampler::new(config, prepared)?;
    let mut log = std::fs::OpenOptions::new().create(true).append(true).open(run.join("log.csv"))?;
    let rate = Rate { peak: config.learning_rate, warmup: config.warmup, steps: config.steps, least: 0.05 };
    let (started, mut shown, mut sum) = (Instant::now(), first, 0.0);
    for step in first..config.steps {
        let mut rng = StdRng::seed_from_u64(config.seed ^ (step as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let picks = sampler.draw(config, &mut rng);
        let loss = loss(config, prepared, &sampler, &model, &picks, &device, &mut rng);
        let loss_value = text::values(loss.clone().inner())?[0];
        ensure!(loss_value.is_finite(), "the loss at step {step} is {loss_value}");
        let grads = GradientsParams::from_grads(loss.backward(), &model);
        model = optimiser.step(rate.at(step, first), model, grads);
        sum += loss_value;
        if (step + 1) % 20 == 0 {
            let speed = (step + 1 - first) as f32 / started.elapsed().as_secs_f32();
            let left = (config.steps - step - 1) as f32 / speed / 60.0;
            let mean = sum / (step + 1 - shown) as f32;
            println!("step {} loss {mean:.4} {:.2} steps/s, {left:.0} min left", step + 1, speed);
            writeln!(log, "{},{mean:.5},{:.1}", step + 1, started.elapsed().as_secs_f32())?;
            (shown, sum) = (step + 1, 0.0);
        }
        if (step + 1) % 250 == 0 || step + 1 == config.steps {
            save(&model, &last)?;
            std::fs::write(&state, serde_json::to_vec(&(step + 1))?)?;
        }
    }
    Ok(())
}

/// Token ids of everything, and who is where.
struct Sampler {
    en: Vec<text::Ids>,
    zh: [Vec<text::Ids>; 2],
    by_source: Vec<Vec<usize>>,
}

impl Sampler {
    fn new(config: &Config, prepared: &Prepared) -> Result<Self> {
        let en: Vec<&str> = prepared.corpus.train.iter().map(|pair| pair.en.as_str()).collect();
        let zh: Vec<&str> = prepared.corpus.train.iter().map(|pair| pair.zh.as_str()).collect();
        let [words, characters] = &prepared.tokenizers;
        let of = |source: Source| {
            (0..prepared.corpus.train.len()).filter(|&i| prepared.corpus.train[i].source == source).collect()
        };
        Ok(Self {
            en: text::encode(words, &en, config.max_tokens)?,
            zh: [text::encode(words, &zh, config.max_tokens)?, text::encode(characters, &zh, config.max_tokens)?],
            by_source: SOURCES.map(of).to_vec(),
        })
    }

    /// Places of the pairs of one step. Drawn in a window of similar lengths: little padding.
    fn draw(&self, config: &Config, rng: &mut StdRng) -> Vec<usize> {
        let mut picks: Vec<usize> = Vec::with_capacity(config.batch * 3);
        for (places, share) in self.by_source.iter().zip(config.shares) {
            let count = (share * (config.batch * 3) as f32).round() as usize;
            picks.extend((0..count).filter_map(|_| places.choose(rng).copied()));
        }
        picks.sort_by_key(|&i| self.en[i].len().max(self.zh[0][i].len()));
        let window = picks.len().saturating_sub(config.batch);
        let from = if window == 0 { 0 } else { rng.random_range(0..=window) };
        picks.drain(from..(from + config.batch).min(picks.len())).collect()
    }
}

/// `mean(1 − cos)` of both languages to the teacher, plus a contrast of each text with the batch (InfoNCE, temperature 0.05).
fn loss(
    config: &Config,
    prepared: &Prepared,
    sampler: &Sampler,
    model: &BertModel,
    picks: &[usize],
    device: &Device,
    rng: &mut StdRng,
) -> Tensor<1> {
    let en: Vec<&text::Ids> = picks.iter().map(|&i| &sampler.en[i]).collect();
    let zh: Vec<&text::Ids> = picks.iter().map(|&i| &sampler.zh[usize::from(rng.random_bool(0.3))][i]).collect();
    let target: Vec<f32> =
        picks.iter().flat_map(|&i| &prepared.targets[i * prepared.dim..][..prepared.dim]).copied().collect();
    let target = Tensor::<2>::from_data(TensorData::new(target, [picks.len(), prepared.dim]), device); // [batch, dim]
    let rows: Vec<&text::Ids> = en.into_iter().chain(zh).collect();
    let vectors = text::forward(model, &rows, device); // [2 × batch, dim]
    let both = Tensor::cat(vec![target.clone(), target.clone()], 0); // [2 × batch, dim]
    let cosine = (vectors.clone() * both).sum_dim(1).mean();
    let logits = vectors.matmul(target.transpose()) * 20.0; // [2 × batch, batch]
    let own: Vec<i32> = (0..picks.len() as i32).chain(0..picks.len() as i32).collect();
    let own = Tensor::<2, Int>::from_data(TensorData::new(own, [picks.len() * 2, 1]), device);
    let contrast = -log_softmax(logits, 1).gather(1, own).mean();
    (-cosine + 1.0) * 4.0 + contrast * config.contrast
}
