//! A sentence encoder: texts in, unit vectors out.

use std::collections::BTreeMap;

use burn::tensor::{Device, Int, Tensor, TensorData};
use kindling_inputs::{Batch, Limits, TextTokenizer, TokenView, TokenizerFiles};
use kindling_models::{Pooling, TextEncoder};
use kindling_weights::{Checkpoint, LoadReport, Source, WeightFiles};
use serde::Serialize;

use crate::error::tokenizer_class;
use crate::sentence_head::{Head, scale_to_unit};
use crate::text_model::TextConfig;
use crate::{Compute, PoolingMode, TaskError, sentence, sentence_pooling};

/// The files of a checkpoint folder, as bytes.
#[derive(Debug, Default)]
pub struct EncoderFiles {
    /// `config.json`
    pub config: Vec<u8>,
    /// `tokenizer.json`, or older files from which the same is made
    pub tokenizer: TokenizerFiles,
    /// `model.safetensors`, or shards and their index
    pub weights: WeightFiles,
    /// `modules.json`; without it vectors are normalised
    pub modules: Option<Vec<u8>>,
    /// Configuration and weights of the dense modules that `modules.json` lists, by their paths: `2_Dense/config.json`, for instance
    pub dense: BTreeMap<String, Box<dyn Source>>,
    /// `1_Pooling/config.json`; without it the mean is taken
    pub pooling: Option<Vec<u8>>,
    /// `sentence_bert_config.json`; without it the tokenizer and the position embedding set the limit
    pub sentence: Option<Vec<u8>>,
    /// `config_sentence_transformers.json`
    pub sentence_transformers: Option<Vec<u8>>,
    /// What it computes with.
    pub compute: Compute,
}

/// What a loaded encoder is.
#[derive(Debug, Clone, Serialize)]
pub struct EncoderInfo {
    /// `bert`, `roberta`, `xlm-roberta` or `distilbert`
    pub architecture: String,
    /// Numbers in the weights.
    pub parameters: usize,
    /// Width of a vector.
    pub dim: usize,
    /// Layers.
    pub layers: usize,
    /// Longest text in tokens, special ones included.
    pub max_tokens: usize,
    /// Rows of the word embedding.
    pub vocabulary: usize,
    /// How token vectors become one; of several the results are laid end to end.
    pub pooling: Vec<PoolingMode>,
    /// Whether vectors have length 1.
    pub normalised: bool,
    /// Stored types of the tensors used.
    pub dtypes: Vec<String>,
    /// Tensors of the file that nothing uses.
    pub unused: Vec<String>,
}

/// Vectors of some texts.
#[derive(Debug, Clone, Serialize)]
pub struct Embeddings {
    /// Width of a vector.
    pub dim: usize,
    /// `[texts × dim]`, row by row.
    pub vectors: Vec<f32>,
    /// Tokens of each text before it was cut.
    pub tokens: Vec<usize>,
    /// Whether each text was cut.
    pub truncated: Vec<bool>,
}

impl Embeddings {
    /// Row by row.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.vectors.chunks(self.dim.max(1))
    }
}

/// A loaded encoder.
#[derive(Debug)]
pub struct Encoder {
    tokenizer: TextTokenizer,
    pub(crate) model: Box<dyn TextEncoder>,
    pub(crate) device: Device,
    pub(crate) config: TextConfig,
    pub(crate) compute: Compute,
    head: Head,
    info: EncoderInfo,
}

impl Encoder {
    /// Reads configuration, tokenizer and header, checks them against each other, then uploads tensor by tensor.
    ///
    /// # Errors
    /// The file and the field, tensor or token that does not fit.
    pub fn load(mut files: EncoderFiles, device: &Device) -> Result<Self, TaskError> {
        let config = TextConfig::read(&files.config)?;
        let pooling = sentence_pooling::modes(files.pooling.as_deref())?;
        let width = config.hidden() * pooling.len();
        let head = Head::read(files.modules.as_deref(), &mut files.dense, width)?;
        let texts = sentence::texts(&files)?;
        let max_tokens = config.max_tokens().min(texts.most_tokens);
        let checkpoint = Checkpoint::open(files.weights)?;
        let on_device = sentence_pooling::on_device(&pooling).unwrap_or(Pooling::Mean);
        crate::warm::encoder(&config, on_device, checkpoint.precision(), files.compute, device);
        let limits = Limits { vocabulary: config.vocabulary(), max_tokens };
        let tokenizer = files.tokenizer.tokenizer(config.name(), tokenizer_class(&files.config).as_deref(), limits)?;
        let tokenizer = if texts.lower_cased { tokenizer.lower_cased() } else { tokenizer };
        let (model, LoadReport { parameters, dtypes, unused, .. }) = config.load(&checkpoint, device, files.compute)?;
        let info = EncoderInfo {
            architecture: config.name().into(),
            parameters,
            dim: head.dim(),
            layers: config.layers(),
            max_tokens,
            vocabulary: config.vocabulary(),
            pooling,
            normalised: head.normalises(),
            dtypes,
            unused,
        };
        Ok(Self { tokenizer, model, device: device.clone(), config, compute: files.compute, head, info })
    }

    /// What was loaded.
    pub fn info(&self) -> &EncoderInfo {
        &self.info
    }

    /// How the model sees a text: tokens over graphemes.
    ///
    /// # Errors
    /// A text that the tokenizer refuses.
    pub fn tokens(&self, text: &str) -> Result<TokenView, TaskError> {
        Ok(self.tokenizer.view(text)?)
    }

    /// The tokenizer's own view, for callers that count.
    pub fn tokenizer(&self) -> &TextTokenizer {
        &self.tokenizer
    }

    /// One vector a text. Texts of like length run together, so that padding costs little; the order is kept.
    ///
    /// # Errors
    /// A refused text; [`TaskError::NotFinite`]; [`TaskError::Device`].
    pub async fn embed(&self, texts: &[&str]) -> Result<Embeddings, TaskError> {
        let dim = self.info.dim;
        let batch = self.tokenizer.encode(texts)?;
        let mut order: Vec<usize> = (0..batch.rows).collect();
        let length = |row: usize| batch.mask[row * batch.cols..(row + 1) * batch.cols].iter().sum::<u32>() as usize;
        order.sort_by_key(|&row| length(row));
        let mut vectors = vec![0.0; batch.rows * dim];
        for part in runs(&order, length) {
            let cols = part.iter().map(|&row| length(row)).max().unwrap_or(0);
            let (ids, mask) = gather(&batch, part, cols);
            let padded = part.iter().any(|&row| length(row) < cols);
            let values = self.embed_ids(&ids, padded.then_some(mask.as_slice()), part.len(), cols).await?;
            for (vector, &row) in values.chunks(dim).zip(part) {
                if !vector.iter().all(|value| value.is_finite()) {
                    return Err(TaskError::NotFinite { row });
                }
                vectors[row * dim..(row + 1) * dim].copy_from_slice(vector);
            }
        }
        Ok(Embeddings { dim, vectors, tokens: batch.totals, truncated: batch.truncated })
    }

    /// One upload, the model, one readback.
    ///
    /// # Shapes
    /// `ids`, `mask`: `[rows × cols]`; without `mask` nothing is padding. Returns `[rows × dim]`.
    ///
    /// # Errors
    /// [`TaskError::Device`].
    pub async fn embed_ids(
        &self,
        ids: &[i32],
        mask: Option<&[f32]>,
        rows: usize,
        cols: usize,
    ) -> Result<Vec<f32>, TaskError> {
        let shape = [rows, cols];
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids.to_vec(), shape), &self.device); // [rows, cols]
        let padding = mask.map(|mask| Tensor::<2>::from_data(TensorData::new(mask.to_vec(), shape), &self.device)); // [rows, cols]
        let hidden = self.model.forward(ids, padding.clone()); // [rows, cols, hidden]
        let pooled = sentence_pooling::pooled(&self.info.pooling, hidden, padding, mask).await?; // [rows × modes · hidden]
        Ok(self.head.forward(pooled))
    }
}

/// The one way back from the device.
pub(crate) async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, TaskError> {
    let failure = |reason: String| TaskError::Device { reason };
    let data = tensor.into_data_async().await.map_err(|error| failure(format!("{error:?}")))?;
    data.convert::<f32>().try_to_vec::<f32>().map_err(|error| failure(format!("{error:?}")))
}

/// The same, every row scaled to length 1: `[rows × dim]`.
pub(crate) async fn unit_rows(tensor: Tensor<2>) -> Result<Vec<f32>, TaskError> {
    let [_, dim] = tensor.dims();
    let mut rows = read(tensor).await?;
    scale_to_unit(&mut rows, dim);
    Ok(rows)
}

/// Cuts an order into runs of at most [`TOKENS`] tokens, padding counted.
fn runs(order: &[usize], length: impl Fn(usize) -> usize) -> Vec<&[usize]> {
    // As large as keeps activations in tens of megabytes: 2,048 tokens × 1,536 wide × 4 bytes = 12 MB.
    const TOKENS: usize = 2048;
    let mut parts = Vec::new();
    let mut start = 0;
    for at in 0..order.len() {
        let longest = length(order[at]);
        if at > start && (at + 1 - start) * longest > TOKENS {
            parts.push(&order[start..at]);
            start = at;
        }
    }
    if start < order.len() {
        parts.push(&order[start..]);
    }
    parts
}

/// Ids and mask of some rows, cut to `cols` columns. Everything else is padding: after the text, or before it where the tokenizer's file
/// puts it there.
fn gather(batch: &Batch, rows: &[usize], cols: usize) -> (Vec<i32>, Vec<f32>) {
    let cells = |row: usize| {
        let all = row * batch.cols..(row + 1) * batch.cols;
        let padded_left = batch.mask[all.clone()].first() == Some(&0);
        if padded_left { all.end - cols..all.end } else { all.start..all.start + cols }
    };
    let ids = rows.iter().flat_map(|&row| &batch.ids[cells(row)]).map(|&id| id as i32).collect();
    let mask = rows.iter().flat_map(|&row| &batch.mask[cells(row)]).map(|&m| m as f32).collect();
    (ids, mask)
}
