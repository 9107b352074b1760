//! Layers of numbers, and what goes into the first.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData, activation};

use super::{Activation, LessonModel};
use crate::points::LessonTask;
use crate::polynomial::basis;
use crate::random::Random;

/// Linear layers with a non-linearity between each two.
#[derive(Module, Debug)]
pub(super) struct Network {
    pub layers: Vec<Linear>,
}

impl Network {
    /// `widths`: of what goes in, of each hidden layer, of what comes out. Zeros where `random` is not there.
    pub fn new(widths: &[usize], mut random: Option<&mut Random>, device: &Device) -> Self {
        let mut numbers = |count: usize, limit: f64| -> Vec<f32> {
            match &mut random {
                Some(random) => (0..count).map(|_| random.between(-limit, limit) as f32).collect(),
                None => vec![0.0; count],
            }
        };
        let layers = widths.windows(2).map(|pair| {
            let limit = 1.0 / (pair[0] as f64).sqrt();
            let weight = TensorData::new(numbers(pair[0] * pair[1], limit), [pair[0], pair[1]]);
            let bias = TensorData::new(numbers(pair[1], limit), [pair[1]]);
            let bias = Param::from_tensor(Tensor::from_data(bias, device));
            Linear { weight: Param::from_tensor(Tensor::from_data(weight, device)), bias: Some(bias) }
        });
        Self { layers: layers.collect() }
    }

    /// What each row gives before a loss; `kept` says for each hidden layer which units count, and how much.
    ///
    /// # Shapes
    /// - `x`: `[rows, inputs]`; each of `kept`: `[rows, units]`
    /// - returns `[rows, outputs]`
    pub fn forward(&self, x: Tensor<2>, act: Activation, kept: &[Tensor<2>]) -> Tensor<2> {
        let last = self.layers.len().saturating_sub(1);
        self.layers.iter().enumerate().fold(x, |x, (at, layer)| {
            let y = layer.forward(x);
            if at == last {
                return y;
            }
            let y = match act {
                Activation::Tanh => activation::tanh(y),
                Activation::Relu => activation::relu(y),
            };
            match kept.get(at) {
                Some(kept) => y * kept.clone(),
                None => y,
            }
        })
    }

    /// The sum of all squared weights, biases left out: `[1]`
    pub fn squares(&self) -> Option<Tensor<1>> {
        let square = |layer: &Linear| {
            let weight = layer.weight.val();
            (weight.clone() * weight).sum()
        };
        self.layers.iter().map(square).reduce(|sum, one| sum + one)
    }
}

/// What a model is told of one place of the plot.
pub(super) fn features(model: &LessonModel, task: LessonTask, x: f64, y: f64) -> Vec<f32> {
    let values: Vec<f64> = match (model, task) {
        // A polynomial of degree 0 knows nothing of x.
        (LessonModel::Polynomial { degree: 0 }, _) => vec![0.0],
        (LessonModel::Polynomial { degree }, LessonTask::Regression) => basis(x, *degree).split_off(1),
        (LessonModel::Polynomial { degree }, LessonTask::Classification) => {
            let (of_x, of_y) = (basis(x, *degree), basis(y, *degree));
            let products = (0..=*degree).flat_map(|i| (0..=*degree - i).map(move |j| (i, j)));
            products.filter(|&pair| pair != (0, 0)).map(|(i, j)| of_x[i] * of_y[j]).collect()
        }
        (LessonModel::Mlp { .. }, LessonTask::Regression) => vec![x],
        (LessonModel::Mlp { .. }, LessonTask::Classification) => vec![x, y],
    };
    values.into_iter().map(|value| value as f32).collect()
}
