//! Reading numbers in steps: parts, repetitions, what is joined, sums and products of shapes that are not the same.

use crate::arithmetic::Meet;

/// Where a tensor's numbers begin, and how far one further is along each of four axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// Of the first number.
    pub start: isize,
    /// 0 repeats, a negative one turns round.
    pub by: [isize; 4],
}

/// Sizes of four axes: a tensor of fewer has its first ones of size 1.
pub fn four<const D: usize>(shape: [usize; D]) -> [usize; 4] {
    let mut all = [1; 4];
    all[4 - D..].copy_from_slice(&shape);
    all
}

impl Steps {
    /// Row by row.
    pub fn of<const D: usize>(shape: [usize; D]) -> Self {
        let shape = four(shape);
        let mut by = [1; 4];
        for axis in (0..3).rev() {
            by[axis] = by[axis + 1] * shape[axis + 1] as isize;
        }
        Self { start: 0, by }
    }

    /// Axes of size 1 stand still where `shape` has more.
    pub fn repeated<const D: usize>(from: [usize; D], shape: [usize; D]) -> Self {
        let mut steps = Self::of(from);
        for (axis, (from, to)) in four(from).into_iter().zip(four(shape)).enumerate() {
            if from != to {
                steps.by[axis] = 0;
            }
        }
        steps
    }

    /// From a place of an axis on, counted as the tensor counts its axes.
    pub(crate) fn from(mut self, axis: usize, from: usize) -> Self {
        self.start += self.by[axis] * from as isize;
        self
    }

    /// The other way round along an axis of that size.
    pub(crate) fn turned(mut self, axis: usize, size: usize) -> Self {
        self.start += self.by[axis] * (size as isize - 1);
        self.by[axis] = -self.by[axis];
        self
    }
}

fn each(shape: [usize; 4], mut visit: impl FnMut([isize; 4])) {
    for a in 0..shape[0] as isize {
        for b in 0..shape[1] as isize {
            for c in 0..shape[2] as isize {
                visit([a, b, c, 0]);
            }
        }
    }
}

fn at(steps: &Steps, place: [isize; 4]) -> isize {
    steps.start + place.iter().zip(&steps.by).map(|(place, by)| place * by).sum::<isize>()
}

/// The numbers of a tensor of `shape`.
pub fn read(values: &[f32], steps: &Steps, shape: [usize; 4]) -> Vec<f32> {
    let mut out = Vec::with_capacity(shape.iter().product());
    each(shape, |place| {
        let start = at(steps, place);
        match steps.by[3] {
            1 => out.extend_from_slice(&values[start as usize..][..shape[3]]),
            by => out.extend((0..shape[3] as isize).map(|d| values[(start + d * by) as usize])),
        }
    });
    out
}

/// Sums or products, number by number.
pub(crate) fn blend([x, y]: [&[f32]; 2], steps: &[Steps; 2], meet: Meet, shape: [usize; 4]) -> Vec<f32> {
    let value = |x: f32, y: f32| match meet {
        Meet::Sum([first, second, constant]) => x * first + y * second + constant,
        Meet::Product => x * y,
    };
    if steps[0] == steps[1] {
        return x.iter().zip(y).map(|(&x, &y)| value(x, y)).collect();
    }
    let mut out = Vec::with_capacity(shape.iter().product());
    each(shape, |place| {
        let [of_x, of_y] = [&steps[0], &steps[1]].map(|steps| (at(steps, place), steps.by[3]));
        let row = (0..shape[3] as isize).map(|d| [of_x, of_y].map(|(start, by)| (start + d * by) as usize));
        out.extend(row.map(|[at_x, at_y]| value(x[at_x], y[at_y])));
    });
    out
}

/// Rows of the one, each followed by the same row of the other.
pub fn join(x: &[f32], y: &[f32], [first, second]: [usize; 2]) -> Vec<f32> {
    let mut out = Vec::with_capacity(x.len() + y.len());
    for (x, y) in x.chunks(first.max(1)).zip(y.chunks(second.max(1))) {
        out.extend_from_slice(x);
        out.extend_from_slice(y);
    }
    out
}

/// Planes of `height` × `width` to planes of `high` × `wide`.
pub fn nearest(x: &[f32], [height, width]: [usize; 2], [high, wide]: [usize; 2]) -> Vec<f32> {
    let mut out = Vec::with_capacity(x.len() / (height * width).max(1) * high * wide);
    for plane in x.chunks((height * width).max(1)) {
        for row in 0..high {
            let line = &plane[row * height / high * width..][..width];
            out.extend((0..wide).map(|column| line[column * width / wide]));
        }
    }
    out
}
