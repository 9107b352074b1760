// out[batch, queries, heads * d] = softmax(q k^T scale + masks) v for each head, d = 4 D4.
//
// D4: head size / 4; MASK: mask[batch, keys] is 1 where to look, 0 at padding, which adds -1e9; CAUSAL: a query sees the keys up to its own place.
// q, k, v: token t of batch b, head h starts at vec4 `at + (b * tokens + t) * row + h * D4`, so the three may lie in one buffer.
// Grid: x = ceil(queries / 32), y = heads, z = batch: one thread a query of a head.
// Online softmax: Milakov & Gimelshein 2018, "Online normalizer calculation for softmax"; here four keys to one rescaling.

struct Info {
    batch: u32,
    heads: u32,
    queries: u32,
    keys: u32,
    q_row: u32,
    q_at: u32,
    k_row: u32,
    k_at: u32,
    v_row: u32,
    v_at: u32,
    scale: f32,
}

@group(0) @binding($) var<storage, read> q: array<vec4f>;
@group(0) @binding($) var<storage, read> k: array<vec4f>;
@group(0) @binding($) var<storage, read> v: array<vec4f>;
//@if MASK
@group(0) @binding($) var<storage, read> mask: array<f32>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<vec4f>;
@group(0) @binding($) var<uniform> info: Info;

/// Less than any score that a mask may give, and still a number.
const LOWEST = -1e30;

@compute @workgroup_size(32, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let query = id.x;
    let head = id.y;
    let batch = id.z;
    if (query >= info.queries) {
        return;
    }
    let base = info.q_at + (batch * info.queries + query) * info.q_row + head * D4;
//@for d D4
    let q$d = q[base + $du] * info.scale;
    var o$d = vec4f();
//@end
    var keys = info.keys;
//@if CAUSAL
    keys = min(keys, query + 1u);
//@end
    let k_from = info.k_at + batch * info.keys * info.k_row + head * D4;
    let v_from = info.v_at + batch * info.keys * info.v_row + head * D4;
    var highest = LOWEST;
    var sum = 0.0;
    for (var key = 0u; key < keys; key += 4u) {
        // Keys beyond the last one read the last one and weigh nothing.
        let four = vec4u(key) + vec4u(0u, 1u, 2u, 3u);
        let real = min(four, vec4u(keys - 1u));
        let k_at = k_from + real * info.k_row;
        let v_at = v_from + real * info.v_row;
        var score = vec4f();
//@for d D4
        score += vec4f(dot(q$d, k[k_at.x + $du]), dot(q$d, k[k_at.y + $du]), dot(q$d, k[k_at.z + $du]), dot(q$d, k[k_at.w + $du]));
//@end
//@if MASK
        let look = batch * info.keys + real;
        score += (vec4f(mask[look.x], mask[look.y], mask[look.z], mask[look.w]) - 1.0) * 1e9;
//@end
        score = select(vec4f(LOWEST), score, four < vec4u(keys));
        let above = max(max(highest, max(score.x, score.y)), max(score.z, score.w));
        let shrink = exp(highest - above);
        // A key that is not there weighs nothing even if no key could be looked at.
        let weight = select(vec4f(), exp(score - above), four < vec4u(keys));
        highest = above;
        sum = sum * shrink + dot(weight, vec4f(1.0));
//@for d D4
        o$d = o$d * shrink + mat4x4f(v[v_at.x + $du], v[v_at.y + $du], v[v_at.z + $du], v[v_at.w + $du]) * weight;
//@end
    }
    let to = ((batch * info.queries + query) * info.heads + head) * D4;
    let share = 1.0 / sum;
//@for d D4
    out[to + $du] = o$d * share;
//@end
}
