//! A typed question in, a typed answer out. Here inputs, weights and models meet; tensors never leave this crate.

mod attention;
mod encoder;
mod error;
mod fill;
mod generate;
mod image_text;
mod inspect;
mod parity;
mod self_check;
mod sentence;
mod sentence_head;
mod sentence_pooling;
mod sentiment;
mod text_model;
mod towers;
mod warm;

/// Fills a model, its weights in the form in which the device multiplies by them.
fn resident<M: burn::module::Module>(
    model: M,
    checkpoint: &kindling_weights::Checkpoint,
    compute: Compute,
) -> Result<(M, kindling_weights::LoadReport), TaskError> {
    resident_part(model, checkpoint, compute, &[])
}

/// The same, of weights whose keys begin with one of `parts` alone; all of them where there are none.
fn resident_part<M: burn::module::Module>(
    model: M,
    checkpoint: &kindling_weights::Checkpoint,
    compute: Compute,
    parts: &[&str],
) -> Result<(M, kindling_weights::LoadReport), TaskError> {
    Ok(kindling_weights::load_resident(model, checkpoint, &kindling_models::SEGMENT_NAMES, compute, parts)?)
}

pub use attention::Attention;
pub use encoder::{Embeddings, Encoder, EncoderFiles, EncoderInfo};
pub use error::{TaskError, architecture};
pub use generate::{
    FitName, GenerateInputs, GenerateOptions, Generation, GenerationPlan, Generator, GeneratorFiles, GeneratorInfo,
    Panels, Parameters, Preview, StepDone, UNet,
};
pub use image_text::{ClipFiles, ClipInfo, ImageEmbedding, ImageText, Matches};
pub use inspect::{Inspection, inspect, try_load};
pub use kindling_inputs::TokenizerFiles;
pub use kindling_kernels::resident::Compute;
pub use kindling_models::diffusion::scheduler::Sampler;
pub use kindling_weights::{LoadReport, Precision, Source, Watch, WeightFiles};
pub use parity::{Difference, parity};
pub use self_check::{SelfCheck, StageDifference};
pub use sentence_pooling::PoolingMode;
pub use sentiment::{Sentiment, SentimentQuestion, SentimentRow, Sweep, SweepQuestion, SweepRow, Wording, fill};
pub use warm::warm;
