//! From the vectors of a text's tokens to the one of the text, as `1_Pooling/config.json` says.
//!
//! The mean alone and the first token alone, which nearly all encoders have, are taken on the device; for the others the tokens' vectors are
//! brought here. Reference implementation: `sentence_transformers.models.Pooling` (6.2).

use burn::tensor::Tensor;
use kindling_models::Pooling;
use serde::Deserialize;

use crate::TaskError;
use crate::encoder::read;
use crate::error::json;

const FILE: &str = "1_Pooling/config.json";

/// One way to pool; several of them are laid end to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolingMode {
    /// The vector of the first token.
    Cls,
    /// The largest number of any token, one by one.
    Max,
    /// The mean over the tokens.
    Mean,
    /// Their sum over the root of their count.
    MeanSqrtLenTokens,
    /// The mean, the n-th token counted n times.
    #[serde(rename = "weightedmean")]
    WeightedMean,
    /// The vector of the last token.
    #[serde(rename = "lasttoken")]
    LastToken,
}

/// The modes by name, or as older releases of the library wrote them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PoolingFile {
    pooling_mode: Option<OneOrMore>,
    pooling_mode_cls_token: bool,
    pooling_mode_max_tokens: bool,
    pooling_mode_mean_tokens: bool,
    pooling_mode_mean_sqrt_len_tokens: bool,
    pooling_mode_weightedmean_tokens: bool,
    pooling_mode_lasttoken: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(PoolingMode),
    More(Vec<PoolingMode>),
}

/// The modes of a folder, in their order; the mean where it says nothing.
///
/// # Errors
/// [`TaskError::Json`].
pub(crate) fn modes(file: Option<&[u8]>) -> Result<Vec<PoolingMode>, TaskError> {
    let Some(bytes) = file else { return Ok(vec![PoolingMode::Mean]) };
    let file: PoolingFile = json(FILE, bytes)?;
    let found = match file.pooling_mode {
        Some(OneOrMore::One(mode)) => vec![mode],
        Some(OneOrMore::More(modes)) => modes,
        None => {
            let flags = [
                (file.pooling_mode_cls_token, PoolingMode::Cls),
                (file.pooling_mode_max_tokens, PoolingMode::Max),
                (file.pooling_mode_mean_tokens, PoolingMode::Mean),
                (file.pooling_mode_mean_sqrt_len_tokens, PoolingMode::MeanSqrtLenTokens),
                (file.pooling_mode_weightedmean_tokens, PoolingMode::WeightedMean),
                (file.pooling_mode_lasttoken, PoolingMode::LastToken),
            ];
            let on: Vec<PoolingMode> = flags.into_iter().filter(|(on, _)| *on).map(|(_, mode)| mode).collect();
            if on.is_empty() { vec![PoolingMode::Mean] } else { on }
        }
    };
    // Six there are: more would be the same again, and memory for nothing.
    if (1..=6).contains(&found.len()) {
        return Ok(found);
    }
    Err(TaskError::Json { file: FILE, reason: format!("{} pooling modes, not 1 to 6", found.len()) })
}

/// The mode as the device takes it, where it is one of the two.
pub(crate) fn on_device(modes: &[PoolingMode]) -> Option<Pooling> {
    match modes {
        [PoolingMode::Mean] => Some(Pooling::Mean),
        [PoolingMode::Cls] => Some(Pooling::Cls),
        _ => None,
    }
}

/// # Shapes
/// `hidden`: `[rows, cols, width]`; `mask` as a tensor and as numbers, `[rows × cols]`, 0 for padding, without it nothing is padding; returns
/// `[rows × modes · width]`.
///
/// # Errors
/// [`TaskError::Device`].
pub(crate) async fn pooled(
    modes: &[PoolingMode],
    hidden: Tensor<3>,
    padding: Option<Tensor<2>>,
    mask: Option<&[f32]>,
) -> Result<Vec<f32>, TaskError> {
    if let Some(pooling) = on_device(modes) {
        return read(pooling.forward(hidden, padding)).await;
    }
    let [rows, cols, width] = hidden.dims();
    let values = read(hidden).await?;
    let mut all = Vec::with_capacity(rows * modes.len() * width);
    for (row, tokens) in values.chunks(cols * width).enumerate() {
        let counts = |at: usize| mask.is_none_or(|mask| mask[row * cols + at] != 0.0);
        let kept: Vec<&[f32]> =
            tokens.chunks(width).enumerate().filter(|(at, _)| counts(*at)).map(|(_, token)| token).collect();
        modes.iter().for_each(|mode| all.extend(mode.of(&kept, width)));
    }
    Ok(all)
}

impl PoolingMode {
    /// Of the tokens of one text, padding left out.
    fn of(self, tokens: &[&[f32]], width: usize) -> Vec<f32> {
        let count = tokens.len() as f32;
        let weighed = |weight: &dyn Fn(usize) -> f32| -> Vec<f32> {
            let mut sum = vec![0.0; width];
            for (at, token) in tokens.iter().enumerate() {
                sum.iter_mut().zip(*token).for_each(|(sum, x)| *sum += weight(at) * x);
            }
            sum
        };
        let one = |token: Option<&&[f32]>| token.map_or_else(|| vec![0.0; width], |token| token.to_vec());
        match self {
            Self::Cls => one(tokens.first()),
            Self::LastToken => one(tokens.last()),
            Self::Mean => weighed(&|_| 1.0 / count),
            Self::MeanSqrtLenTokens => weighed(&|_| 1.0 / count.sqrt()),
            Self::WeightedMean => weighed(&|at| (at + 1) as f32 / (count * (count + 1.0) / 2.0)),
            Self::Max => {
                let largest = |at: usize| tokens.iter().map(|token| token[at]).fold(f32::NEG_INFINITY, f32::max);
                (0..width).map(largest).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PoolingMode::*;
    use super::*;

    #[test]
    fn every_mode_by_hand() {
        let tokens: [&[f32]; 3] = [&[1.0, -4.0], &[2.0, 5.0], &[6.0, 2.0]];
        for (mode, expected) in [
            (Cls, [1.0, -4.0]),
            (Max, [6.0, 5.0]),
            (Mean, [3.0, 1.0]),
            (MeanSqrtLenTokens, [9.0 / 3.0f32.sqrt(), 3.0 / 3.0f32.sqrt()]),
            (WeightedMean, [23.0 / 6.0, 12.0 / 6.0]),
            (LastToken, [6.0, 2.0]),
        ] {
            let off = mode.of(&tokens, 2).iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(off < 1e-6, "{mode:?}");
        }
    }

    #[test]
    fn files_of_every_age_are_read() {
        let read = |text: &str| modes(Some(text.as_bytes()));
        assert_eq!(modes(None).expect("mean"), [Mean]);
        for (text, expected) in [
            ("{}", vec![Mean]),
            (r#"{"pooling_mode": "lasttoken"}"#, vec![LastToken]),
            (r#"{"pooling_mode": ["max", "weightedmean"], "pooling_mode_cls_token": true}"#, vec![Max, WeightedMean]),
            (r#"{"pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": true}"#, vec![Max, Mean]),
            (r#"{"word_embedding_dimension": 8, "pooling_mode_mean_sqrt_len_tokens": true}"#, vec![MeanSqrtLenTokens]),
        ] {
            assert_eq!(read(text).expect(text), expected);
        }
        for wrong in [r#"{"pooling_mode": "median"}"#, r#"{"pooling_mode": []}"#, "3", "{"] {
            let said = read(wrong).expect_err(wrong).to_string();
            assert!(said.contains(FILE), "{said}");
        }
    }
}
