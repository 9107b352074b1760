// out[m, n] = act(x[m, k] w[k, n] + bias[n]) + add[m, n]; k % 4 == 0, n % 4 == 0. Needs activation.wgsl.
//
// ACT, BIAS, ADD; ROWS: rows a thread; WEIGHT, how w's words hold it, four columns to a vec4u:
//   0  f32, row-major [k, n];
//   1  f16 [k / 2, n]: word (i, c) has row 2i of column c in its low half, row 2i + 1 in its high half;
//   2  int8 [k / 4, n]: word (i, c) has rows 4i .. 4i + 3 of column c, byte 0 first; then a row of n f32: value = int8 * scale.
// Grid: x = ceil(n / 4 / 32), y = ceil(m / ROWS), z = 1. A thread makes ROWS rows of four columns; what it reads it keeps in
// registers (register blocking: Volkov & Demmel 2008, "Benchmarking GPUs to tune dense linear algebra").

struct Info {
    m: u32,
    k: u32,
    n: u32,
}

@group(0) @binding($) var<storage, read> x: array<vec4f>;
@group(0) @binding($) var<storage, read> w: array<vec4u>;
//@if BIAS
@group(0) @binding($) var<storage, read> bias: array<vec4f>;
//@end
//@if ADD
@group(0) @binding($) var<storage, read> add: array<vec4f>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<vec4f>;
@group(0) @binding($) var<uniform> info: Info;

/// One signed byte of each word: shifting it to the top and back down extends its sign.
fn bytes(words: vec4u, up: u32) -> vec4f {
    return vec4f(bitcast<vec4i>(words << vec4u(up)) >> vec4u(24u));
}

/// Rows 2i and 2i + 1 of four columns.
fn halves(words: vec4u) -> mat2x4f {
    let a = unpack2x16float(words.x);
    let b = unpack2x16float(words.y);
    let c = unpack2x16float(words.z);
    let d = unpack2x16float(words.w);
    return mat2x4f(a.x, b.x, c.x, d.x, a.y, b.y, c.y, d.y);
}

/// Rows 4i .. 4i + 3 of columns 4c .. 4c + 3, a row to a vec4.
fn weights(i: u32, c: u32, n4: u32) -> mat4x4f {
    if (WEIGHT == 2u) {
        let words = w[i * n4 + c];
        return mat4x4f(bytes(words, 24u), bytes(words, 16u), bytes(words, 8u), bytes(words, 0u));
    }
    if (WEIGHT == 1u) {
        let at = 2u * i * n4 + c;
        let low = halves(w[at]);
        let high = halves(w[at + n4]);
        return mat4x4f(low[0], low[1], high[0], high[1]);
    }
    let at = 4u * i * n4 + c;
    return mat4x4f(
        bitcast<vec4f>(w[at]),
        bitcast<vec4f>(w[at + n4]),
        bitcast<vec4f>(w[at + 2u * n4]),
        bitcast<vec4f>(w[at + 3u * n4]),
    );
}

@compute @workgroup_size(32, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let k4 = info.k / 4u;
    let n4 = info.n / 4u;
    let c = id.x;
    if (c >= n4) {
        return;
    }
    let row = id.y * ROWS;
    // Rows beyond the last one read the last one, and are not written.
//@for i ROWS
    let base$i = min(row + $iu, info.m - 1u) * k4;
    var sum$i = vec4f();
//@end
    for (var k = 0u; k < k4; k++) {
        let b = weights(k, c, n4);
//@for i ROWS
        sum$i += b * x[base$i + k];
//@end
    }
    var scale = vec4f(1.0);
    if (WEIGHT == 2u) {
        scale = bitcast<vec4f>(w[k4 * n4 + c]);
    }
    var shift = vec4f();
//@if BIAS
    shift = bias[c];
//@end
//@for i ROWS
    if (row + $iu < info.m) {
        let to = (row + $iu) * n4 + c;
        var value = sum$i;
        if (WEIGHT == 2u) {
            value *= scale;
        }
        value = act(value + shift);
//@if ADD
        value += add[to];
//@end
        out[to] = value;
    }
//@end
}
