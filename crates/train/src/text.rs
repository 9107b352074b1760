//! Running an encoder over many texts natively: batches by length, order kept.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use burn::tensor::{Device, Int, Tensor, TensorData};
use kindling_models::pooling::normalise;
use kindling_models::{BertConfig, BertModel, Pooling, SEGMENT_NAMES, TextEncoder};
use kindling_weights::Checkpoint;
use serde::de::DeserializeOwned;
use tokenizers::Tokenizer;

/// Ids of one text, special tokens included.
pub type Ids = Vec<u32>;

/// Token ids of many texts, cut to `most` with the last token kept.
pub fn encode(tokenizer: &Tokenizer, texts: &[&str], most: usize) -> Result<Vec<Ids>> {
    let encodings = tokenizer.encode_batch_fast(texts.to_vec(), true).map_err(|error| anyhow!("tokenizer: {error}"))?;
    let cut = |ids: &[u32]| match ids {
        [head @ .., last] if ids.len() > most => head[..most - 1].iter().chain([last]).copied().collect(),
        _ => ids.to_vec(),
    };
    Ok(encodings.iter().map(|encoding| cut(encoding.get_ids())).collect())
}

/// Ids and mask, padded with 0 to the longest row: `[batch, tokens]` each.
pub fn batch(rows: &[&Ids], device: &Device) -> (Tensor<2, Int>, Tensor<2>) {
    let width = rows.iter().map(|row| row.len()).max().unwrap_or(1);
    let (mut ids, mut mask) = (Vec::with_capacity(rows.len() * width), Vec::with_capacity(rows.len() * width));
    for row in rows {
        ids.extend(row.iter().map(|&id| id as i32).chain(std::iter::repeat_n(0, width - row.len())));
        mask.extend(row.iter().map(|_| 1.0f32).chain(std::iter::repeat_n(0.0, width - row.len())));
    }
    let shape = [rows.len(), width];
    (Tensor::from_data(TensorData::new(ids, shape), device), Tensor::from_data(TensorData::new(mask, shape), device))
}

/// Unit vectors of a batch: `[batch, hidden]`.
pub fn forward(model: &BertModel, rows: &[&Ids], device: &Device) -> Tensor<2> {
    let (ids, mask) = batch(rows, device);
    normalise(Pooling::Mean.forward(model.forward(ids, Some(mask.clone())), Some(mask)))
}

/// Reads a tensor back as plain numbers. Natively this may block; the page never does.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = pollster::block_on(tensor.into_data_async()).map_err(|error| anyhow!("readback: {error:?}"))?;
    data.try_to_vec::<f32>().map_err(|error| anyhow!("readback: {error:?}"))
}

/// Unit vectors of all rows, in their order, `dim` numbers each.
pub fn embed(model: &BertModel, rows: &[Ids], device: &Device, mut progress: impl FnMut(usize)) -> Result<Vec<f32>> {
    const TOKENS: usize = 2048;
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&i| rows[i].len());
    let mut out: Vec<f32> = Vec::new();
    let mut done = 0;
    while done < order.len() {
        let mut end = done + 1;
        while end < order.len() && (end + 1 - done) * rows[order[end]].len() <= TOKENS {
            end += 1;
        }
        let part: Vec<&Ids> = order[done..end].iter().map(|&i| &rows[i]).collect();
        let vectors = values(forward(model, &part, device))?;
        let dim = vectors.len() / part.len();
        out.resize(rows.len() * dim, 0.0);
        for (vector, &i) in vectors.chunks(dim).zip(&order[done..end]) {
            out[i * dim..(i + 1) * dim].copy_from_slice(vector);
        }
        done = end;
        progress(done);
    }
    Ok(out)
}

/// A BERT checkpoint folder.
pub fn load(dir: &Path, device: &Device) -> Result<(BertConfig, Tokenizer, BertModel)> {
    let (config, tokenizer, checkpoint) = folder::<BertConfig>(dir)?;
    let (model, _) = kindling_weights::load(config.init(device)?, &checkpoint, &SEGMENT_NAMES)?;
    Ok((config, tokenizer, model))
}

/// A checkpoint folder: config, tokenizer without its own padding and truncation, weights still on the host.
pub fn folder<C: DeserializeOwned>(dir: &Path) -> Result<(C, Tokenizer, Checkpoint)> {
    let read = |name: &str| std::fs::read(dir.join(name)).with_context(|| format!("{} in {}", name, dir.display()));
    let config = serde_json::from_slice(&read("config.json")?)?;
    let mut tokenizer =
        Tokenizer::from_bytes(read("tokenizer.json")?).map_err(|error| anyhow!("tokenizer: {error}"))?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(|error| anyhow!("tokenizer: {error}"))?;
    Ok((config, tokenizer, Checkpoint::parse(read("model.safetensors")?)?))
}
