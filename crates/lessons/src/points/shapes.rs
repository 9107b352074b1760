//! The shapes beneath the points.

use std::f64::consts::{PI, TAU};

use serde::{Deserialize, Serialize};

use super::{LessonPoints, LessonTask};
use crate::random::Random;

/// Functions of x. Over −1 … 1 they stay within −1 … 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegressionShape {
    /// A straight line.
    Line,
    /// One period of a sine.
    Sine,
    /// A jump at 0, which no polynomial can follow.
    Step,
    /// A narrow bump and a wide one: only a high degree finds both.
    Bumps,
}

/// Two classes in the plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClassShape {
    /// Two half circles, each of which reaches into the other.
    Moons,
    /// A circle within a circle.
    Circles,
    /// Two arms of a spiral, of a turn and a half.
    Spirals,
    /// Four quarters, the opposite ones alike.
    Xor,
    /// Two clouds that one line parts.
    Blobs,
}

/// What lies beneath the points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Shape {
    /// A function with noise.
    Regression(RegressionShape),
    /// Two classes.
    Classes(ClassShape),
}

/// Deviation of the clouds before any noise: without it, all points of one would lie in one place.
const CLOUD: f64 = 0.17;

impl RegressionShape {
    /// The shape at x.
    pub fn value(self, x: f64) -> f64 {
        match self {
            Self::Line => 0.8 * x,
            Self::Sine => 0.8 * (PI * x).sin(),
            Self::Step => 0.7_f64.copysign(x),
            Self::Bumps => {
                let bump = |middle: f64, width: f64| (-((x - middle) / width).powi(2)).exp();
                1.4 * bump(-0.45, 0.18) + bump(0.4, 0.28) - 0.6
            }
        }
    }
}

impl ClassShape {
    /// A place of one of the two classes, without noise.
    fn place(self, class: u8, random: &mut Random) -> (f64, f64) {
        let second = class == 1;
        match self {
            Self::Moons => {
                let (sine, cosine) = random.between(0.0, PI).sin_cos();
                let (x, y) = if second { (1.0 - cosine, 0.5 - sine) } else { (cosine, sine) };
                ((x - 0.5) / 1.6, (y - 0.25) / 1.1) // moved to the middle of the plot
            }
            Self::Circles => {
                let (sine, cosine) = random.between(0.0, TAU).sin_cos();
                let radius = if second { 0.42 } else { 0.88 };
                (radius * cosine, radius * sine)
            }
            Self::Spirals => {
                // The root spreads the points evenly along the arm, which grows with its radius.
                let along = random.uniform().sqrt();
                let turn = along * 1.5 * TAU + if second { PI } else { 0.0 };
                let radius = 0.08 + 0.88 * along;
                (radius * turn.cos(), radius * turn.sin())
            }
            Self::Xor => {
                let (x, y) = (random.between(0.08, 0.95), random.between(0.08, 0.95));
                let left = random.uniform() < 0.5;
                let below = left != second;
                (if left { -x } else { x }, if below { -y } else { y })
            }
            Self::Blobs => {
                let middle = if second { 0.42 } else { -0.42 };
                (middle + CLOUD * random.normal(), 0.8 * middle + CLOUD * random.normal())
            }
        }
    }
}

impl Shape {
    /// What is learned from its points.
    pub fn task(self) -> LessonTask {
        match self {
            Self::Regression(_) => LessonTask::Regression,
            Self::Classes(_) => LessonTask::Classification,
        }
    }

    /// Draws points. Places and noise come from streams of their own.
    pub(super) fn draw(self, count: usize, noise: f64, seed: u64) -> LessonPoints {
        let (mut places, mut noises) = (Random::stream(seed, 0), Random::stream(seed, 1));
        let (mut x, mut y) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut classes = Vec::new();
        for row in 0..count {
            match self {
                Self::Regression(shape) => {
                    let place = places.between(-1.0, 1.0);
                    x.push(place);
                    y.push(shape.value(place) + noise * noises.normal());
                }
                Self::Classes(shape) => {
                    let class = (row % 2) as u8; // as many of one as of the other
                    let place = shape.place(class, &mut places);
                    x.push(place.0 + noise * noises.normal());
                    y.push(place.1 + noise * noises.normal());
                    classes.push(class);
                }
            }
        }
        let task = self.task();
        LessonPoints { task, x, y, classes: (task == LessonTask::Classification).then_some(classes) }
    }
}
