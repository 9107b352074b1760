// out[m, n] = act(x[m, k] w[k, n] + bias[n]) + add[m, n]; k % 4 == 0, n % 4 == 0. Needs activation.wgsl and
// product.wgsl, which says what ACT, BIAS, ADD and THREE are.
//
// ROWS: rows a thread; WIDE: four times as many columns a thread, for adapters without cores in plenty; WEIGHT, how w's words hold it, four columns to a vec4u:
//   0  f32, row-major [k, n];
//   1  f16 [k / 2, n]: word (i, c) has row 2i of column c in its low half, row 2i + 1 in its high half;
//   2  int8 [k / 4, n]: word (i, c) has rows 4i .. 4i + 3 of column c, byte 0 first; then a row of n f32: value = int8 * scale.
// Grid: x = ceil(n / 4 / 32), y = ceil(m / ROWS), z = 1, or 3 with THREE. A thread makes ROWS rows of four columns, or of 16 if WIDE; what it reads
// it keeps in registers (register blocking: Volkov & Demmel 2008, "Benchmarking GPUs to tune dense linear algebra").

//@if WEIGHT
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
//@end

/// Rows 4i .. 4i + 3 of columns 4c .. 4c + 3, a row to a vec4.
fn weights(i: u32, c: u32, n4: u32) -> mat4x4f {
//@if WEIGHT
    if (WEIGHT == 2u) {
        let words = word(i * n4 + c);
        return mat4x4f(bytes(words, 24u), bytes(words, 16u), bytes(words, 8u), bytes(words, 0u));
    }
    if (WEIGHT == 1u) {
        let at = 2u * i * n4 + c;
        let low = halves(word(at));
        let high = halves(word(at + n4));
        return mat4x4f(low[0], low[1], high[0], high[1]);
    }
//@end
    let at = 4u * i * n4 + c;
    return mat4x4f(
        bitcast<vec4f>(word(at)),
        bitcast<vec4f>(word(at + n4)),
        bitcast<vec4f>(word(at + 2u * n4)),
        bitcast<vec4f>(word(at + 3u * n4)),
    );
}

//@if !WIDE
@compute @workgroup_size(32, 1, 1)
//@end
//@if WIDE
@compute @workgroup_size(8, 1, 1)
//@end
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
    let k4 = info.k / 4u;
    let n4 = info.n / 4u;
    let c = group.x * 32u + t;
    if (c >= n4) {
        return;
    }
    let row = group.y * ROWS;
//@if THREE
    part = group.z;
//@end
    // Rows and columns beyond the last read the last one, and are not written.
//@if WIDE
    let d = min(c + 8u, n4 - 1u);
    let e = min(c + 16u, n4 - 1u);
    let f = min(c + 24u, n4 - 1u);
//@end
//@for i ROWS
    let base$i = min(row + $iu, info.m - 1u) * k4;
    var c$i = vec4f();
//@if WIDE
    var d$i = vec4f();
    var e$i = vec4f();
    var f$i = vec4f();
//@end
//@end
    for (var k = 0u; k < k4; k++) {
        let of_c = weights(k, c, n4);
//@if WIDE
        let of_d = weights(k, d, n4);
        let of_e = weights(k, e, n4);
        let of_f = weights(k, f, n4);
//@end
//@for i ROWS
        let x$i = x[base$i + k];
        c$i += of_c * x$i;
//@if WIDE
        d$i += of_d * x$i;
        e$i += of_e * x$i;
        f$i += of_f * x$i;
//@end
//@end
    }
//@if !WIDE
//@for i ROWS
    finish(row + $iu, c, n4, c$i);
//@end
//@end
//@if WIDE
    // One text for all: unrolled, it takes the software adapter longer to compile than to run.
    var sums = array<vec4f, 4u * ROWS>(
//@for i ROWS
        c$i, d$i, e$i, f$i,
//@end
    );
    for (var i = 0u; i < 4u * ROWS; i++) {
        finish(row + i / 4u, c + 8u * (i % 4u), n4, sums[i]);
    }
//@end
}
