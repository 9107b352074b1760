//! Zero-shot sentiment: which of two phrases a text lies closer to.
//!
//! `score = cos(text, positive) − cos(text, negative)`. Nobody taught the model to grade; any labels do.

use serde::{Deserialize, Serialize};

use crate::{Encoder, TaskError};

/// Texts and the labels to hold against them.
#[derive(Debug, Clone, Deserialize)]
pub struct SentimentQuestion {
    /// What to judge.
    pub texts: Vec<String>,
    /// At least two; with two, the first is the positive end and the second the negative one.
    pub labels: Vec<String>,
    /// A sentence with `{}` where the label goes; empty for the label alone.
    #[serde(default)]
    pub template: String,
}

/// The answer to a [`SentimentQuestion`].
#[derive(Debug, Clone, Serialize)]
pub struct Sentiment {
    /// Each label inside the template: what the model really read.
    pub prompts: Vec<String>,
    /// Width of a vector.
    pub dim: usize,
    /// One vector a prompt.
    pub label_vectors: Vec<Vec<f32>>,
    /// One row a text.
    pub rows: Vec<SentimentRow>,
}

/// One text's answer.
#[derive(Debug, Clone, Serialize)]
pub struct SentimentRow {
    /// Cosine with each label, −1 to 1.
    pub cosines: Vec<f32>,
    /// First minus second, when there are two labels.
    pub score: Option<f32>,
    /// The nearest label.
    pub best: usize,
    /// The text's vector.
    pub vector: Vec<f32>,
    /// Tokens before the text was cut.
    pub tokens: usize,
    /// Whether it was cut.
    pub truncated: bool,
}

/// Two labels and a template.
#[derive(Debug, Clone, Deserialize)]
pub struct Wording {
    /// The positive end.
    pub positive: String,
    /// The negative end.
    pub negative: String,
    /// As in [`SentimentQuestion::template`].
    #[serde(default)]
    pub template: String,
}

/// The same texts under many wordings: how far the answer depends on the prompt.
#[derive(Debug, Clone, Deserialize)]
pub struct SweepQuestion {
    /// What to judge.
    pub texts: Vec<String>,
    /// How to ask.
    pub wordings: Vec<Wording>,
}

/// The answer to a [`SweepQuestion`].
#[derive(Debug, Clone, Serialize)]
pub struct Sweep {
    /// One row a wording.
    pub rows: Vec<SweepRow>,
}

/// One wording's scores.
#[derive(Debug, Clone, Serialize)]
pub struct SweepRow {
    /// One score a text.
    pub scores: Vec<f32>,
}

/// Puts a label into a template. A template without `{}` stands before the label.
pub fn fill(template: &str, label: &str) -> String {
    if template.contains("{}") { template.replace("{}", label) } else { format!("{template}{label}") }
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Vectors of an encoder that does not normalise still give a cosine.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(p, q)| f64::from(*p) * f64::from(*q)).sum::<f64>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { (dot(a, b) / lengths) as f32 } else { 0.0 }
}

impl Encoder {
    /// Cosines of every text with every label. Texts and labels go through the model together.
    ///
    /// # Errors
    /// [`TaskError::Question`] with fewer than two labels or an empty one; whatever [`Encoder::embed`] finds.
    pub async fn sentiment(&self, question: &SentimentQuestion) -> Result<Sentiment, TaskError> {
        if question.labels.len() < 2 {
            return Err(TaskError::Question { reason: "fewer than two labels" });
        }
        if question.labels.iter().any(|label| label.trim().is_empty()) {
            return Err(TaskError::Question { reason: "an empty label" });
        }
        let prompts: Vec<String> = question.labels.iter().map(|label| fill(&question.template, label)).collect();
        let labels = self.embed(&strs(&prompts)).await?;
        let texts = self.embed(&strs(&question.texts)).await?;
        let label_vectors: Vec<Vec<f32>> = labels.rows().map(<[f32]>::to_vec).collect();
        let row = |(i, vector): (usize, &[f32])| {
            let cosines: Vec<f32> = label_vectors.iter().map(|label| cosine(vector, label)).collect();
            let best = cosines.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(best, _)| best);
            SentimentRow {
                score: (cosines.len() == 2).then(|| cosines[0] - cosines[1]),
                best,
                cosines,
                vector: vector.to_vec(),
                tokens: texts.tokens[i],
                truncated: texts.truncated[i],
            }
        };
        let rows = if question.texts.is_empty() { Vec::new() } else { texts.rows().enumerate().map(row).collect() };
        Ok(Sentiment { prompts, dim: self.info().dim, label_vectors, rows })
    }

    /// Scores of every text under every wording. Each text is encoded once.
    ///
    /// # Errors
    /// As [`Encoder::embed`].
    pub async fn sweep(&self, question: &SweepQuestion) -> Result<Sweep, TaskError> {
        let prompts: Vec<String> = question
            .wordings
            .iter()
            .flat_map(|w| [fill(&w.template, &w.positive), fill(&w.template, &w.negative)])
            .collect();
        let ends = self.embed(&strs(&prompts)).await?;
        let texts = self.embed(&strs(&question.texts)).await?;
        let dim = self.info().dim;
        let scores = |pair: &[f32]| {
            let (positive, negative) = pair.split_at(dim);
            SweepRow { scores: texts.rows().map(|text| cosine(text, positive) - cosine(text, negative)).collect() }
        };
        Ok(Sweep { rows: ends.vectors.chunks(2 * dim).map(scores).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_goes_where_the_braces_are() {
        assert_eq!(fill("这是一条{}。", "好评"), "这是一条好评。");
        assert_eq!(fill("{}", "good"), "good");
        assert_eq!(fill("", "good"), "good");
        assert_eq!(fill("It was ", "good"), "It was good");
    }

    #[test]
    fn cosine_ignores_length_and_survives_zero() {
        assert!((cosine(&[3.0, 4.0], &[6.0, 8.0]) - 1.0).abs() < 1e-6);
        assert!(cosine(&[1.0, 0.0], &[0.0, 2.0]).abs() < 1e-6);
        assert_eq!(cosine(&[0.0, 0.0], &[1.0, 1.0]), 0.0);
    }
}
