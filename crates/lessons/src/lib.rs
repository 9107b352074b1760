//! Teaching maths on plain numbers: what a lab computes to explain a model, and how its answers are scored.
//!
//! What is undefined is `None`, never 0 and never NaN: a page says "undefined" and why. What is left to chance comes
//! from a seed.

mod algebra;
pub mod error;
pub mod map;
pub mod metrics;
pub mod pictures;
pub mod points;
pub mod polynomial;
pub mod random;
pub mod similarity;
#[cfg(feature = "training")]
pub mod training;
pub mod vectors;

pub use error::LessonError;
pub use metrics::{Averages, ClassReport, ClassScores, MetricsError};
