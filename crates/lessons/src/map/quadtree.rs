//! A quadtree over a map: far points are taken together.
//!
//! Source: Barnes and Hut, "A hierarchical O(N log N) force-calculation algorithm", 1986; for t-SNE van der Maaten,
//! "Accelerating t-SNE using Tree-Based Algorithms", 2014. Cells lie in the order in which a walk meets them, and each
//! knows where the walk goes on when it is skipped, so that no stack is needed.

/// Cells are not divided any further than this: points closer than 2⁻⁴⁰ of the map are as good as one.
const DEEPEST: usize = 40;

/// A square with points in it, or a single place.
#[derive(Debug, Clone, Copy)]
struct Cell {
    /// Mean of its points.
    x: f64,
    y: f64,
    /// Number of its points.
    mass: f64,
    /// Squared length of a side; 0: not divided, always taken as one place.
    square: f64,
    /// The cell after all those inside it.
    skip: u32,
}

/// Points ordered into squares.
#[derive(Debug, Clone, Default)]
pub(super) struct Quadtree {
    cells: Vec<Cell>,
    points: Vec<(f64, f64)>,
}

impl Quadtree {
    /// Orders points; the memory of the tree before is used again. All coordinates are finite.
    pub(super) fn rebuild(&mut self, x: &[f64], y: &[f64]) {
        self.cells.clear();
        self.points.clear();
        self.points.extend(x.iter().copied().zip(y.iter().copied()));
        let bounds = |values: &[f64]| {
            values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)))
        };
        let ((left, right), (bottom, top)) = (bounds(x), bounds(y));
        let mut points = std::mem::take(&mut self.points);
        if !points.is_empty() {
            let side = (right - left).max(top - bottom);
            self.divide(&mut points, left + side / 2.0, bottom + side / 2.0, side, 0);
        }
        self.points = points;
    }

    /// Adds the cell of these points, around the middle (x, y), and all cells within it.
    fn divide(&mut self, points: &mut [(f64, f64)], x: f64, y: f64, side: f64, depth: usize) {
        let mass = points.len() as f64;
        let sum = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
        let whole = points.len() == 1 || depth == DEEPEST || points.iter().all(|point| *point == points[0]);
        let own = self.cells.len();
        let square = if whole { 0.0 } else { side * side };
        self.cells.push(Cell { x: sum.0 / mass, y: sum.1 / mass, mass, square, skip: 0 });
        if !whole {
            let above = partition(points, |point| point.1 < y);
            let (low, high) = points.split_at_mut(above);
            for (half, up) in [(low, -0.25), (high, 0.25)] {
                let beside = partition(half, |point| point.0 < x);
                let (left, right) = half.split_at_mut(beside);
                for (quarter, along) in [(left, -0.25), (right, 0.25)] {
                    if !quarter.is_empty() {
                        self.divide(quarter, x + along * side, y + up * side, side / 2.0, depth + 1);
                    }
                }
            }
        }
        self.cells[own].skip = self.cells.len() as u32;
    }

    /// Sums over all points, near ones one by one, cells narrower than `theta` times their distance as one: of
    /// q² · (difference) along x and y, and of q, where q = 1 / (1 + distance²). The point itself counts 1 in the last.
    pub(super) fn repulsion(&self, x: f64, y: f64, theta: f64) -> (f64, f64, f64) {
        let theta = theta * theta;
        let (mut force_x, mut force_y, mut sum) = (0.0, 0.0, 0.0);
        let mut at = 0;
        while let Some(cell) = self.cells.get(at) {
            let (dx, dy) = (x - cell.x, y - cell.y);
            let distance = dx * dx + dy * dy;
            if cell.square <= theta * distance {
                let q = 1.0 / (1.0 + distance);
                let share = cell.mass * q;
                sum += share;
                force_x += share * q * dx;
                force_y += share * q * dy;
                at = cell.skip as usize;
            } else {
                at += 1;
            }
        }
        (force_x, force_y, sum)
    }
}

/// Brings those that fulfil the condition to the front; gives their number.
fn partition<T>(things: &mut [T], condition: impl Fn(&T) -> bool) -> usize {
    let mut front = 0;
    for at in 0..things.len() {
        if condition(&things[at]) {
            things.swap(front, at);
            front += 1;
        }
    }
    front
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn exact(points: &[(f64, f64)], x: f64, y: f64) -> (f64, f64, f64) {
        points.iter().fold((0.0, 0.0, 0.0), |(a, b, c), point| {
            let (dx, dy) = (x - point.0, y - point.1);
            let q = 1.0 / (1.0 + dx * dx + dy * dy);
            (a + q * q * dx, b + q * q * dy, c + q)
        })
    }

    #[test]
    fn sums_are_exact_without_angle_and_close_with_it() {
        let mut random = Random::new(9);
        let mut points: Vec<(f64, f64)> = (0..500).map(|_| (10.0 * random.normal(), 10.0 * random.normal())).collect();
        points.extend([(3.0, 4.0); 20]);
        let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
        let mut tree = Quadtree::default();
        tree.rebuild(&x, &y);
        let total: f64 = points.iter().map(|&(x, y)| exact(&points, x, y).2).sum();
        let mut approximate = 0.0;
        for &(x, y) in &points {
            let (known, found) = (exact(&points, x, y), tree.repulsion(x, y, 0.0));
            assert!((known.0 - found.0).abs() < 1e-9 && (known.1 - found.1).abs() < 1e-9);
            assert!((known.2 - found.2).abs() < 1e-9);
            let found = tree.repulsion(x, y, 0.5);
            assert!((known.0 - found.0).hypot(known.1 - found.1) < 0.05, "{known:?} {found:?}");
            approximate += found.2;
        }
        assert!((approximate / total - 1.0).abs() < 0.01, "{approximate} {total}");
    }

    #[test]
    fn points_in_one_place_do_not_dig_forever() {
        let mut tree = Quadtree::default();
        tree.rebuild(&[1.0; 5], &[2.0; 5]);
        assert_eq!(tree.repulsion(1.0, 2.0, 0.5), (0.0, 0.0, 5.0));
        tree.rebuild(&[0.0, 1e-300, 1e300], &[0.0; 3]);
        assert!(tree.cells.len() < 200);
        tree.rebuild(&[], &[]);
        assert_eq!(tree.repulsion(0.0, 0.0, 0.5), (0.0, 0.0, 0.0));
    }
}
