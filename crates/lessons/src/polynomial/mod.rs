//! Polynomials fitted in closed form, and what their degree does to them.
//!
//! A polynomial of degree d is built from Legendre polynomials over the plot, −1.25 … 1.25, of mean square 1 each.
//! Powers of x would do on paper; in floating point, x¹⁹ and x¹⁷ can hardly be told apart. Ridge nevertheless means what
//! scikit-learn's `PolynomialFeatures` and `Ridge` mean: the penalty acts on the coefficients of the powers x¹ … xᵈ, and
//! the constant is free. Where no penalty decides and several polynomials fit equally well, the one of the smallest mean
//! square over the plot is taken.

mod capacity;
mod spread;

pub use capacity::{CapacityAnswer, CapacityQuestion, FoldsAnswer, FoldsQuestion, capacity, folds, over_folds};
pub use spread::{MAX_ROUNDS, SpreadAnswer, SpreadQuestion, SpreadSource, spread};

use crate::algebra::dot;
use crate::algebra::least_squares::least_squares;
use crate::error::LessonError;
use crate::points::{REACH, curve_places, in_range};

/// Highest degree.
pub const MAX_DEGREE: usize = 20;
/// Largest λ.
pub const MAX_L2: f64 = 1e6;

/// A polynomial.
#[derive(Debug, Clone, PartialEq)]
pub struct Polynomial {
    /// Coefficients of the basis, from degree 0.
    coefficients: Vec<f64>,
}

/// Legendre polynomials of mean square 1 over −[`REACH`] … [`REACH`], at x: degrees 0 to `degree`.
pub fn basis(x: f64, degree: usize) -> Vec<f64> {
    let place = x / REACH;
    let mut values = vec![1.0; degree + 1];
    if degree > 0 {
        values[1] = place;
    }
    for order in 1..degree {
        let k = order as f64;
        values[order + 1] = ((2.0 * k + 1.0) * place * values[order] - k * values[order - 1]) / (k + 1.0); // Bonnet
    }
    values.iter_mut().enumerate().for_each(|(order, value)| *value *= norm(order));
    values
}

/// Makes the mean square of the Legendre polynomial of a degree 1.
fn norm(order: usize) -> f64 {
    (2.0 * order as f64 + 1.0).sqrt()
}

/// Column k, row p: what the k-th function of [`basis`] holds of the power xᵖ.
fn powers(degree: usize) -> Vec<Vec<f64>> {
    let mut columns = vec![vec![0.0; degree + 1]; degree + 1];
    columns[0][0] = 1.0;
    if degree > 0 {
        columns[1][1] = 1.0 / REACH;
    }
    for order in 1..degree {
        let k = order as f64;
        for power in 0..=order + 1 {
            let raised = if power > 0 { columns[order][power - 1] / REACH } else { 0.0 };
            columns[order + 1][power] = ((2.0 * k + 1.0) * raised - k * columns[order - 1][power]) / (k + 1.0);
        }
    }
    for (order, column) in columns.iter_mut().enumerate() {
        column.iter_mut().for_each(|value| *value *= norm(order));
    }
    columns
}

impl Polynomial {
    /// Minimises the mean of (y − f(x))² plus `l2` times the sum of the squared coefficients of x¹ … xᵈ.
    ///
    /// In scikit-learn's words, `alpha` is `l2` times the number of points. `None` without points.
    ///
    /// # Errors
    /// [`LessonError::Setting`] for a degree above [`MAX_DEGREE`] or an `l2` outside 0 … [`MAX_L2`].
    pub fn fit(x: &[f64], y: &[f64], degree: usize, l2: f64) -> Result<Option<Self>, LessonError> {
        in_range("degree", degree as f64, 0.0, MAX_DEGREE as f64)?;
        in_range("l2", l2, 0.0, MAX_L2)?;
        if x.is_empty() {
            return Ok(None);
        }
        let rows: Vec<Vec<f64>> = x.iter().map(|&x| basis(x, degree)).collect();
        let mut columns: Vec<Vec<f64>> =
            (0..=degree).map(|order| rows.iter().map(|row| row[order]).collect()).collect();
        let mut targets = y.to_vec();
        if l2 > 0.0 {
            // Ridge is least squares with a row more for each coefficient: √α times it should be 0.
            let weight = (l2 * x.len() as f64).sqrt();
            for (column, powers) in columns.iter_mut().zip(powers(degree)) {
                column.extend(powers[1..].iter().map(|power| weight * power));
            }
            targets.resize(targets.len() + degree, 0.0);
        }
        Ok(Some(Self { coefficients: least_squares(columns, targets) }))
    }

    /// The value at x.
    pub fn value(&self, x: f64) -> f64 {
        dot(&basis(x, self.coefficients.len() - 1), &self.coefficients)
    }

    /// The values at [`curve_places`].
    pub fn curve(&self) -> Vec<f64> {
        curve_places().into_iter().map(|x| self.value(x)).collect()
    }

    /// Coefficients of x⁰, x¹ … xᵈ.
    pub fn power_coefficients(&self) -> Vec<f64> {
        let size = self.coefficients.len();
        let columns = powers(size - 1);
        (0..size).map(|power| (0..size).map(|order| columns[order][power] * self.coefficients[order]).sum()).collect()
    }

    /// Mean squared error. `None` without points, and where it is not finite.
    pub fn error(&self, x: &[f64], y: &[f64]) -> Option<f64> {
        let squares: f64 = x.iter().zip(y).map(|(&x, y)| (self.value(x) - y).powi(2)).sum();
        mean_of(squares, x.len())
    }
}

/// A mean that is a number, or nothing.
fn mean_of(sum: f64, count: usize) -> Option<f64> {
    let mean = sum / count as f64;
    (count > 0 && mean.is_finite()).then_some(mean)
}
