//! The one microkernel: a few rows times one panel of eight columns, over one block of k.
//!
//! Why this shape: V8 keeps fifteen vector registers. Four rows by eight columns are eight sums, two columns, the rows' values and a
//! product; with more of anything V8 spills, which was measured to cost half the speed. For the same reason the loop over k is not
//! unrolled here: V8's scheduler would draw all loads to the front. V8 unrolls it by itself, the more often the deeper it is nested, so all of
//! this is inlined into the loops over panels and blocks (5-10 % quicker than a call for each tile).

use super::lanes::Lanes;
use super::panels::NR;

/// Rows of a full tile.
pub(super) const MR: usize = 4;
/// Steps of k in a block: a panel block is 12 KiB and the rows of a tile 6 KiB, so both stay in 32 KiB of first-level cache.
pub(super) const KC: usize = 384;

/// What the sums start from.
#[derive(Clone, Copy)]
pub(super) enum Start<'a> {
    /// Biases: one for each column of the panel (as many as it is wide), one for each row of the tile.
    Bias { columns: Option<&'a [f32]>, rows: Option<&'a [f32]> },
    /// What `out` holds from the block of k before.
    Out,
}

/// Rows of a matrix as the kernel wants them: tiles of up to [`MR`] rows, each `[k][rows of the tile]`.
pub(super) fn pack_rows(rows: &[f32], stride: usize, m: usize, k: core::ops::Range<usize>, packed: &mut Vec<f32>) {
    packed.clear();
    packed.resize(m * k.len(), 0.0);
    let mut rest = packed.as_mut_slice();
    for (first, count) in tiles(m) {
        let (tile, others) = rest.split_at_mut(count * k.len());
        rest = others;
        let row = |i: usize| &rows[(first + i) * stride..][k.start..k.end];
        match count {
            4 => interleave([row(0), row(1), row(2), row(3)], tile),
            2 => interleave([row(0), row(1)], tile),
            _ => tile.copy_from_slice(row(0)),
        }
    }
}

#[inline(always)]
fn interleave<const R: usize>(rows: [&[f32]; R], tile: &mut [f32]) {
    let (steps, _) = tile.as_chunks_mut::<R>();
    let rows = rows.map(|row| &row[..steps.len()]);
    for (i, step) in steps.iter_mut().enumerate() {
        for (value, row) in step.iter_mut().zip(rows) {
            *value = row[i];
        }
    }
}

/// First row and number of rows of each tile of `m` rows: fours, then at most a pair and a single.
pub(super) fn tiles(m: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut first = 0;
    core::iter::from_fn(move || {
        let count = match m - first {
            0 => return None,
            1 => 1,
            2 | 3 => 2,
            _ => MR,
        };
        first += count;
        Some((first - count, count))
    })
}

/// Multiplies packed rows, `m` of them, with one panel block, `[k][NR]`, of which `width` columns count, into `out`, whose rows lie
/// `stride` apart.
#[inline(always)]
pub(super) fn multiply(
    packed: &[f32],
    m: usize,
    panel: &[f32],
    start: Start,
    out: &mut [f32],
    stride: usize,
    width: usize,
) {
    let k = panel.len() / NR;
    let (panel, _) = panel.as_chunks::<{ Lanes::COUNT }>();
    let (panel, _) = panel.as_chunks::<{ NR / Lanes::COUNT }>();
    let mut rest = packed;
    for (first, count) in tiles(m) {
        let (rows, others) = rest.split_at(count * k);
        rest = others;
        let start = match start {
            Start::Bias { columns, rows } => Start::Bias { columns, rows: rows.map(|rows| &rows[first..][..count]) },
            Start::Out => Start::Out,
        };
        let out = &mut out[first * stride..];
        match count {
            4 => tile(rows.as_chunks::<4>().0, panel, start, out, stride, width),
            2 => tile(rows.as_chunks::<2>().0, panel, start, out, stride, width),
            _ => tile(rows.as_chunks::<1>().0, panel, start, out, stride, width),
        }
    }
}

#[inline(always)]
fn tile<const R: usize>(
    rows: &[[f32; R]],
    panel: &[[[f32; Lanes::COUNT]; NR / Lanes::COUNT]],
    start: Start,
    out: &mut [f32],
    stride: usize,
    width: usize,
) {
    let mut sums = first_sums::<R>(start, out, stride, width);
    for (row, columns) in rows.iter().zip(panel) {
        let columns = [Lanes::load(&columns[0]), Lanes::load(&columns[1])];
        for (sums, value) in sums.iter_mut().zip(row) {
            let value = Lanes::splat(*value);
            sums[0] = value.scale_add(columns[0], sums[0]);
            sums[1] = value.scale_add(columns[1], sums[1]);
        }
    }
    for (i, sums) in sums.into_iter().enumerate() {
        store_row(sums, &mut out[i * stride..][..width]);
    }
}

type Sums<const R: usize> = [[Lanes; NR / Lanes::COUNT]; R];

#[inline(always)]
fn first_sums<const R: usize>(start: Start, out: &[f32], stride: usize, width: usize) -> Sums<R> {
    let mut sums = [[Lanes::splat(0.0); NR / Lanes::COUNT]; R];
    match start {
        Start::Bias { columns, rows } => {
            let columns = columns.map_or([Lanes::splat(0.0); 2], load_row);
            for (i, sums) in sums.iter_mut().enumerate() {
                *sums = match rows {
                    Some(rows) => columns.map(|c| c + Lanes::splat(rows[i])),
                    None => columns,
                };
            }
        }
        Start::Out => {
            for (i, sums) in sums.iter_mut().enumerate() {
                *sums = load_row(&out[i * stride..][..width]);
            }
        }
    }
    sums
}

/// Writes as many lanes as `row` is wide.
#[inline(always)]
pub(super) fn store_row(lanes: [Lanes; NR / Lanes::COUNT], row: &mut [f32]) {
    let mut padded = [0.0; NR];
    match <&mut [f32; NR]>::try_from(&mut *row) {
        Ok(row) => write(lanes, row),
        Err(_) => {
            write(lanes, &mut padded);
            row.copy_from_slice(&padded[..row.len()]);
        }
    }
}

#[inline(always)]
fn write(lanes: [Lanes; NR / Lanes::COUNT], row: &mut [f32; NR]) {
    let (halves, _) = row.as_chunks_mut::<{ Lanes::COUNT }>();
    lanes[0].store(&mut halves[0]);
    lanes[1].store(&mut halves[1]);
}

/// Up to [`NR`] values; zeros fill the rest.
#[inline(always)]
pub(super) fn load_row(values: &[f32]) -> [Lanes; NR / Lanes::COUNT] {
    let mut padded = [0.0; NR];
    let row = match <&[f32; NR]>::try_from(values) {
        Ok(row) => row,
        Err(_) => {
            padded[..values.len()].copy_from_slice(values);
            &padded
        }
    };
    let (halves, _) = row.as_chunks::<{ Lanes::COUNT }>();
    [Lanes::load(&halves[0]), Lanes::load(&halves[1])]
}
