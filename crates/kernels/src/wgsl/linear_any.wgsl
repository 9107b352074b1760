// out[m, n] = act(x[m, k] w[k, n] + bias[n]) + add[m, n], f32 of any m, k, n >= 1. Needs activation.wgsl.
//
// ACT, BIAS, ADD.
// Grid: x = ceil(n / 32), y = ceil(m / 4), z = 1. A thread makes four rows of one column.

struct Info {
    m: u32,
    k: u32,
    n: u32,
}

@group(0) @binding($) var<storage, read> x: array<f32>;
@group(0) @binding($) var<storage, read> w: array<f32>;
//@if BIAS
@group(0) @binding($) var<storage, read> bias: array<f32>;
//@end
//@if ADD
@group(0) @binding($) var<storage, read> add: array<f32>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<f32>;
@group(0) @binding($) var<uniform> info: Info;

@compute @workgroup_size(32, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let c = id.x;
    if (c >= info.n) {
        return;
    }
    // Rows beyond the last one read the last one, and are not written.
    let row = 4u * id.y;
    let base = min(vec4u(row) + vec4u(0u, 1u, 2u, 3u), vec4u(info.m - 1u)) * info.k;
    var sum = vec4f();
    for (var k = 0u; k < info.k; k++) {
        let at = base + k;
        sum += w[k * info.n + c] * vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
    }
//@if BIAS
    sum += bias[c];
//@end
    let value = act(sum);
    for (var i = 0u; i < min(4u, info.m - row); i++) {
        let to = (row + i) * info.n + c;
//@if ADD
        out[to] = value[i] + add[to];
//@end
//@if !ADD
        out[to] = value[i];
//@end
    }
}
