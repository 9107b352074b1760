//! Convolutions, by the kernel that suits their window.

use burn::tensor::Tensor;

use super::launch::{Shader, cube, cubes, run};
use crate::cpu::Conv;

pub(crate) fn conv2d(
    x: &Tensor<4>,
    weight: &Tensor<4>,
    bias: Option<&Tensor<1>>,
    add: Option<&Tensor<4>>,
    conv: &Conv,
) -> Option<Tensor<4>> {
    let batch = x.dims()[0];
    let [high, wide] = conv.out_size();
    let shape = [batch, conv.out_channels, high, wide];
    if shape.contains(&0) {
        return None;
    }
    let inputs = vec![Some(cube(x)?), Some(cube(weight)?), cubes(bias)?, cubes(add)?];
    let Conv { channels, height, width, out_channels, kernel, stride, padding, dilation } = conv;
    let sizes = [
        [batch, *channels, *height, *width],
        [*out_channels, kernel[0], kernel[1], stride[0]],
        [stride[1], padding[0], padding[1], dilation[0]],
        [dilation[1], high, wide, 0],
    ];
    let info = sizes.concat().into_iter().map(|size| size as u32).take(15).collect::<Vec<_>>();
    let mut constants = vec![("BIAS", u32::from(bias.is_some())), ("ADD", u32::from(add.is_some()))];
    let pixels = high * wide;
    let out = [8, 4].into_iter().find(|out| out_channels % out == 0);
    let like_one = *kernel == [1, 1] && *stride == [1, 1] && *padding == [0; 4];
    let square = stride[0] == stride[1] && stride[0] <= 2 && padding[0] == 1 && padding[1] == 1;
    let like_three = *kernel == [3, 3] && *dilation == [1, 1] && square && width % 4 == 0 && wide % 4 == 0;
    let like_three = like_three && wide == width / stride[1];
    match out {
        Some(out) if like_one && pixels % 4 == 0 => {
            constants.push(("OUT", out as u32));
            let groups = [(pixels / 4).div_ceil(32), out_channels / out, batch];
            Some(run(shader!(plain "conv1x1", constants), inputs, shape, &info, groups))
        }
        Some(out) if like_three => {
            constants.extend([("STRIDE", stride[0] as u32), ("OUT", out as u32)]);
            let tiles = wide / 4 * high.div_ceil(4);
            let groups = [tiles.div_ceil(16), out_channels / out, batch];
            Some(run(shader!(plain "conv3x3", constants), inputs, shape, &info, groups))
        }
        _ => {
            let groups = [pixels.div_ceil(64), out_channels.div_ceil(4), batch];
            Some(run(shader!(plain "conv", constants), inputs, shape, &info, groups))
        }
    }
}
