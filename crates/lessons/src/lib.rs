//! Teaching maths on plain numbers: what a lab computes to explain a model, and how its answers are scored.
//!
//! What is undefined is `None`, never 0 and never NaN: a page says "undefined" and why.

pub mod metrics;
pub mod similarity;

pub use metrics::{Averages, ClassReport, ClassScores, MetricsError};
