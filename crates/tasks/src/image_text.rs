//! Images and labels in one space: CLIP's question, asked of any checkpoint of its family.

use burn::tensor::{Device, Tensor, TensorData};
use kindling_inputs::{
    Crop, ImageProcessor, Limits, PictureFormat, TextTokenizer, Thumbnail, TokenView, TokenizerFiles, decode_picture,
};
use kindling_weights::{Checkpoint, WeightFiles};
use serde::Serialize;

use crate::encoder::{Embeddings, unit_rows};
use crate::error::tokenizer_class;
use crate::sentiment::cosine;
use crate::towers::{Captions, Towers, TowersConfig};
use crate::{Compute, TaskError};

/// Longer side of a thumbnail, in pixels: sharp at 96 CSS pixels on a display of double density.
const THUMBNAIL: u32 = 192;

/// The files of a checkpoint folder, as bytes.
#[derive(Debug, Default)]
pub struct ClipFiles {
    /// `config.json`
    pub config: Vec<u8>,
    /// `tokenizer.json`, or older files from which the same is made
    pub tokenizer: TokenizerFiles,
    /// `model.safetensors`, or shards and their index
    pub weights: WeightFiles,
    /// `preprocessor_config.json`; without it CLIP's own, at the model's image size
    pub preprocessor: Option<Vec<u8>>,
    /// What it computes with.
    pub compute: Compute,
}

/// What a loaded model is.
#[derive(Debug, Clone, Serialize)]
pub struct ClipInfo {
    /// `clip` or `chinese_clip`
    pub architecture: String,
    /// Numbers in the weights.
    pub parameters: usize,
    /// Width of a vector.
    pub dim: usize,
    /// Side of what the model looks at, in pixels.
    pub image_size: usize,
    /// Side of a patch, in pixels.
    pub patch_size: usize,
    /// Layers of the text tower and of the vision tower.
    pub layers: [usize; 2],
    /// Longest caption in tokens, special ones included.
    pub max_tokens: usize,
    /// Rows of the token embedding.
    pub vocabulary: usize,
    /// What cosines are multiplied by before a softmax, as trained.
    pub logit_scale: f32,
    /// Stored types of the tensors used.
    pub dtypes: Vec<String>,
    /// Tensors of the file that nothing uses.
    pub unused: Vec<String>,
}

/// A picture's vector, and what became of the picture on the way.
#[derive(Debug)]
pub struct ImageEmbedding {
    /// Of length 1.
    pub vector: Vec<f32>,
    /// What the bytes were.
    pub format: PictureFormat,
    /// Pixels, after orientation.
    pub width: u32,
    /// Pixels, after orientation.
    pub height: u32,
    /// What the model saw of it.
    pub crop: Crop,
    /// The whole picture in small.
    pub thumbnail: Thumbnail,
    /// What the model got, before normalising.
    pub seen: Thumbnail,
}

/// Images against labels.
#[derive(Debug, Clone, Serialize)]
pub struct Matches {
    /// `[images][labels]`: cosine of the two vectors
    pub cosines: Vec<Vec<f32>>,
    /// `[images][labels]`: softmax over the labels, always adding up to 1 even where none fits
    pub probabilities: Vec<Vec<f32>>,
    /// For each image, the label with the largest cosine.
    pub best: Vec<usize>,
}

/// A loaded model with its tokenizer and its way of preparing pictures.
#[derive(Debug)]
pub struct ImageText {
    tokenizer: TextTokenizer,
    processor: ImageProcessor,
    pub(crate) towers: Towers,
    pub(crate) device: Device,
    pub(crate) config: TowersConfig,
    pub(crate) compute: Compute,
    info: ClipInfo,
}

impl ImageText {
    /// Reads configuration, tokenizer, preprocessor and header, checks them against each other, then uploads tensor by tensor.
    ///
    /// # Errors
    /// The file and the field, tensor or token that does not fit.
    pub fn load(files: ClipFiles, device: &Device) -> Result<Self, TaskError> {
        let config = TowersConfig::read(&files.config)?;
        let size = config.vision().image_size;
        let processor = match &files.preprocessor {
            Some(bytes) => ImageProcessor::from_bytes(bytes)?,
            None => ImageProcessor::clip(size as u32),
        };
        if processor.output() != (size as u32, size as u32) {
            let (width, height) = processor.output();
            return Err(TaskError::Json {
                file: "preprocessor_config.json",
                reason: format!("pictures of {width} × {height}, the model takes {size} × {size}"),
            });
        }
        let (layers, vocabulary, positions) = config.text();
        let max_tokens = files.tokenizer.about()?.max_length().map_or(positions, |most| most.min(positions));
        let checkpoint = Checkpoint::open(files.weights)?;
        crate::warm::towers(&config, checkpoint.precision(), files.compute, device);
        let class = tokenizer_class(&files.config);
        let limits = Limits { vocabulary, max_tokens };
        let tokenizer = files.tokenizer.tokenizer(config.name(), class.as_deref(), limits)?;
        let logit_scale = checkpoint.read_f32("logit_scale")?.first().copied().unwrap_or_default().exp();
        let (towers, report) = config.load(&checkpoint, device, files.compute)?;
        let info = ClipInfo {
            architecture: config.name().into(),
            parameters: report.parameters,
            dim: config.dim(),
            image_size: size,
            patch_size: config.vision().patch_size,
            layers: [layers, config.vision().num_hidden_layers],
            max_tokens,
            vocabulary,
            logit_scale,
            dtypes: report.dtypes,
            unused: report.unused,
        };
        Ok(Self { tokenizer, processor, towers, device: device.clone(), config, compute: files.compute, info })
    }

    /// What was loaded.
    pub fn info(&self) -> &ClipInfo {
        &self.info
    }

    /// How the model sees a caption: tokens over graphemes.
    ///
    /// # Errors
    /// A text that the tokenizer refuses.
    pub fn tokens(&self, text: &str) -> Result<TokenView, TaskError> {
        Ok(self.tokenizer.view(text)?)
    }

    /// Bytes of a file to a vector, with what a person wants to see of the way.
    ///
    /// # Errors
    /// A picture that is refused; [`TaskError::NotFinite`]; [`TaskError::Device`].
    pub async fn embed_image(&self, bytes: &[u8]) -> Result<ImageEmbedding, TaskError> {
        let picture = decode_picture(bytes)?;
        let seen = self.processor.resized(&picture);
        let vector = self.embed_pixels(self.processor.normalised(&seen), 1).await?;
        Ok(ImageEmbedding {
            vector,
            format: picture.format,
            width: picture.width,
            height: picture.height,
            crop: self.processor.crop(picture.width, picture.height),
            thumbnail: picture.thumbnail(THUMBNAIL),
            seen: seen.thumbnail(seen.width.max(seen.height)),
        })
    }

    /// One upload, the vision tower, one readback.
    ///
    /// # Shapes
    /// `pixels`: `[count × 3 × size × size]`; returns `[count × dim]`, rows of length 1
    ///
    /// # Errors
    /// [`TaskError::Question`] on another size; [`TaskError::NotFinite`]; [`TaskError::Device`].
    pub async fn embed_pixels(&self, pixels: Vec<f32>, count: usize) -> Result<Vec<f32>, TaskError> {
        let size = self.info.image_size;
        if count == 0 || pixels.len() != count * 3 * size * size {
            return Err(TaskError::Question { reason: "pixels of another size than count × 3 × size × size" });
        }
        let pixels = Tensor::<4>::from_data(TensorData::new(pixels, [count, 3, size, size]), &self.device);
        self.finite(unit_rows(self.towers.images(pixels)).await?)
    }

    /// One vector a label, in order; the template is the caller's ([`crate::fill`]).
    ///
    /// # Errors
    /// A refused text; [`TaskError::NotFinite`]; [`TaskError::Device`].
    pub async fn embed_labels(&self, texts: &[&str]) -> Result<Embeddings, TaskError> {
        // Labels are short; this many at once keeps activations small for the longest ones too.
        const ROWS: usize = 16;
        let mut all = Embeddings { dim: self.info.dim, vectors: Vec::new(), tokens: Vec::new(), truncated: Vec::new() };
        for part in texts.chunks(ROWS) {
            let batch = self.tokenizer.encode(part)?;
            let vectors = self.embed_label_ids(&batch.ids, &batch.mask, batch.rows, batch.cols).await?;
            all.vectors.extend(vectors);
            all.tokens.extend(batch.totals);
            all.truncated.extend(batch.truncated);
        }
        Ok(all)
    }

    /// The text tower alone.
    ///
    /// # Shapes
    /// `ids`, `mask`: `[rows × cols]`; returns `[rows × dim]`, rows of length 1
    ///
    /// # Errors
    /// [`TaskError::Question`] on another size; [`TaskError::NotFinite`]; [`TaskError::Device`].
    pub async fn embed_label_ids(
        &self,
        ids: &[u32],
        mask: &[u32],
        rows: usize,
        cols: usize,
    ) -> Result<Vec<f32>, TaskError> {
        if ids.len() != rows * cols || mask.len() != ids.len() || cols > self.info.max_tokens {
            return Err(TaskError::Question { reason: "ids and mask of another size than rows × cols" });
        }
        let captions = Captions { ids, mask, rows, cols };
        self.finite(unit_rows(self.towers.text(&captions, &self.device)).await?)
    }

    /// Cosines and their softmax; vectors row by row, of length 1.
    pub fn matches(&self, images: &[f32], labels: &[f32], logit_scale: f32) -> Matches {
        let dim = self.info.dim;
        let cosines: Vec<Vec<f32>> =
            images.chunks(dim).map(|image| labels.chunks(dim).map(|label| cosine(image, label)).collect()).collect();
        let best = |row: &Vec<f32>| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
        Matches {
            best: cosines.iter().map(best).collect(),
            probabilities: cosines.iter().map(|row| softmax(row, logit_scale)).collect(),
            cosines,
        }
    }

    fn finite(&self, vectors: Vec<f32>) -> Result<Vec<f32>, TaskError> {
        match vectors.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(TaskError::NotFinite { row: at / self.info.dim }),
            None => Ok(vectors),
        }
    }
}

/// `exp(s·x) / Σ exp(s·x)`, with the largest taken off first so that nothing overflows.
fn softmax(row: &[f32], scale: f32) -> Vec<f32> {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponents: Vec<f32> = row.iter().map(|value| (scale * (value - largest)).exp()).collect();
    let sum: f32 = exponents.iter().sum();
    exponents.iter().map(|value| value / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::softmax;

    #[test]
    fn softmax_adds_up_and_survives_a_large_scale() {
        let row = softmax(&[0.3, 0.2, -0.1], 1e6);
        assert_eq!(row, [1.0, 0.0, 0.0]);
        let row = softmax(&[0.3, 0.2, -0.1], 10.0);
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6 && row[0] > row[1] && row[1] > row[2]);
    }
}
