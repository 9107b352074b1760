// out[a, b, c, d] = f(factor_x * x + factor_y * y + constant), or f(x * y): number by number, each input read with steps of its own, so that a
// step of 0 repeats and a negative one turns round.
// Needs each.wgsl.
//
// TWO: 0 there is x alone, 1 the sum with y, 2 the product with y. FUNCTION: 0 none, 1 clamp to low .. high, 2 exp, 3 tanh.
// Grid: with n = ceil(total / 64): x = min(n, 65535), y = ceil(n / x), z = 1.

struct Info {
    total: u32,
    // Sizes of the last three axes.
    b: u32,
    c: u32,
    d: u32,
    // Of x: where it begins, and how far one further on each axis is.
    start_x: i32,
    xa: i32,
    xb: i32,
    xc: i32,
    xd: i32,
    ya: i32,
    yb: i32,
    yc: i32,
    yd: i32,
    factor_x: f32,
    factor_y: f32,
    constant: f32,
    low: f32,
    high: f32,
}

@group(0) @binding($) var<storage, read> x: array<f32>;
//@if TWO
@group(0) @binding($) var<storage, read> y: array<f32>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<f32>;
@group(0) @binding($) var<uniform> info: Info;

fn work(i: u32) {
    if i >= info.total {
        return;
    }
    let d = i32(i % info.d);
    let c = i32(i / info.d % info.c);
    let b = i32(i / (info.d * info.c) % info.b);
    let a = i32(i / (info.d * info.c * info.b));
    var value = x[u32(info.start_x + a * info.xa + b * info.xb + c * info.xc + d * info.xd)];
//@if TWO
    let other = y[u32(a * info.ya + b * info.yb + c * info.yc + d * info.yd)];
    if TWO == 2u {
        value *= other;
    } else {
        value = info.factor_x * value + info.factor_y * other + info.constant;
    }
//@end
//@if !TWO
    value = info.factor_x * value + info.constant;
//@end
    switch FUNCTION {
        case 1u: {
            value = clamp(value, info.low, info.high);
        }
        case 2u: {
            value = exp(value);
        }
        case 3u: {
            // Beyond, tanh is 1 to the last digit, and adapters may overflow.
            value = tanh(clamp(value, -20.0, 20.0));
        }
        default: {}
    }
    out[i] = value;
}
