//! The table of the model card: retrieval on held-out pairs, zero-shot sentiment on labelled sets that training never reads.

use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::Device;
use kindling_models::BertModel;
use serde::Serialize;
use tokenizers::Tokenizer;

use crate::corpus::Pair;
use crate::text;

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Score {
    /// What was measured.
    pub name: String,
    /// Percent.
    pub percent: f32,
    /// Over how many texts.
    pub count: usize,
}

/// Anchor pairs: positive, negative. Written once, before any score was seen; not tuned.
const ZH_SENTENCES: (&str, &str) = ("这是一条好评，我很满意。", "这是一条差评，我很失望。");
const ZH_WORDS: (&str, &str) = ("好评", "差评");
const EN_SENTENCES: (&str, &str) = ("This is a positive review. I loved it.", "This is a negative review. I hated it.");
const EN_WORDS: (&str, &str) = ("positive", "negative");

/// An encoder to be scored.
pub struct Scored<'a> {
    /// Its weights.
    pub model: &'a BertModel,
    /// Its tokenizer.
    pub tokenizer: &'a Tokenizer,
    /// Where it runs.
    pub device: &'a Device,
    /// Longest text in tokens.
    pub max_tokens: usize,
}

impl Scored<'_> {
    fn embed(&self, texts: &[&str]) -> Result<Vec<f32>> {
        let rows = text::encode(self.tokenizer, texts, self.max_tokens)?;
        text::embed(self.model, &rows, self.device, |_| ())
    }

    /// Zero-shot balanced accuracy: `cos(text, positive) > cos(text, negative)`, no threshold fitted.
    fn sentiment(&self, name: &str, texts: &Labelled, anchors: &[(&str, &str)], vectors: &[f32]) -> Result<Vec<Score>> {
        let mut scores = Vec::new();
        for (positive, negative) in anchors {
            let ends = self.embed(&[positive, negative])?;
            let (positive_end, negative_end) = ends.split_at(ends.len() / 2);
            let mut right = [0usize; 2];
            let mut all = [0usize; 2];
            for (vector, &label) in vectors.chunks(positive_end.len()).zip(&texts.labels) {
                let says_positive = dot(vector, positive_end) > dot(vector, negative_end);
                all[usize::from(label)] += 1;
                right[usize::from(label)] += usize::from(says_positive == label);
            }
            let recall = |i: usize| right[i] as f32 / all[i].max(1) as f32;
            scores.push(Score {
                name: format!("{name}, “{positive}” / “{negative}”, balanced accuracy"),
                percent: 50.0 * (recall(0) + recall(1)),
                count: texts.labels.len(),
            });
        }
        Ok(scores)
    }

    /// The whole table.
    pub fn table(&self, data: &Path, held_out: &[Pair]) -> Result<Vec<Score>> {
        let mut scores = self.retrieval(held_out)?;
        let sets = [
            ("waimai (zh takeaway reviews)", waimai(&data.join("text/waimai_10k.csv"))?, [ZH_SENTENCES, ZH_WORDS]),
            ("SST-2 dev (en films)", tsv(&data.join("text/sst2_dev.tsv"))?, [EN_SENTENCES, EN_WORDS]),
            ("Yelp (en, UCI)", tsv(&data.join("text/uci_sls_yelp_labelled.txt"))?, [EN_SENTENCES, EN_WORDS]),
        ];
        for (name, texts, anchors) in &sets {
            let vectors = self.embed(&texts.texts.iter().map(String::as_str).collect::<Vec<_>>())?;
            scores.extend(self.sentiment(name, texts, anchors, &vectors)?);
        }
        Ok(scores)
    }

    fn retrieval(&self, pairs: &[Pair]) -> Result<Vec<Score>> {
        let en = self.embed(&pairs.iter().map(|pair| pair.en.as_str()).collect::<Vec<_>>())?;
        let zh = self.embed(&pairs.iter().map(|pair| pair.zh.as_str()).collect::<Vec<_>>())?;
        let dim = en.len() / pairs.len().max(1);
        let score = |name: &str, from: &[f32], to: &[f32]| {
            let share = kindling_lessons::similarity::recall_at_1(from, to, dim).unwrap_or(0.0);
            Score {
                name: format!("Tatoeba {name}, R@1 of {} held out", pairs.len()),
                percent: 100.0 * share as f32,
                count: pairs.len(),
            }
        };
        Ok(vec![score("zh → en", &zh, &en), score("en → zh", &en, &zh)])
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Labelled texts, for evaluation only.
struct Labelled {
    texts: Vec<String>,
    labels: Vec<bool>,
}

fn labelled(path: &Path, row: impl Fn(&str) -> Option<(String, bool)>) -> Result<Labelled> {
    let text = std::fs::read_to_string(path).with_context(|| format!("evaluation text at {}", path.display()))?;
    let (texts, labels) = text.lines().filter_map(row).unzip();
    Ok(Labelled { texts, labels })
}

fn label(text: &str) -> Option<bool> {
    match text.trim() {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

fn waimai(path: &Path) -> Result<Labelled> {
    labelled(path, |line| {
        line.split_once(',').and_then(|(l, text)| Some((text.trim_matches('"').to_string(), label(l)?)))
    })
}

fn tsv(path: &Path) -> Result<Labelled> {
    labelled(path, |line| line.rsplit_once('\t').and_then(|(text, l)| Some((text.to_string(), label(l)?))))
}
