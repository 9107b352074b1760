// out[batch, cols] = sum over the first `used` of `tokens` of weight * x / max(sum of weights, 1e-9); every weight is 1 without WEIGHTS.
// Needs each.wgsl.
//
// WEIGHTS: there are weights[batch, tokens]; V4: cols % 4 == 0, so vec4 is read and written.
// Grid: with n = ceil(batch * cols / 64), or a quarter of the columns with V4: x = min(n, 65535), y = ceil(n / x), z = 1.

struct Info {
    batch: u32,
    tokens: u32,
    used: u32,
    cols: u32,
}

@group(0) @binding($) var<storage, read> x: array<T>;
//@if WEIGHTS
@group(0) @binding($) var<storage, read> weights: array<f32>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<T>;
@group(0) @binding($) var<uniform> info: Info;

fn work(i: u32) {
    var cols = info.cols;
//@if V4
    cols /= 4u;
//@end
    if i >= info.batch * cols {
        return;
    }
    let text = i / cols;
    var sum = T();
    var count = 0.0;
    for (var token = 0u; token < info.used; token++) {
        var weight = 1.0;
//@if WEIGHTS
        weight = weights[text * info.tokens + token];
//@end
        sum += weight * x[(text * info.tokens + token) * cols + i % cols];
        count += weight;
    }
    out[i] = sum / max(count, 1e-9);
}
