//! Rows gathered, placed and averaged.

use burn::tensor::f16;

use crate::resident::Form;
use crate::table::columns;

/// A table of vectors as it lies in memory: parts of `each` rows, `rows` in all.
pub struct Words<'a> {
    /// In order; none but the last has fewer rows than `each`.
    pub parts: &'a [&'a [f32]],
    /// How a row's words are read.
    pub form: Form,
    /// Rows of a part.
    pub each: usize,
    /// Rows of all parts.
    pub rows: usize,
    /// Numbers in a row.
    pub width: usize,
}

impl Words<'_> {
    /// Appends the numbers of a row; beyond the last there is the last.
    fn append(&self, id: usize, out: &mut Vec<f32>) {
        let id = id.min(self.rows.saturating_sub(1));
        let columns = columns(self.form, self.width);
        let row = &self.parts[id / self.each][id % self.each * columns..][..columns];
        match self.form {
            Form::Plain | Form::Panels => out.extend_from_slice(row),
            Form::Half => out.extend(row.iter().flat_map(|word| {
                let [a, b, c, d] = word.to_bits().to_le_bytes();
                [[a, b], [c, d]].map(|half| f16::from_le_bytes(half).to_f32())
            })),
            Form::Int8 => {
                let (words, scale) = row.split_at(self.width / 4);
                let numbers = words.iter().flat_map(|word| word.to_bits().to_le_bytes());
                out.extend(numbers.map(|number| f32::from(number as i8) * scale[0]));
            }
        }
    }
}

/// `words[ids] + places + segment`: `[texts × tokens × hidden]`. An id beyond the table gives the last row, as on the GPU.
pub fn embed(words: &Words<'_>, ids: &[usize], places: &[f32], rows: &[usize], segment: Option<&[f32]>) -> Vec<f32> {
    let hidden = words.width;
    let mut out = Vec::with_capacity(ids.len() * hidden);
    for (&id, &row) in ids.iter().zip(rows) {
        let from = out.len();
        words.append(id, &mut out);
        let place = &places[row * hidden..][..hidden];
        match segment {
            Some(segment) => {
                let added = place.iter().zip(segment);
                out[from..].iter_mut().zip(added).for_each(|(value, (place, segment))| *value += place + segment);
            }
            None => out[from..].iter_mut().zip(place).for_each(|(value, place)| *value += place),
        }
    }
    out
}

/// The class token before each picture's patches, places added: `[pictures × (1 + patches) × hidden]`.
pub fn add_places(
    patches: &[f32],
    class: &[f32],
    places: &[f32],
    pictures: usize,
    count: usize,
    hidden: usize,
) -> Vec<f32> {
    let mut out = Vec::with_capacity(pictures * (1 + count) * hidden);
    for picture in patches.chunks(count * hidden) {
        let rows = class.iter().chain(picture).zip(places);
        out.extend(rows.map(|(value, place)| value + place));
    }
    out
}

/// The weighted mean over the first `used` tokens of each text: `[texts × hidden]`.
pub fn mean_tokens(
    rows: &[f32],
    weights: Option<&[f32]>,
    [texts, tokens, hidden]: [usize; 3],
    used: usize,
) -> Vec<f32> {
    let mut out = vec![0.0; texts * hidden];
    for (text, sum) in out.chunks_mut(hidden.max(1)).enumerate() {
        let mut count = 0.0;
        for token in text * tokens..text * tokens + used {
            let weight = weights.map_or(1.0, |weights| weights[token]);
            let row = &rows[token * hidden..][..hidden];
            sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
            count += weight;
        }
        let count = count.max(1e-9);
        sum.iter_mut().for_each(|sum| *sum /= count);
    }
    out
}
