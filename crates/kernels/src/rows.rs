//! Rows of numbers in and out of a transformer: ids to vectors, patches to a sequence, a sequence to one vector.

use burn::nn::Embedding;
use burn::tensor::{Int, Tensor};

use crate::cpu::{self, Words};
#[cfg(feature = "webgpu")]
use crate::gpu;
use crate::place::{Held, held, ids_of, made};
use crate::table::Table;

/// Where a token stands in its text, as a row of the table of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Counted {
    /// From 0, padding too: BERT.
    #[default]
    All,
    /// Without the ids that are padding: those stand at the row of their own number, the others from the next row on (RoBERTa,
    /// `create_position_ids_from_input_ids`).
    Without(usize),
}

impl Counted {
    /// The row of a text's first token.
    pub fn first(self) -> usize {
        match self {
            Self::All => 0,
            Self::Without(padding) => padding + 1,
        }
    }

    /// The rows of one text's tokens.
    fn places(self, ids: &[usize]) -> Vec<usize> {
        let Self::Without(padding) = self else { return (0..ids.len()).collect() };
        let mut last = padding;
        let place = |&id: &usize| {
            if id == padding {
                return padding;
            }
            last += 1;
            last
        };
        ids.iter().map(place).collect()
    }
}

/// Each token's vector with that of its place and, where there are segments, of the first segment.
///
/// # Shapes
/// - `words`: `[vocabulary, hidden]`, in whatever parts and form; `ids`: `[batch, tokens]`, each below `vocabulary`
/// - `places`: `[most tokens + counted.first(), hidden]`; `segments`: `[segments, hidden]`
/// - returns `[batch, tokens, hidden]`
pub fn embed_tokens(
    words: &Table,
    ids: Tensor<2, Int>,
    places: &Embedding,
    segments: Option<&Embedding>,
    counted: Counted,
) -> Tensor<3> {
    let [batch, tokens] = ids.dims();
    let (parts, places) = (words.parts(), places.weight.val());
    let segments = segments.map(|segments| segments.weight.val());
    let [_, hidden] = words.dims();
    let tables: Option<Vec<Held>> = parts.iter().map(Held::of).collect();
    if let (Some(tables), Some(of_places), Some(of_segments), Some(ids)) =
        (tables, Held::of(&places), held(&segments), ids_of(&ids))
    {
        let segment = of_segments.as_ref().map(|held| &held.values()[..hidden]);
        let rows: Vec<usize> = ids.chunks(tokens.max(1)).flat_map(|text| counted.places(text)).collect();
        let parts: Vec<&[f32]> = tables.iter().map(Held::values).collect();
        let [height, width] = words.dims();
        let table = Words { parts: &parts, form: words.form(), each: words.each(), rows: height, width };
        let out = cpu::embed(&table, &ids, of_places.values(), &rows, segment);
        return made(out, [batch, tokens, hidden], &places.device());
    }
    #[cfg(feature = "webgpu")]
    if let Some(y) = gpu::embed(words, &ids, &places, segments.as_ref(), counted) {
        return y;
    }
    elsewhere!({
        let places = match counted {
            Counted::All => places.narrow(0, 0, tokens).unsqueeze(), // [1, tokens, hidden]
            Counted::Without(padding) => {
                let kept = ids.clone().not_equal_elem(padding as i64).int(); // [batch, tokens]
                let rows = kept.clone().cumsum(1) * kept + padding as i64; // [batch, tokens]
                burn::tensor::module::embedding(places, rows) // [batch, tokens, hidden]
            }
        };
        let table = if parts.len() == 1 { parts[0].clone() } else { Tensor::cat(parts, 0) };
        let all = burn::tensor::module::embedding(table, ids); // [batch, tokens, hidden]
        match segments {
            Some(segments) => all + (places + segments.narrow(0, 0, 1).unsqueeze()),
            None => all + places,
        }
    })
}

/// A picture's patches after its class token, with their places added.
///
/// # Shapes
/// - `patches`: `[batch, patches, hidden]`; `class`: `[hidden]`; `places`: `[1 + patches, hidden]`
/// - returns `[batch, 1 + patches, hidden]`
pub fn add_places(patches: Tensor<3>, class: Tensor<1>, places: Tensor<2>) -> Tensor<3> {
    let [batch, count, hidden] = patches.dims();
    if let (Some(rows), Some(first), Some(places)) = (Held::of(&patches), Held::of(&class), Held::of(&places)) {
        let out = cpu::add_places(rows.values(), first.values(), places.values(), batch, count, hidden);
        return made(out, [batch, 1 + count, hidden], &patches.device());
    }
    #[cfg(feature = "webgpu")]
    if let Some(y) = gpu::add_places(&patches, &class, &places) {
        return y;
    }
    elsewhere!({
        let class = class.unsqueeze::<3>().repeat_dim(0, batch); // [batch, 1, hidden]
        Tensor::cat(vec![class, patches], 1) + places.unsqueeze()
    })
}

/// The class token and the patches of the places that are named, for training on a part of each picture.
///
/// # Shapes
/// - `rows`: `[batch, 1 + patches, hidden]`; `keep`: places of patches, counted from 0 without the class token
/// - returns `[batch, 1 + kept, hidden]`
#[cfg_attr(not(feature = "burn-ops"), allow(unused_variables))]
pub fn keep_patches(rows: Tensor<3>, keep: Tensor<1, Int>) -> Tensor<3> {
    elsewhere!(Tensor::cat(vec![rows.clone().narrow(1, 0, 1), rows.select(1, keep + 1)], 1))
}

/// The mean of a text's vectors, each with its weight: 1 for a token and 0 for padding, or 1 for the one token that counts.
///
/// # Shapes
/// - `hidden`: `[batch, tokens, hidden]`; `weights`: `[batch, tokens]`, all 1 where there are none
/// - returns `[batch, hidden]`; zeros where the weights add up to nothing
pub fn mean_tokens(hidden: Tensor<3>, weights: Option<Tensor<2>>) -> Tensor<2> {
    let tokens = hidden.dims()[1];
    pool(hidden, weights, tokens)
}

/// The vector of each text's first token: `[batch, tokens, hidden]` → `[batch, hidden]`
pub fn first_token(hidden: Tensor<3>) -> Tensor<2> {
    pool(hidden, None, 1)
}

/// Over the first `used` tokens.
fn pool(hidden: Tensor<3>, weights: Option<Tensor<2>>, used: usize) -> Tensor<2> {
    let [batch, tokens, width] = hidden.dims();
    if let (Some(rows), Some(of_weights)) = (Held::of(&hidden), held(&weights)) {
        let of_weights = of_weights.as_ref().map(Held::values);
        let out = cpu::mean_tokens(rows.values(), of_weights, [batch, tokens, width], used);
        return made(out, [batch, width], &hidden.device());
    }
    #[cfg(feature = "webgpu")]
    if let Some(y) = gpu::mean_tokens(&hidden, weights.as_ref(), used) {
        return y;
    }
    elsewhere!({
        let hidden = hidden.narrow(1, 0, used);
        match weights {
            Some(weights) => {
                let count = weights.clone().sum_dim(1).clamp_min(1e-9); // [batch, 1]
                (hidden * weights.div(count).reshape([batch, tokens, 1])).sum_dim(1).reshape([batch, width])
            }
            None => hidden.mean_dim(1).reshape([batch, width]),
        }
    })
}
