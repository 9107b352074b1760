//! Gradients written by hand against Burn's and PyTorch's.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use serde::Deserialize;

use super::convolution::Convolution;
use super::fit::at_once;
use super::layers::{Kept, Layers};
use super::network::Network;
use super::optimiser::Pace;
use super::{Activation, Optimiser};
use crate::random::Random;

#[derive(Deserialize)]
struct Numbers {
    weights: Vec<f32>,
    bias: Vec<f32>,
}

#[derive(Deserialize)]
struct DenseCase {
    activation: Activation,
    loss: f64,
    gradients: Vec<Numbers>,
    steps: std::collections::HashMap<String, Vec<Numbers>>,
}

#[derive(Deserialize)]
struct Part {
    bias: Vec<f32>,
    some: Vec<f32>,
}

#[derive(Deserialize)]
struct ConvolutionCase {
    loss: f64,
    logits: Vec<f32>,
    front: Numbers,
    hidden: Part,
    last: Numbers,
}

#[derive(Deserialize)]
struct Reference {
    l2: f32,
    dense: Vec<DenseCase>,
    convolution: ConvolutionCase,
}

fn reference() -> Reference {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/lessons/networks.json");
    let text = std::fs::read_to_string(path).expect("a fixture, see tests/reference/lessons_pictures.py");
    serde_json::from_str(&text).expect("the fields of the fixture")
}

/// The formula of the fixture.
pub(super) fn wave(count: usize, phase: f64, height: f64) -> Vec<f32> {
    (0..count).map(|at| (height * (0.37 * at as f64 + phase).sin()) as f32).collect()
}

/// Largest difference, as a share of the largest number expected (1 at least).
#[track_caller]
fn assert_close(found: &[f32], expected: &[f32], most: f32) {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(1.0f32, |scale, value| scale.max(value.abs()));
    for (at, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= most * scale, "{at}: {a} for {b}");
    }
}

fn placed(layers: &mut Layers, widths: &[usize], first: usize) {
    for (at, pair) in widths.windows(2).enumerate() {
        let phase = (at + first) as f64;
        layers.set(at, &wave(pair[0] * pair[1], phase, 0.5), &wave(pair[1], phase + 0.5, 0.1));
    }
}

#[test]
fn dense_gradients_and_steps_are_pytorchs() {
    let reference = reference();
    let widths = [6, 5, 7, 4];
    let (x, y) = (wave(9 * 6, 0.3, 1.0), (0..9u8).map(|row| row % 4).collect::<Vec<_>>());
    for case in &reference.dense {
        let mut layers = Layers::new(&widths, case.activation, &mut Random::new(1));
        placed(&mut layers, &widths, 0);
        let loss = layers.learn(&x, &y, &Kept::new(), (9, true), None) / 9.0;
        assert!((loss - case.loss).abs() < 1e-5, "{loss} {}", case.loss);
        for ((weights, bias), expected) in layers.gradients().iter().zip(&case.gradients) {
            assert_close(weights, &expected.weights, 1e-5);
            assert_close(bias, &expected.bias, 1e-5);
        }
        for (name, optimiser) in [("sgd", Optimiser::Sgd), ("momentum", Optimiser::Momentum), ("adam", Optimiser::Adam)]
        {
            let mut layers = Layers::new(&widths, case.activation, &mut Random::new(1));
            placed(&mut layers, &widths, 0);
            for step in 1..=5 {
                layers.learn(&x, &y, &Kept::new(), (9, true), None);
                layers.follow(&Pace { optimiser, rate: 0.05, l2: reference.l2, step });
            }
            for (layer, expected) in layers.layers().iter().zip(&case.steps[name]) {
                // Adam divides by roots of squares: what is nearly 0 there may go either way.
                assert_close(&layer.weights(), &expected.weights, 1e-4);
                assert_close(layer.bias(), &expected.bias, 1e-4);
            }
        }
    }
}

#[test]
fn a_convolutions_gradients_are_pytorchs() {
    let case = reference().convolution;
    let x: Vec<f32> = wave(4 * 784, 0.1, 1.0).into_iter().map(|value| if value > 0.2 { value } else { 0.0 }).collect();
    let y = [3, 0, 9, 3];
    let widths = [3 * 13 * 13, 6, 10];
    let mut front = Convolution::new(3, &mut Random::new(1));
    front.set(&wave(27, 0.0, 0.3), &wave(3, 0.5, 0.1));
    let mut layers = Layers::new(&widths, Activation::Relu, &mut Random::new(1));
    placed(&mut layers, &widths, 1);
    let given = front.forward(&x).to_vec();
    assert_close(layers.logits(&given, &Kept::new()), &case.logits, 1e-5);
    let mut back = Vec::new();
    let loss = layers.learn(&given, &y, &Kept::new(), (4, true), Some(&mut back)) / 4.0;
    front.learn(&x, &back, true);
    assert!((loss - case.loss).abs() < 1e-5, "{loss} {}", case.loss);
    let gradients = layers.gradients();
    assert_close(&gradients[0].0.iter().copied().step_by(97).collect::<Vec<_>>(), &case.hidden.some, 1e-5);
    assert_close(&gradients[0].1, &case.hidden.bias, 1e-5);
    assert_close(&gradients[1].0, &case.last.weights, 1e-5);
    assert_close(&gradients[1].1, &case.last.bias, 1e-5);
    let (weights, bias) = front.gradients();
    assert_close(&weights, &case.front.weights, 1e-5);
    assert_close(&bias, &case.front.bias, 1e-5);
}

/// With dropout, in two parts, at the sizes of the lab.
#[test]
fn gradients_are_burns() {
    let (widths, rows) = ([784, 32, 16, 10], 24);
    let mut random = Random::new(3);
    let x: Vec<f32> = (0..rows * 784).map(|_| random.between(-0.2, 1.0).max(0.0) as f32).collect();
    let y: Vec<u8> = (0..rows).map(|_| random.below(10) as u8).collect();
    for act in [Activation::Relu, Activation::Tanh] {
        for dropout in [0.0, 0.4] {
            let mut layers = Layers::new(&widths, act, &mut random);
            let kept = super::layers::draw_kept(layers.hidden(), rows, dropout, &mut random);
            let half = |from: usize, to: usize| -> Kept {
                kept.iter().zip([32, 16]).map(|(mask, units)| mask[from * units..to * units].to_vec()).collect()
            };
            let mut loss = layers.learn(&x[..10 * 784], &y[..10], &half(0, 10), (rows, true), None);
            loss += layers.learn(&x[10 * 784..], &y[10..], &half(10, rows), (rows, false), None);

            let device = Device::flex().autodiff();
            let mut network = Network::new(&widths, None, &device);
            for (linear, layer) in network.layers.iter_mut().zip(layers.layers()) {
                let [inputs, outputs] = linear.weight.dims();
                let weight = TensorData::new(layer.weights(), [inputs, outputs]);
                let bias = TensorData::new(layer.bias().to_vec(), [outputs]);
                linear.weight = burn::module::Param::from_tensor(Tensor::from_data(weight, &device));
                linear.bias = Some(burn::module::Param::from_tensor(Tensor::from_data(bias, &device)));
            }
            let masks: Vec<Tensor<2>> = kept
                .iter()
                .zip([32, 16])
                .map(|(mask, units)| Tensor::from_data(TensorData::new(mask.clone(), [rows, units]), &device))
                .collect();
            let input = Tensor::<2>::from_data(TensorData::new(x.clone(), [rows, 784]), &device);
            let labels: Vec<i32> = y.iter().map(|&label| i32::from(label)).collect();
            let labels = Tensor::<2, Int>::from_data(TensorData::new(labels, [rows, 1]), &device);
            let told = activation::log_softmax(network.forward(input, act, &masks), 1).gather(1, labels);
            let expected = -told.mean();
            let burns = at_once(expected.clone())[0];
            assert!((loss / rows as f64 - f64::from(burns)).abs() < 1e-5, "{loss} {burns}");
            let gradients = expected.backward();
            for (linear, (weights, bias)) in network.layers.iter().zip(layers.gradients()) {
                let bias_of = linear.bias.as_ref().expect("a bias").val();
                assert_close(&weights, &at_once(linear.weight.val().grad(&gradients).expect("a gradient")), 1e-5);
                assert_close(&bias, &at_once(bias_of.grad(&gradients).expect("a gradient")), 1e-5);
            }
            assert!(network.num_params() == layers.parameters());
        }
    }
}
