//! Rows gathered, placed and averaged.

/// `words[ids] + places + segment`: `[texts × tokens × hidden]`. An id beyond the table gives the last row, as on the GPU.
pub fn embed(
    words: &[f32],
    ids: &[usize],
    places: &[f32],
    rows: &[usize],
    segment: Option<&[f32]>,
    hidden: usize,
) -> Vec<f32> {
    let last = (words.len() / hidden.max(1)).saturating_sub(1);
    let mut out = Vec::with_capacity(ids.len() * hidden);
    for (&id, &row) in ids.iter().zip(rows) {
        let word = &words[id.min(last) * hidden..][..hidden];
        let place = &places[row * hidden..][..hidden];
        match segment {
            Some(segment) => {
                let rows = word.iter().zip(place).zip(segment);
                out.extend(rows.map(|((word, place), segment)| word + (place + segment)));
            }
            None => out.extend(word.iter().zip(place).map(|(word, place)| word + place)),
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
