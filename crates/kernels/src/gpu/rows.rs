//! Ids to vectors, patches to a sequence, a sequence to one vector.

use burn::tensor::{Int, Tensor};

use super::launch::{Shader, cube, cube_ids, cubes, line, run};
use super::{EACH, there};
use crate::resident::Form;
use crate::rows::Counted;
use crate::table::Table;

/// Threads for `rows` of `cols`, four columns each where they divide: that, and the workgroups.
fn by_columns(rows: usize, cols: usize) -> (u32, [usize; 3]) {
    let four = cols.is_multiple_of(4);
    (u32::from(four), line((rows * if four { cols / 4 } else { cols }).div_ceil(64)))
}

pub(crate) fn embed(
    words: &Table,
    ids: &Tensor<2, Int>,
    places: &Tensor<2>,
    segments: Option<&Tensor<2>>,
    counted: Counted,
) -> Option<Tensor<3>> {
    let [batch, tokens] = ids.dims();
    let [vocabulary, hidden] = words.dims();
    if batch * tokens * hidden == 0 || vocabulary == 0 {
        return None;
    }
    let (places, segments, ids) = (cube(places)?, cubes(segments)?, cube_ids(ids)?);
    let (four, groups) = by_columns(batch * tokens, hidden);
    let (half, bytes) = (u32::from(words.form() == Form::Half), u32::from(words.form() == Form::Int8));
    let mut made: Option<Tensor<3>> = None;
    // A launch a part, each going on from what the one before made: a buffer is read or written in a launch, not both.
    for (at, part) in words.parts().iter().enumerate() {
        let from = at * words.each();
        let before = cubes(made.as_ref())?;
        let constants = vec![
            ("SEGMENT", there(&segments)),
            ("FIRST", counted.first() as u32),
            ("V4", four),
            ("PREV", there(&before)),
            ("HALF", half),
            ("BYTES", bytes),
            ("PLAIN", 1 - half - bytes),
        ];
        let count = words.each().min(vocabulary - from);
        let info = [batch * tokens, hidden, tokens, vocabulary, from, count].map(|size| size as u32);
        let inputs = vec![Some(ids.clone()), Some(cube(part)?), Some(places.clone()), segments.clone(), before];
        made = Some(run(shader!(each "embed", constants), inputs, [batch, tokens, hidden], &info, groups));
    }
    made
}

pub(crate) fn add_places(patches: &Tensor<3>, class: &Tensor<1>, places: &Tensor<2>) -> Option<Tensor<3>> {
    let [batch, count, hidden] = patches.dims();
    if batch * hidden == 0 {
        return None;
    }
    let inputs = vec![Some(cube(patches)?), Some(cube(class)?), Some(cube(places)?)];
    let (four, groups) = by_columns(batch * (1 + count), hidden);
    let info = [batch, 1 + count, hidden].map(|size| size as u32);
    Some(run(shader!(each "add_places", vec![("V4", four)]), inputs, [batch, 1 + count, hidden], &info, groups))
}

pub(crate) fn mean_tokens(hidden: &Tensor<3>, weights: Option<&Tensor<2>>, used: usize) -> Option<Tensor<2>> {
    let [batch, tokens, width] = hidden.dims();
    if batch * tokens * width == 0 {
        return None;
    }
    let (hidden, weights) = (cube(hidden)?, cubes(weights)?);
    let (four, groups) = by_columns(batch, width);
    let constants = vec![("WEIGHTS", there(&weights)), ("V4", four)];
    let info = [batch, tokens, used, width].map(|size| size as u32);
    Some(run(shader!(each "mean_tokens", constants), vec![Some(hidden), weights], [batch, width], &info, groups))
}
