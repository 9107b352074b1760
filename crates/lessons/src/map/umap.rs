//! UMAP: a graph of near neighbours, laid out by attraction along its edges and repulsion from points of chance.
//!
//! Source: McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction",
//! 2018, and the authors' program umap-learn, whose constants these are. It starts from PCA (their `init="pca"`).

use super::curve::{self, Power};
use crate::random::Random;
use crate::vectors::Neighbours;

/// Repelling points for each attraction.
const NEGATIVES: f64 = 5.0;
/// Longest move along an axis that one attraction or repulsion causes, times the learning rate.
const LONGEST: f64 = 4.0;
/// Side of the square in which the layout starts, and the deviation of the chance in it.
const SIDE: f64 = 10.0;
const CHANCE: f64 = 1e-4;
/// Least width of a point's neighbourhood, as a share of its mean distance.
const NARROWEST: f64 = 1e-3;

/// An edge of the graph, with its turns: it is drawn every `every` steps.
#[derive(Debug, Clone, Copy)]
struct Edge {
    from: u32,
    to: u32,
    every: f64,
    next: f64,
    next_negative: f64,
}

/// A UMAP that goes on step by step.
#[derive(Debug, Clone)]
pub struct Umap {
    edges: Vec<Edge>,
    places: Vec<[f64; 2]>,
    random: Random,
    a: f64,
    b: f64,
    power: Power,
    step: usize,
    steps: usize,
}

impl Umap {
    /// Begins. `near` neighbours of each point are used, of those that are there; `start` is `[count × 2]`.
    pub fn new(neighbours: &Neighbours, start: &[f64], near: usize, min_dist: f64, steps: usize, seed: u64) -> Self {
        let mut random = Random::stream(seed, 7);
        let places = places(start, &mut random);
        let (a, b) = curve::fit(min_dist);
        let graph = fuzzy_graph(neighbours, places.len(), near);
        let heaviest = graph.iter().map(|&(.., weight)| weight).fold(0.0, f64::max);
        let edges = graph.into_iter().filter(|&(.., weight)| weight * steps as f64 >= heaviest && weight > 0.0);
        let edges = edges.map(|(from, to, weight)| {
            let every = heaviest / weight;
            Edge { from, to, every, next: every, next_negative: every / NEGATIVES }
        });
        Self { edges: edges.collect(), places, random, a, b, power: Power::new(b), step: 0, steps }
    }

    /// Steps done.
    pub fn step_number(&self) -> usize {
        self.step
    }

    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// `[count × 2]`.
    pub fn positions(&self) -> Vec<f64> {
        self.places.concat()
    }

    /// Goes on by some steps, not beyond the last. The learning rate falls from 1 to 0.
    pub fn step(&mut self, count: usize) {
        for _ in 0..count.min(self.steps - self.step) {
            let rate = 1.0 - self.step as f64 / self.steps as f64;
            let now = self.step as f64;
            for edge in 0..self.edges.len() {
                if self.edges[edge].next <= now {
                    self.draw(edge, now, rate);
                }
            }
            self.step += 1;
        }
    }

    /// One turn of an edge: its ends move together, and its start away from some points of chance.
    fn draw(&mut self, index: usize, now: f64, rate: f64) {
        let Edge { from, to, every, next_negative, .. } = self.edges[index];
        let (from, to) = (from as usize, to as usize);
        let pull = self.attraction(from, to).map(|move_by| rate * move_by);
        self.places[from].iter_mut().zip(pull).for_each(|(value, pull)| *value += pull);
        self.places[to].iter_mut().zip(pull).for_each(|(value, pull)| *value -= pull);
        let negatives = ((now - next_negative) / (every / NEGATIVES)).floor().max(0.0);
        for _ in 0..negatives as usize {
            let other = self.random.below(self.places.len());
            if other != from {
                let push = self.repulsion(from, other);
                self.places[from].iter_mut().zip(push).for_each(|(value, push)| *value += rate * push);
            }
        }
        let edge = &mut self.edges[index];
        edge.next += every;
        edge.next_negative += negatives * every / NEGATIVES;
    }

    fn attraction(&self, from: usize, to: usize) -> [f64; 2] {
        let (difference, square) = self.between(from, to);
        if square == 0.0 {
            return [0.0; 2];
        }
        let power = self.power.of(square);
        let share = -2.0 * self.a * self.b * power / square / (1.0 + self.a * power);
        difference.map(|value| (share * value).clamp(-LONGEST, LONGEST))
    }

    fn repulsion(&self, from: usize, other: usize) -> [f64; 2] {
        let (difference, square) = self.between(from, other);
        let share = 2.0 * self.b / ((0.001 + square) * (1.0 + self.a * self.power.of(square)));
        difference.map(|value| (share * value).clamp(-LONGEST, LONGEST))
    }

    fn between(&self, from: usize, to: usize) -> ([f64; 2], f64) {
        let (a, b) = (self.places[from], self.places[to]);
        let difference = [a[0] - b[0], a[1] - b[1]];
        (difference, difference[0] * difference[0] + difference[1] * difference[1])
    }
}

/// First places: the given ones, stretched to a square, and a little chance. An axis along which nothing differs is
/// left to chance.
fn places(start: &[f64], random: &mut Random) -> Vec<[f64; 2]> {
    let pairs = start.as_chunks::<2>().0;
    let range = |axis: usize| {
        pairs
            .iter()
            .map(|pair| pair[axis])
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let ranges = [range(0), range(1)];
    let mut place = |axis: usize, value: f64| {
        let (low, high) = ranges[axis];
        // By halves: the difference of the largest numbers is not finite.
        let half = high / 2.0 - low / 2.0;
        let share = if half > 0.0 { (value / 2.0 - low / 2.0) / half } else { random.uniform() };
        SIDE * share + CHANCE * random.normal()
    };
    pairs.iter().map(|pair| [place(0, pair[0]), place(1, pair[1])]).collect()
}

/// The fuzzy union of all points' neighbourhoods: edges both ways with their weights, w = u + v − u·v.
fn fuzzy_graph(neighbours: &Neighbours, count: usize, near: usize) -> Vec<(u32, u32, f64)> {
    let near = near.min(neighbours.k);
    let overall = mean(&neighbours.distances);
    let mut pairs: Vec<(u32, u32, f64)> = Vec::with_capacity(2 * count * near);
    for row in 0..count {
        let weights = memberships(&neighbours.distances_of(row)[..near], overall);
        for (&other, weight) in neighbours.of(row).iter().zip(weights) {
            pairs.push((row as u32, other as u32, weight));
            pairs.push((other as u32, row as u32, weight));
        }
    }
    // Stable, so that chance meets the edges in the same order everywhere.
    pairs.sort_by_key(|&(from, to, _)| (from, to));
    let mut graph: Vec<(u32, u32, f64)> = Vec::with_capacity(pairs.len());
    for (from, to, weight) in pairs {
        match graph.last_mut() {
            Some(last) if (last.0, last.1) == (from, to) => last.2 = last.2 + weight - last.2 * weight,
            _ => graph.push((from, to, weight)),
        }
    }
    graph
}

/// How much each neighbour belongs: e^(−(d − ρ)/σ), where ρ is the distance of the nearest that is elsewhere, and σ such
/// that the sum is log₂ of the number of neighbours, the point itself counted.
fn memberships(distances: &[f64], overall: f64) -> Vec<f64> {
    let nearest = distances.iter().copied().find(|&distance| distance > 0.0).unwrap_or(0.0);
    let target = (distances.len() as f64 + 1.0).log2();
    let belongs = |width: f64, distance: f64| {
        let beyond = distance - nearest;
        if beyond <= 0.0 || width <= 0.0 { 1.0 } else { (-beyond / width).exp() }
    };
    let unit = mean(distances);
    // The width is sought as a multiple of the mean distance, so that the unit does not matter.
    let (mut low, mut high, mut width) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..64 {
        let sum: f64 = distances.iter().map(|&distance| belongs(width * unit, distance)).sum();
        if (sum - target).abs() < 1e-5 {
            break;
        }
        if sum > target {
            high = width;
            width = (low + high) / 2.0;
        } else {
            low = width;
            width = if high.is_finite() { (low + high) / 2.0 } else { width * 2.0 };
        }
    }
    let least = NARROWEST * if nearest > 0.0 { unit } else { overall };
    let width = (width * unit).max(least);
    distances.iter().map(|&distance| belongs(width, distance)).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
