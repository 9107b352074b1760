// out[m, n] = act(x[m, k] w[k, n] + bias[n]) + add[m, n]; k % 4 == 0, n % 4 == 0: linear.wgsl (same constants, bindings and info)
// for adapters with memory of their own, where reading costs more than sharing. Needs activation.wgsl and product.wgsl.
//
// WEIGHT: as in linear.wgsl; ROWS has no meaning here.
// Grid: x = ceil(n / 64), y = ceil(m / 64), z = 1, or 3 with THREE. A workgroup makes 64 x 64 results, 16 of k at a time through shared memory; a
// thread makes 4 x 4 of them (Volkov & Demmel 2008, "Benchmarking GPUs to tune dense linear algebra").

/// Of x: 64 rows of 16 columns, as [64, 4] of vec4. Whole vec4 are written: threads that write parts of one may undo each other.
var<workgroup> left: array<vec4f, 256>;
/// Of w: 16 rows of 64 columns, as [16, 16] of vec4.
var<workgroup> right: array<vec4f, 256>;

/// Row `row`, columns 4c .. 4c + 3 of the weights as they are stored, the scale of int8 aside.
fn weights(row: u32, c: u32, n4: u32) -> vec4f {
//@if WEIGHT
    if (WEIGHT == 2u) {
        let words = word(row / 4u * n4 + c);
        return vec4f(bitcast<vec4i>(words << vec4u(24u - 8u * (row % 4u))) >> vec4u(24u));
    }
    if (WEIGHT == 1u) {
        let words = word(row / 2u * n4 + c);
        let a = unpack2x16float(words.x);
        let b = unpack2x16float(words.y);
        let c = unpack2x16float(words.z);
        let d = unpack2x16float(words.w);
        return select(vec4f(a.x, b.x, c.x, d.x), vec4f(a.y, b.y, c.y, d.y), row % 2u == 1u);
    }
//@end
    return bitcast<vec4f>(word(row * n4 + c));
}

@compute @workgroup_size(16, 16, 1)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_id) t: vec3u,
    @builtin(local_invocation_index) index: u32,
) {
    let k4 = info.k / 4u;
    let n4 = info.n / 4u;
    let c = group.x * 16u + t.x;
    let row = group.y * 64u + 4u * t.y;
//@if THREE
    part = group.z;
//@end

    // Four threads bring a row of x, in neighbouring vec4; sixteen bring one of w. Rows and columns beyond the last are those of
    // the last, and are not written; beyond k there is nothing to add.
    let x_part = index % 4u;
    let x_from = min(group.y * 64u + index / 4u, info.m - 1u) * k4;
    let w_column = min(c, n4 - 1u);

    var sum0 = vec4f();
    var sum1 = vec4f();
    var sum2 = vec4f();
    var sum3 = vec4f();
    for (var k = 0u; k < info.k; k += 16u) {
        let x_at = k / 4u + x_part;
        let brought = select(vec4f(), x[x_from + min(x_at, k4 - 1u)], x_at < k4);
        let w_row = k + t.y;
        let weight = select(vec4f(), weights(min(w_row, info.k - 1u), w_column, n4), w_row < info.k);
        workgroupBarrier();
        left[index] = brought;
        right[index] = weight;
        workgroupBarrier();
        for (var i = 0u; i < 4u; i++) {
            let at = 64u * i + t.x;
            let b = mat4x4f(right[at], right[at + 16u], right[at + 32u], right[at + 48u]);
            sum0 += b * left[16u * t.y + i];
            sum1 += b * left[16u * t.y + 4u + i];
            sum2 += b * left[16u * t.y + 8u + i];
            sum3 += b * left[16u * t.y + 12u + i];
        }
    }
    finish(row, c, n4, sum0);
    finish(row + 1u, c, n4, sum1);
    finish(row + 2u, c, n4, sum2);
    finish(row + 3u, c, n4, sum3);
}
