//! t-SNE: neighbours attract, all others repel.
//!
//! Source: van der Maaten and Hinton, "Visualizing Data using t-SNE", 2008; the tree is that of van der Maaten, 2014. As
//! in scikit-learn, it starts from PCA with the deviation 1e-4, exaggerates attraction twelvefold for the first 250
//! steps, begins anew with its moves and gains when that ends, and steps by n / 48, at least by 50 (Belkina and others,
//! 2019); by n / 8 where that is less, as so few points swing to and fro at 50.

use super::quadtree::Quadtree;
use crate::random::Random;
use crate::vectors::Neighbours;

/// Vectors up to which all pairs repel one by one.
const EXACT: usize = 1_000;
/// Angle beyond which a cell of the tree counts as one point.
const THETA: f64 = 0.5;
/// Factor of attraction in the beginning, and how long that is.
const EXAGGERATION: f64 = 12.0;
const EXAGGERATED: usize = 250;
/// Part of the step before that is kept, in the beginning and then.
const MOMENTUM: (f64, f64) = (0.5, 0.8);
/// Deviation of the first positions, and how much of it is chance: points in one place would stay so.
const START: f64 = 1e-4;
const CHANCE: f64 = 1e-2;

/// A t-SNE that goes on step by step.
#[derive(Debug, Clone)]
pub struct Tsne {
    /// Where the neighbours of each point start in `others`; one more than there are points.
    starts: Vec<usize>,
    others: Vec<u32>,
    /// Joint probabilities, both ways; their sum is 1.
    weights: Vec<f64>,
    x: Vec<f64>,
    y: Vec<f64>,
    /// The last move, and the gain, of each coordinate: x first, then y.
    moves: Vec<f64>,
    gains: Vec<f64>,
    forces: Vec<f64>,
    tree: Quadtree,
    rate: f64,
    step: usize,
    steps: usize,
}

impl Tsne {
    /// Begins. `neighbours` holds three times the perplexity, or as many as there are; `start` is `[count × 2]`.
    pub fn new(neighbours: &Neighbours, start: &[f64], perplexity: f64, steps: usize, seed: u64) -> Self {
        let count = start.len() / 2;
        let (starts, others, weights) = joint(neighbours, count, perplexity);
        let (x, y) = positions(start, seed);
        Self {
            starts,
            others,
            weights,
            x,
            y,
            moves: vec![0.0; 2 * count],
            gains: vec![1.0; 2 * count],
            forces: vec![0.0; 2 * count],
            tree: Quadtree::default(),
            rate: (count as f64 / EXAGGERATION / 4.0).max(50f64.min(count as f64 / 8.0)),
            step: 0,
            steps,
        }
    }

    /// Steps done.
    pub fn step_number(&self) -> usize {
        self.step
    }

    /// Steps in all: the exaggeration ends at half of them at the latest.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// `[count × 2]`.
    pub fn positions(&self) -> Vec<f64> {
        self.x.iter().zip(&self.y).flat_map(|(&x, &y)| [x, y]).collect()
    }

    /// Goes on by some steps, not beyond the last.
    pub fn step(&mut self, count: usize) {
        for _ in 0..count.min(self.steps - self.step) {
            let until = EXAGGERATED.min(self.steps / 2);
            let early = self.step < until;
            if self.step == until {
                self.moves.fill(0.0);
                self.gains.fill(1.0);
            }
            self.gradient(if early { EXAGGERATION } else { 1.0 });
            self.descend(if early { MOMENTUM.0 } else { MOMENTUM.1 });
            self.step += 1;
        }
    }

    /// Fills `forces` with the gradient: 4·Σⱼ (pᵢⱼ − qᵢⱼ/Z)·qᵢⱼ·(yᵢ − yⱼ).
    fn gradient(&mut self, exaggeration: f64) {
        let count = self.x.len();
        let exact = count <= EXACT;
        if !exact {
            self.tree.rebuild(&self.x, &self.y);
        }
        let mut sum = 0.0;
        let (forces_x, forces_y) = self.forces.split_at_mut(count);
        for point in 0..count {
            let (x, y) = (self.x[point], self.y[point]);
            let repulsion = if exact { repulsion(x, y, &self.x, &self.y) } else { self.tree.repulsion(x, y, THETA) };
            (forces_x[point], forces_y[point]) = (repulsion.0, repulsion.1);
            sum += repulsion.2 - 1.0; // the point itself is among them
        }
        let share = if sum > 0.0 { 1.0 / sum } else { 0.0 };
        for point in 0..count {
            let (x, y) = (self.x[point], self.y[point]);
            let (mut pull_x, mut pull_y) = (0.0, 0.0);
            let range = self.starts[point]..self.starts[point + 1];
            for (&other, weight) in self.others[range.clone()].iter().zip(&self.weights[range]) {
                let (dx, dy) = (x - self.x[other as usize], y - self.y[other as usize]);
                let pull = weight / (1.0 + dx * dx + dy * dy);
                pull_x += pull * dx;
                pull_y += pull * dy;
            }
            forces_x[point] = 4.0 * (exaggeration * pull_x - share * forces_x[point]);
            forces_y[point] = 4.0 * (exaggeration * pull_y - share * forces_y[point]);
        }
    }

    /// Gradient descent with momentum and a gain for each coordinate (Jacobs, 1988).
    fn descend(&mut self, momentum: f64) {
        let coordinates = self.x.iter_mut().chain(&mut self.y);
        let states = self.moves.iter_mut().zip(&mut self.gains).zip(&self.forces);
        for (coordinate, ((step, gain), &force)) in coordinates.zip(states) {
            *gain = if *step * force < 0.0 { *gain + 0.2 } else { (*gain * 0.8).max(0.01) };
            *step = momentum * *step - self.rate * *gain * force;
            *coordinate += *step;
        }
    }
}

/// Sums over all points, as [`Quadtree::repulsion`] gives them, in four lanes each.
fn repulsion(x: f64, y: f64, xs: &[f64], ys: &[f64]) -> (f64, f64, f64) {
    let (mut force_x, mut force_y, mut sum) = ([0.0; 4], [0.0; 4], [0.0; 4]);
    let ((fours_x, rest_x), (fours_y, rest_y)) = (xs.as_chunks::<4>(), ys.as_chunks::<4>());
    for (others_x, others_y) in fours_x.iter().zip(fours_y) {
        for lane in 0..4 {
            let (dx, dy) = (x - others_x[lane], y - others_y[lane]);
            let q = 1.0 / (1.0 + dx * dx + dy * dy);
            sum[lane] += q;
            force_x[lane] += q * q * dx;
            force_y[lane] += q * q * dy;
        }
    }
    for (other_x, other_y) in rest_x.iter().zip(rest_y) {
        let (dx, dy) = (x - other_x, y - other_y);
        let q = 1.0 / (1.0 + dx * dx + dy * dy);
        sum[0] += q;
        force_x[0] += q * q * dx;
        force_y[0] += q * q * dy;
    }
    (force_x.iter().sum(), force_y.iter().sum(), sum.iter().sum())
}

/// First positions: the given ones with the deviation [`START`] along x, and a little chance.
fn positions(start: &[f64], seed: u64) -> (Vec<f64>, Vec<f64>) {
    let pairs = start.as_chunks::<2>().0;
    // The largest first: squares of what remains do not overflow.
    let largest = start.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let unit = if largest > 0.0 { 1.0 / largest } else { 0.0 };
    let square = pairs.iter().map(|pair| (pair[0] * unit).powi(2)).sum::<f64>() / pairs.len().max(1) as f64;
    let (scale, chance) = if square > 0.0 { (START / square.sqrt(), CHANCE) } else { (0.0, 1.0) };
    let mut random = Random::stream(seed, 6);
    pairs
        .iter()
        .map(|pair| {
            let mut moved = |value: f64| value * unit * scale + START * chance * random.normal();
            (moved(pair[0]), moved(pair[1]))
        })
        .unzip()
}

/// Joint probabilities (pⱼ|ᵢ + pᵢ|ⱼ) / 2n by rows: where each row starts, the other point, the probability.
fn joint(neighbours: &Neighbours, count: usize, perplexity: f64) -> (Vec<usize>, Vec<u32>, Vec<f64>) {
    let mut pairs: Vec<(u32, u32, f64)> = Vec::with_capacity(2 * neighbours.rows.len());
    for row in 0..count {
        let given = conditional(neighbours.distances_of(row), perplexity);
        for (&other, p) in neighbours.of(row).iter().zip(given) {
            let half = p / (2.0 * count as f64);
            pairs.push((row as u32, other as u32, half));
            pairs.push((other as u32, row as u32, half));
        }
    }
    pairs.sort_unstable_by_key(|&(row, other, _)| (row, other));
    let (mut starts, mut others, mut weights) = (vec![0; count + 1], Vec::new(), Vec::new());
    let mut last = None;
    for (row, other, weight) in pairs {
        if last == Some((row, other)) {
            if let Some(sum) = weights.last_mut() {
                *sum += weight;
            }
            continue;
        }
        last = Some((row, other));
        others.push(other);
        weights.push(weight);
        starts[row as usize + 1] = others.len();
    }
    for row in 0..count {
        starts[row + 1] = starts[row + 1].max(starts[row]);
    }
    (starts, others, weights)
}

/// Probabilities of the neighbours under a Gaussian whose width gives them the entropy ln(perplexity); by halving.
fn conditional(distances: &[f64], perplexity: f64) -> Vec<f64> {
    let squares: Vec<f64> = distances.iter().map(|distance| distance * distance).collect();
    let nearest = squares.iter().copied().fold(f64::INFINITY, f64::min);
    // Distances beyond the nearest, as multiples of their mean: the width starts near 1 whatever the unit.
    let mean = squares.iter().map(|square| square - nearest).sum::<f64>() / squares.len().max(1) as f64;
    let excess: Vec<f64> =
        squares.iter().map(|square| if mean > 0.0 { (square - nearest) / mean } else { 0.0 }).collect();
    let (mut low, mut high, mut precision) = (0.0, f64::INFINITY, 1.0);
    let mut probabilities = Vec::new();
    for _ in 0..100 {
        let weights: Vec<f64> = excess.iter().map(|excess| (-precision * excess).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let mean = weights.iter().zip(&excess).map(|(weight, excess)| weight * excess).sum::<f64>() / sum;
        let surplus = sum.ln() + precision * mean - perplexity.ln();
        probabilities = weights.into_iter().map(|weight| weight / sum).collect();
        if surplus.abs() < 1e-5 {
            break;
        }
        if surplus > 0.0 {
            low = precision;
            precision = if high.is_finite() { (low + high) / 2.0 } else { precision * 2.0 };
        } else {
            high = precision;
            precision = (low + high) / 2.0;
        }
    }
    probabilities
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_have_the_perplexity_asked_for() {
        let distances: Vec<f64> = (1..=60).map(|step| 1e-7 * f64::from(step)).collect();
        for perplexity in [1.5, 5.0, 20.0, 50.0] {
            let entropy: f64 =
                conditional(&distances, perplexity).iter().map(|p| if *p > 0.0 { -p * p.ln() } else { 0.0 }).sum();
            assert!((entropy.exp() - perplexity).abs() < 1e-3 * perplexity);
        }
        assert!(conditional(&[1.0; 4], 2.0).iter().all(|&p| p == 0.25));
        assert!(conditional(&[0.0; 4], 1.0).iter().all(|&p| p == 0.25));
        assert!(conditional(&[], 1.0).is_empty());
    }
}
