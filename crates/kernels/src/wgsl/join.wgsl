// out[rows, first + second]: each row of x, then the same row of y.
// Needs each.wgsl.
//
// Grid: with n = ceil(rows * (first + second) / 64): x = min(n, 65535), y = ceil(n / x), z = 1.

struct Info {
    rows: u32,
    first: u32,
    second: u32,
}

@group(0) @binding($) var<storage, read> x: array<f32>;
@group(0) @binding($) var<storage, read> y: array<f32>;
@group(0) @binding($) var<storage, read_write> out: array<f32>;
@group(0) @binding($) var<uniform> info: Info;

fn work(i: u32) {
    let both = info.first + info.second;
    if i >= info.rows * both {
        return;
    }
    let row = i / both;
    let at = i % both;
    if at < info.first {
        out[i] = x[row * info.first + at];
    } else {
        out[i] = y[row * info.second + at - info.first];
    }
}
