// out[planes, high, wide] = x[planes, row * height / high, column * width / wide]: the nearest pixel, as PyTorch's `nearest` counts it.
// Needs each.wgsl.
//
// Grid: with n = ceil(planes * high * wide / 64): x = min(n, 65535), y = ceil(n / x), z = 1.

struct Info {
    planes: u32,
    height: u32,
    width: u32,
    high: u32,
    wide: u32,
}

@group(0) @binding($) var<storage, read> x: array<f32>;
@group(0) @binding($) var<storage, read_write> out: array<f32>;
@group(0) @binding($) var<uniform> info: Info;

fn work(i: u32) {
    let pixels = info.high * info.wide;
    if i >= info.planes * pixels {
        return;
    }
    let row = i % pixels / info.wide * info.height / info.high;
    let column = i % info.wide * info.width / info.wide;
    out[i] = x[(i / pixels * info.height + row) * info.width + column];
}
