//! Prompts to the states that the U-Net looks at.

use burn::tensor::{Int, Tensor, TensorData};
use kindling_inputs::{InputError, Limits, TextTokenizer, TokenView, TokenizerFiles};
use kindling_kernels as kernels;
use kindling_models::clip::ClipTextConfig;

use super::{GenerateOptions, Generator, GeneratorFiles};
use crate::TaskError;
use crate::error::json;

/// The tokenizer, with what pads a prompt and how far.
#[derive(Debug)]
pub(super) struct Prompts {
    tokenizer: TextTokenizer,
    config: ClipTextConfig,
    pad: u32,
    length: usize,
}

/// Prompts, encoded.
pub(super) struct Encoded {
    /// `[batch, tokens, width]`; with guidance those of the negative prompt first, then as many of the prompt
    pub states: Tensor<3>,
    pub guided: bool,
    pub tokens: usize,
    pub truncated: bool,
}

impl Prompts {
    /// Reads the tokenizer and the text tower's configuration.
    pub fn read(files: &mut GeneratorFiles) -> Result<Self, TaskError> {
        let config: ClipTextConfig = json("text_encoder/config.json", &files.take("text_encoder/config.json")?)?;
        config.check()?;
        let mut file = |name: &str| files.optional(&format!("tokenizer/{name}"));
        let tokenizer = TokenizerFiles {
            json: file("tokenizer.json")?,
            vocab_json: file("vocab.json")?,
            merges: file("merges.txt")?,
            config: file("tokenizer_config.json")?,
            special_tokens: file("special_tokens_map.json")?,
            ..TokenizerFiles::default()
        };
        let refused = |error: InputError| TaskError::of("tokenizer")(error.into());
        let about = tokenizer.about().map_err(refused)?;
        let most = config.max_position_embeddings;
        let length = about.max_length().map_or(most, |limit| limit.min(most));
        let limits = Limits { vocabulary: config.vocab_size, max_tokens: length };
        let tokenizer = tokenizer.tokenizer("clip", None, limits).map_err(refused)?;
        let pad = tokenizer.id_of(about.pad_token()).unwrap_or_else(|| tokenizer.pad_id());
        Ok(Self { tokenizer, config, pad, length })
    }

    /// The text tower's configuration.
    pub fn config(&self) -> &ClipTextConfig {
        &self.config
    }

    /// Width of the states.
    pub fn width(&self) -> usize {
        self.config.hidden_size
    }

    /// Tokens of every prompt, padding counted.
    pub fn length(&self) -> usize {
        self.length
    }

    pub fn view(&self, text: &str) -> Result<TokenView, TaskError> {
        Ok(self.tokenizer.view(text)?)
    }
}

impl Generator {
    /// Prompts as the reference's pipeline encodes them: cut or padded to one length, padding looked at like any other token.
    pub(super) fn encode_prompts(&self, options: &GenerateOptions) -> Result<Encoded, TaskError> {
        let prompts = &self.prompts;
        // A distilled model is told the scale instead of being asked twice.
        let guided = options.guidance > 1.0 && self.unet_config.time_cond_proj_dim.is_none();
        let texts: &[&str] = if guided { &[&options.negative_prompt, &options.prompt] } else { &[&options.prompt] };
        let read = prompts.tokenizer.encode(texts)?.padded_to(prompts.length, prompts.pad);
        let ids: Vec<i32> = read.ids.iter().map(|&id| id as i32).collect();
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [texts.len(), prompts.length]), &self.device);
        let states = self.text_encoder.forward(ids, None); // [texts, tokens, width]
        let repeated = |text| {
            let one = kernels::part(states.clone(), 0, text, 1);
            kernels::expand(one, [options.batch, prompts.length, prompts.width()]) // [batch, tokens, width]
        };
        let states = match guided {
            true => kernels::join(repeated(0), repeated(1), 0),
            false => repeated(0),
        };
        Ok(Encoded {
            states, // [texts × batch, tokens, width]
            guided,
            tokens: read.totals.last().copied().unwrap_or_default(),
            truncated: read.truncated.iter().any(|&cut| cut),
        })
    }
}
