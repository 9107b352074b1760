use super::*;
use crate::Act;
use crate::cpu::testing::{assert_close, noise};

fn plain(x: &[f32], weight: &[f32], batch: usize, shape: &Conv, bias: Option<&[f32]>) -> Vec<f64> {
    let [oh, ow] = shape.out_size();
    let [kh, kw] = shape.kernel;
    let mut out = Vec::new();
    for b in 0..batch {
        for o in 0..shape.out_channels {
            for y in 0..oh {
                for x0 in 0..ow {
                    let mut sum = bias.map_or(0.0, |bias| f64::from(bias[o]));
                    for c in 0..shape.channels {
                        for i in 0..kh * kw {
                            let row = (y * shape.stride[0] + i / kw * shape.dilation[0]).wrapping_sub(shape.padding[0]);
                            let col =
                                (x0 * shape.stride[1] + i % kw * shape.dilation[1]).wrapping_sub(shape.padding[1]);
                            if row < shape.height && col < shape.width {
                                let value = x[((b * shape.channels + c) * shape.height + row) * shape.width + col];
                                sum += f64::from(value) * f64::from(weight[(o * shape.channels + c) * kh * kw + i]);
                            }
                        }
                    }
                    out.push(sum);
                }
            }
        }
    }
    out
}

fn shape(channels: usize, size: [usize; 2], out_channels: usize, kernel: [usize; 2]) -> Conv {
    let [height, width] = size;
    Conv { channels, height, width, out_channels, kernel, stride: [1, 1], padding: [0; 4], dilation: [1, 1] }
}

fn check(shape: Conv) {
    let batch = 2;
    let [oh, ow] = shape.out_size();
    let x = noise(batch * shape.channels * shape.height * shape.width, 1);
    let weight = noise(shape.out_channels * shape.channels * shape.kernel[0] * shape.kernel[1], 2);
    let (bias, add) = (noise(shape.out_channels, 3), noise(batch * shape.out_channels * oh * ow, 4));
    let mut out = vec![f32::NAN; add.len()];
    conv2d(&x, &weight, batch, &shape, &Epilogue::default(), &mut out);
    assert_close(&out, &plain(&x, &weight, batch, &shape, None), 1e-5);
    let epilogue = Epilogue { row_bias: Some(&bias), add: Some(&add), act: Some(Act::Relu), ..Default::default() };
    let mut want = plain(&x, &weight, batch, &shape, Some(&bias));
    want.iter_mut().zip(&add).for_each(|(want, add)| *want = want.max(0.0) + f64::from(*add));
    out.fill(f32::NAN);
    conv2d(&x, &weight, batch, &shape, &epilogue, &mut out);
    assert_close(&out, &want, 1e-5);
}

#[test]
fn equals_the_plain_loops() {
    check(shape(1, [1, 1], 1, [1, 1]));
    check(shape(3, [5, 7], 5, [1, 1]));
    check(Conv { padding: [1; 4], ..shape(5, [9, 11], 6, [3, 3]) });
    check(Conv { padding: [1; 4], ..shape(16, [16, 16], 17, [3, 3]) });
    check(Conv { padding: [1; 4], stride: [2, 2], ..shape(4, [16, 13], 9, [3, 3]) });
    check(Conv { padding: [0, 0, 1, 1], stride: [2, 2], ..shape(4, [8, 8], 4, [3, 3]) });
    check(Conv { padding: [2, 0, 1, 3], dilation: [2, 1], ..shape(2, [10, 9], 3, [3, 2]) });
    check(Conv { stride: [8, 8], ..shape(3, [40, 24], 20, [8, 8]) });
    check(Conv { padding: [1; 4], ..shape(50, [13, 12], 3, [3, 3]) });
    check(Conv { padding: [1; 4], ..shape(3, [1, 2], 3, [3, 3]) });
}

#[test]
fn winograd_equals_the_plain_loops() {
    for (channels, size, out_channels, padding) in [
        (16, [8, 8], 16, [1; 4]),
        (17, [4, 16], 20, [1; 4]),
        (33, [20, 24], 68, [1; 4]),
        (16, [10, 10], 16, [0; 4]),
        (16, [7, 9], 16, [2, 0, 1, 1]),
        (16, [7, 5], 16, [1, 2, 2, 3]),
        (16, [5, 6], 16, [1, 3, 2, 1]),
    ] {
        let shape = Conv { padding, ..shape(channels, size, out_channels, [3, 3]) };
        assert!(winograd::fits(&shape, &Epilogue::default()), "{shape:?}");
        check(shape);
    }
}

#[test]
fn weights_beyond_what_is_held_go_in_parts() {
    check(shape(HELD / 32 + 1, [1, 3], 70, [1, 1]));
}

#[test]
fn a_kernel_that_does_not_fit_gives_nothing() {
    let shape = shape(2, [2, 2], 3, [3, 3]);
    assert_eq!(shape.out_size(), [0, 0]);
    conv2d(&[0.0; 8], &[0.0; 54], 1, &shape, &Epilogue::default(), &mut []);
}

#[test]
fn what_is_not_finite_stays_in_its_patches() {
    let shape = Conv { padding: [1; 4], ..shape(1, [8, 8], 1, [3, 3]) };
    let mut x = noise(64, 1);
    x[3 * 8 + 4] = f32::NAN;
    let mut out = [0.0; 64];
    conv2d(&x, &noise(9, 2), 1, &shape, &Epilogue::default(), &mut out);
    for (i, value) in out.iter().enumerate() {
        let near = (i / 8).abs_diff(3) <= 1 && (i % 8).abs_diff(4) <= 1;
        assert_eq!(value.is_nan(), near, "{i}");
    }
}
