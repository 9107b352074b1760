//! Dense layers that learn classes, with gradients by hand on `kindling_kernels`' product: in a browser a step takes a fifth (64 units, 32 rows) to
//! three fifths (512 × 512, 128 rows) of what Burn's graph takes there. Burn's own gradients are what the tests compare with.

use kindling_kernels::cpu::{self, Epilogue, NR, gemm, gemm_over_rows, pack_into, turn};

use super::Activation;
use super::optimiser::{Fitted, Pace};
use crate::random::Random;

/// `x · W + b`
#[derive(Clone)]
pub(crate) struct Dense {
    inputs: usize,
    outputs: usize,
    /// Panels of `[inputs, outputs]`.
    weights: Fitted,
    /// `[outputs]`
    bias: Fitted,
}

impl Dense {
    /// As PyTorch's `nn.Linear` starts: uniform within ±1/√inputs.
    fn new(inputs: usize, outputs: usize, random: &mut Random) -> Self {
        let limit = 1.0 / (inputs as f64).sqrt();
        let mut draw = |count: usize| (0..count).map(|_| random.between(-limit, limit) as f32).collect::<Vec<f32>>();
        let weights = cpu::pack(&draw(inputs * outputs), inputs, outputs);
        Self { inputs, outputs, weights: Fitted::new(weights), bias: Fitted::new(draw(outputs)) }
    }

    /// `[inputs, outputs]`, row by row.
    #[cfg(test)]
    pub(crate) fn weights(&self) -> Vec<f32> {
        cpu::unpack(&self.weights.values, self.inputs, self.outputs)
    }

    #[cfg(test)]
    pub(crate) fn bias(&self) -> &[f32] {
        &self.bias.values
    }

    /// The weights of one output.
    pub(crate) fn weights_of(&self, unit: usize) -> impl Iterator<Item = f32> {
        let (panel, lane) = (unit / NR, unit % NR);
        self.weights.values[panel * self.inputs * NR..][..self.inputs * NR].iter().skip(lane).step_by(NR).copied()
    }

    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }
}

/// Which hidden units count in a step, and how much: `[rows, units]` for each layer but the last; no entries without dropout.
pub(crate) type Kept = Vec<Vec<f32>>;

/// Layers with a non-linearity between each two, and softmax over the last.
#[derive(Clone)]
pub(crate) struct Layers {
    layers: Vec<Dense>,
    act: Activation,
    /// What each layer gave, `[rows, outputs]`; of the last, logits and then shares.
    outs: Vec<Vec<f32>>,
    room: Room,
}

/// Memory that is used again.
#[derive(Clone, Default)]
struct Room {
    delta: Vec<f32>,
    before: Vec<f32>,
    panels: Vec<f32>,
    turned: Vec<f32>,
}

impl Layers {
    /// `widths`: of what goes in, of each hidden layer, and the number of classes.
    pub(crate) fn new(widths: &[usize], act: Activation, random: &mut Random) -> Self {
        let layers: Vec<Dense> = widths.windows(2).map(|pair| Dense::new(pair[0], pair[1], random)).collect();
        let outs = vec![Vec::new(); layers.len()];
        Self { layers, act, outs, room: Room::default() }
    }

    pub(crate) fn layers(&self) -> &[Dense] {
        &self.layers
    }

    /// Numbers that are fitted.
    pub(crate) fn parameters(&self) -> usize {
        self.layers.iter().map(|layer| (layer.inputs + 1) * layer.outputs).sum()
    }

    /// Units of each hidden layer.
    pub(crate) fn hidden(&self) -> impl Iterator<Item = usize> {
        self.layers.iter().take(self.layers.len().saturating_sub(1)).map(|layer| layer.outputs)
    }

    /// Logits of rows.
    ///
    /// # Shapes
    /// - `x`: `[rows, inputs]`
    /// - returns `[rows, classes]`
    pub(crate) fn logits(&mut self, x: &[f32], kept: &Kept) -> &[f32] {
        let last = self.layers.len().saturating_sub(1);
        for (at, layer) in self.layers.iter().enumerate() {
            let (done, rest) = self.outs.split_at_mut(at);
            let x = done.last().map_or(x, Vec::as_slice);
            let (rows, out) = (x.len() / layer.inputs.max(1), &mut rest[0]);
            out.resize(rows * layer.outputs, 0.0);
            let relu = at != last && self.act == Activation::Relu;
            let epilogue = Epilogue {
                column_bias: Some(&layer.bias.values),
                act: relu.then_some(kindling_kernels::Act::Relu),
                ..Epilogue::default()
            };
            gemm(x, &layer.weights.values, rows, layer.inputs, layer.outputs, &epilogue, out);
            if at != last && self.act == Activation::Tanh {
                cpu::tanh(out);
            }
            if let Some(kept) = kept.get(at).filter(|_| at != last) {
                out.iter_mut().zip(kept).for_each(|(out, kept)| *out *= kept);
            }
        }
        self.outs.last().map_or(&[], Vec::as_slice)
    }

    /// Shares of the classes, `[rows, classes]`.
    pub(crate) fn shares(&mut self, x: &[f32], kept: &Kept) -> &[f32] {
        self.logits(x, kept);
        let classes = self.layers.last().map_or(1, |layer| layer.outputs);
        let Some(out) = self.outs.last_mut() else { return &[] };
        cpu::softmax_rows(out, classes);
        out
    }

    /// What the hidden layers gave in the last pass.
    pub(crate) fn given(&self) -> impl Iterator<Item = &[f32]> {
        self.outs.iter().take(self.outs.len().saturating_sub(1)).map(Vec::as_slice)
    }

    /// Adds to the gradients those of `rows` of the rows of a step, `of` in all, and gives the sum of their cross-entropies. `fresh`: the gradients begin
    /// with these. `back`: where the gradient of `x` goes, if somebody wants it.
    ///
    /// # Shapes
    /// - `x`: `[rows, inputs]`; `labels`: `[rows]`, each below the number of classes
    pub(crate) fn learn(
        &mut self,
        x: &[f32],
        labels: &[u8],
        kept: &Kept,
        (of, fresh): (usize, bool),
        back: Option<&mut Vec<f32>>,
    ) -> f64 {
        self.shares(x, kept);
        let Self { layers, outs, act, room } = self;
        let Some(classes) = layers.last().map(|layer| layer.outputs) else { return 0.0 };
        let loss = apart(&outs[layers.len() - 1], labels, classes, of, &mut room.delta);
        let rows = labels.len();
        for at in (0..layers.len()).rev() {
            let layer = &mut layers[at];
            let x = if at == 0 { x } else { &outs[at - 1] };
            let [m, n] = [layer.inputs, layer.outputs];
            pack_into(&room.delta, rows, n, &mut room.panels);
            gemm_over_rows(x, &room.panels, [rows, m, n], !fresh, &mut layer.weights.gradient);
            sum_rows(&room.delta, n, fresh, &mut layer.bias.gradient);
            if at == 0 && back.is_none() {
                break;
            }
            turn(&layer.weights.values, m, n, &mut room.turned);
            room.before.resize(rows * m, 0.0);
            gemm(&room.delta, &room.turned, rows, n, m, &Epilogue::default(), &mut room.before);
            if at > 0 {
                through(*act, x, kept.get(at - 1), &mut room.before);
            }
            std::mem::swap(&mut room.delta, &mut room.before);
        }
        if let Some(back) = back {
            std::mem::swap(back, &mut room.delta);
        }
        loss
    }

    /// A step along the gradients.
    pub(crate) fn follow(&mut self, pace: &Pace) {
        for layer in &mut self.layers {
            layer.weights.follow(pace, true);
            layer.bias.follow(pace, false);
        }
    }

    /// Sum of all squared weights, biases left out.
    pub(crate) fn squares(&self) -> f64 {
        let square = |layer: &Dense| layer.weights.values.iter().map(|&w| f64::from(w) * f64::from(w)).sum::<f64>();
        self.layers.iter().map(square).sum()
    }

    /// Gradients of weights (`[inputs, outputs]`) and biases, layer by layer.
    #[cfg(test)]
    pub(crate) fn gradients(&self) -> Vec<(Vec<f32>, Vec<f32>)> {
        let of = |layer: &Dense| {
            let weights = cpu::unpack(&layer.weights.gradient, layer.inputs, layer.outputs);
            (weights, layer.bias.gradient.clone())
        };
        self.layers.iter().map(of).collect()
    }

    /// Numbers in place of those that were drawn.
    #[cfg(test)]
    pub(crate) fn set(&mut self, at: usize, weights: &[f32], bias: &[f32]) {
        let layer = &mut self.layers[at];
        layer.weights.values = cpu::pack(weights, layer.inputs, layer.outputs);
        layer.bias.values = bias.to_vec();
    }
}

/// The gradient of the mean cross-entropy over `of` rows for the logits, (shares − 1 at the label) / of; and the sum of the rows' cross-entropies.
fn apart(shares: &[f32], labels: &[u8], classes: usize, of: usize, delta: &mut Vec<f32>) -> f64 {
    delta.clear();
    delta.extend_from_slice(shares);
    let mut loss = 0.0;
    for (row, &label) in delta.chunks_exact_mut(classes.max(1)).zip(labels) {
        let Some(right) = row.get_mut(usize::from(label)) else { continue };
        loss += surprise(*right);
        *right -= 1.0;
    }
    let scale = 1.0 / of.max(1) as f32;
    delta.iter_mut().for_each(|value| *value *= scale);
    loss
}

/// −ln of a share in nats; what is 0 in f32 counts as its smallest number.
pub(crate) fn surprise(share: f32) -> f64 {
    if share.is_nan() { f64::NAN } else { -f64::from(share.max(f32::MIN_POSITIVE)).ln() }
}

/// Sums of columns.
fn sum_rows(rows: &[f32], width: usize, fresh: bool, sums: &mut [f32]) {
    if fresh {
        sums.fill(0.0);
    }
    for row in rows.chunks_exact(width.max(1)) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
}

/// Back through dropout and a non-linearity, by what came out of both.
fn through(act: Activation, out: &[f32], kept: Option<&Vec<f32>>, delta: &mut [f32]) {
    let both = delta.iter_mut().zip(out);
    match (act, kept) {
        (Activation::Relu, None) => both.for_each(|(delta, &out)| *delta = if out > 0.0 { *delta } else { 0.0 }),
        (Activation::Tanh, None) => both.for_each(|(delta, &out)| *delta *= 1.0 - out * out),
        (Activation::Relu, Some(kept)) => {
            both.zip(kept).for_each(|((delta, &out), &kept)| *delta = if out > 0.0 { *delta * kept } else { 0.0 });
        }
        (Activation::Tanh, Some(kept)) => both.zip(kept).for_each(|((delta, &out), &kept)| {
            let out = if kept > 0.0 { out / kept } else { 0.0 };
            *delta *= kept * (1.0 - out * out);
        }),
    }
}

/// Draws which units of each layer count in a step.
pub(crate) fn draw_kept(units: impl Iterator<Item = usize>, rows: usize, dropout: f64, random: &mut Random) -> Kept {
    if dropout == 0.0 {
        return Vec::new();
    }
    let scale = (1.0 / (1.0 - dropout)) as f32;
    let mut mask =
        |units: usize| (0..rows * units).map(|_| if random.uniform() < dropout { 0.0 } else { scale }).collect();
    units.map(&mut mask).collect()
}
