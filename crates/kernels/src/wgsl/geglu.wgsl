// out[rows, n] = x[rows, 0 .. n] * act(x[rows, n .. 2n]). Needs activation.wgsl and each.wgsl.
//
// ACT: 1, GELU by the error function; V4: n % 4 == 0, so vec4 is read and written.
// Grid: with c = rows * n / 4 if V4, else rows * n: x = min(ceil(c / 64), 65535), y = ceil(ceil(c / 64) / x), z = 1.
// Shazeer 2020, "GLU variants improve transformer".

struct Info {
    rows: u32,
    n: u32,
}

@group(0) @binding($) var<storage, read> x: array<T>;
@group(0) @binding($) var<storage, read_write> out: array<T>;
@group(0) @binding($) var<uniform> info: Info;

fn work(i: u32) {
//@if V4
    let n = info.n / 4u;
//@end
//@if !V4
    let n = info.n;
//@end
    if (i >= info.rows * n) {
        return;
    }
    // A row of x is two of out: i plus the whole rows before it.
    let at = i + i / n * n;
//@if V4
    out[i] = x[at] * act(x[at + n]);
//@end
//@if !V4
    out[i] = x[at] * act(vec4f(x[at + n])).x;
//@end
}
