//! The nearest neighbours of every vector, exactly: all pairs are looked at.

use super::rows::Rows;
use super::{Metric, Vectors};
use crate::algebra::square_distance;

/// Rows of one step.
const STRIP: usize = 64;
/// Candidates kept beyond those asked for: single precision may swap neighbours that are equally far, so the last word
/// is had by double precision.
const SPARE: usize = 8;

/// The nearest neighbours of each vector, from the nearest on.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    /// Neighbours of each vector: what was asked for, at most all others.
    pub k: usize,
    /// Their rows: `[count × k]`.
    pub rows: Vec<usize>,
    /// Euclidean distances, of unit vectors under [`Metric::Cosine`]: `[count × k]`.
    pub distances: Vec<f64>,
}

impl Neighbours {
    /// Neighbours of one vector.
    pub fn of(&self, row: usize) -> &[usize] {
        &self.rows[row * self.k..][..self.k]
    }

    /// Distances to the neighbours of one vector.
    pub fn distances_of(&self, row: usize) -> &[f64] {
        &self.distances[row * self.k..][..self.k]
    }
}

/// A search that goes on strip by strip, so that whoever waits can be told, or leave.
#[derive(Debug, Clone)]
pub struct NeighbourSearch {
    rows: Rows,
    k: usize,
    /// Candidates of each row, sorted by distance: `[count × keep]`.
    candidates: Vec<(f32, u32)>,
    keep: usize,
    next: usize,
}

impl NeighbourSearch {
    /// Begins a search for the k nearest others of each vector.
    pub fn new(vectors: &Vectors, k: usize, metric: Metric) -> Self {
        let others = vectors.count.saturating_sub(1);
        let k = k.min(others);
        let keep = (k + SPARE).min(others);
        let (mut rows, _) = Rows::new(vectors, metric);
        if metric == Metric::Cosine {
            // With this, a row without length is √2 away from all others: its cosine is 0.
            rows.squares.iter_mut().filter(|square| **square == 0.0).for_each(|square| *square = 1.0);
        }
        let candidates = vec![(f32::INFINITY, u32::MAX); vectors.count * keep];
        Self { rows, k, candidates, keep, next: if keep == 0 { vectors.count } else { 0 } }
    }

    /// Whether all pairs have been looked at.
    pub fn is_done(&self) -> bool {
        self.next >= self.rows.count
    }

    /// Compares the next 64 rows with themselves and all later ones.
    pub fn step(&mut self) {
        if self.is_done() {
            return;
        }
        let (start, end) = (self.next, (self.next + STRIP).min(self.rows.count));
        // Blocks, so that both stay in the cache.
        for block in (start..self.rows.count).step_by(STRIP) {
            let stop = (block + STRIP).min(self.rows.count);
            for first in (start..end).step_by(2) {
                for second in (block..stop).step_by(4) {
                    let distances = self.rows.distances(first, &self.rows, second);
                    for (i, distances) in (first..end.min(first + 2)).zip(distances) {
                        for (j, distance) in (second..stop.min(second + 4)).zip(distances) {
                            if i < j {
                                self.offer(i, j, distance);
                                self.offer(j, i, distance);
                            }
                        }
                    }
                }
            }
        }
        self.next = end;
    }

    fn offer(&mut self, row: usize, other: usize, distance: f32) {
        let list = &mut self.candidates[row * self.keep..][..self.keep];
        if distance >= list[self.keep - 1].0 {
            return;
        }
        let place = list.partition_point(|candidate| candidate.0 <= distance);
        list.copy_within(place..self.keep - 1, place + 1);
        list[place] = (distance, other as u32);
    }

    /// The answer: `vectors` and `metric` must be those of the beginning, and all steps done.
    pub fn finish(&self, vectors: &Vectors, metric: Metric) -> Neighbours {
        let (mut rows, mut distances) = (Vec::with_capacity(vectors.count * self.k), Vec::new());
        let directions: Vec<Vec<f64>> = (0..vectors.count).map(|row| vectors.direction(row, metric)).collect();
        let zeros: Vec<bool> = directions.iter().map(|row| row.iter().all(|&value| value == 0.0)).collect();
        let lengthless = |row: usize| metric == Metric::Cosine && zeros[row];
        for (row, list) in self.candidates.chunks_exact(self.keep.max(1)).enumerate() {
            let mut exact: Vec<(f64, usize)> = list
                .iter()
                .map(|&(_, other)| {
                    let other = other as usize;
                    if lengthless(row) || lengthless(other) {
                        return (2.0, other);
                    }
                    (square_distance(&directions[row], &directions[other]), other)
                })
                .collect();
            exact.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            rows.extend(exact[..self.k].iter().map(|&(_, other)| other));
            distances.extend(exact[..self.k].iter().map(|&(square, _)| square.sqrt()));
        }
        Neighbours { k: self.k, rows, distances }
    }
}

/// The k nearest others of each vector (fewer where there are fewer).
pub fn neighbours(vectors: &Vectors, k: usize, metric: Metric) -> Neighbours {
    let mut search = NeighbourSearch::new(vectors, k, metric);
    while !search.is_done() {
        search.step();
    }
    search.finish(vectors, metric)
}
