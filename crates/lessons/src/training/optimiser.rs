//! How numbers follow their gradients.

use super::Optimiser;

/// Numbers that are fitted, their gradients, and what an optimiser remembers of them.
#[derive(Clone)]
pub(crate) struct Fitted {
    pub(crate) values: Vec<f32>,
    pub(crate) gradient: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
}

/// One step of an optimiser.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) optimiser: Optimiser,
    pub(crate) rate: f32,
    /// λ of λ‖w‖²
    pub(crate) l2: f32,
    /// The number of this step, counted from 1.
    pub(crate) step: usize,
}

/// Share of the step before that momentum keeps.
const MOMENTUM: f32 = 0.9;
/// Kingma & Ba 2015.
const BETAS: [f64; 2] = [0.9, 0.999];
const EPSILON: f32 = 1e-8;

impl Fitted {
    pub(crate) fn new(values: Vec<f32>) -> Self {
        let gradient = vec![0.0; values.len()];
        Self { values, gradient, first: Vec::new(), second: Vec::new() }
    }

    /// `penalised`: whether L2 holds these back; biases are free.
    pub(crate) fn follow(&mut self, pace: &Pace, penalised: bool) {
        let pull = if penalised { 2.0 * pace.l2 } else { 0.0 };
        let pairs = self.values.iter_mut().zip(&self.gradient);
        match pace.optimiser {
            Optimiser::Sgd => pairs.for_each(|(value, gradient)| *value -= pace.rate * (gradient + pull * *value)),
            Optimiser::Momentum => {
                self.first.resize(self.gradient.len(), 0.0);
                pairs.zip(&mut self.first).for_each(|((value, gradient), first)| {
                    *first = MOMENTUM * *first + (gradient + pull * *value);
                    *value -= pace.rate * *first;
                });
            }
            Optimiser::Adam => {
                self.first.resize(self.gradient.len(), 0.0);
                self.second.resize(self.gradient.len(), 0.0);
                let [b1, b2] = BETAS.map(|beta| beta as f32);
                // Both means start at 0 and are made larger in turn.
                let [grown1, grown2] = BETAS.map(|beta| (1.0 / (1.0 - beta.powf(pace.step as f64))) as f32);
                let states = self.first.iter_mut().zip(&mut self.second);
                pairs.zip(states).for_each(|((value, gradient), (first, second))| {
                    let gradient = gradient + pull * *value;
                    *first = b1 * *first + (1.0 - b1) * gradient;
                    *second = b2 * *second + (1.0 - b2) * gradient * gradient;
                    *value -= pace.rate * (*first * grown1) / ((*second * grown2).sqrt() + EPSILON);
                });
            }
        }
    }
}
