// out[batch, queries, heads * d] = softmax(q k^T scale + masks) v for each head, of any head size d: plain and slow, for sizes that
// attention.wgsl does not take.
//
// MASK: mask[batch, keys] is 1 where to look, 0 at padding, which adds -1e9; CAUSAL: a key after the query adds -1e9.
// q, k, v: [batch, tokens, heads * d].
// Grid: x = ceil(queries / 32), y = heads, z = batch. A thread makes one query's result in one head.
// Online softmax: Milakov & Gimelshein 2018, "Online normalizer calculation for softmax".

struct Info {
    batch: u32,
    heads: u32,
    queries: u32,
    keys: u32,
    d: u32,
    scale: f32,
}

@group(0) @binding($) var<storage, read> q: array<f32>;
@group(0) @binding($) var<storage, read> k: array<f32>;
@group(0) @binding($) var<storage, read> v: array<f32>;
//@if MASK
@group(0) @binding($) var<storage, read> mask: array<f32>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<f32>;
@group(0) @binding($) var<uniform> info: Info;

@compute @workgroup_size(32, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let query = id.x;
    if (query >= info.queries) {
        return;
    }
    let hidden = info.heads * info.d;
    let at = (id.z * info.queries + query) * hidden + id.y * info.d;
    for (var i = 0u; i < info.d; i++) {
        out[at + i] = 0.0;
    }
    var highest = -3e38;
    var total = 0.0;
    for (var key = 0u; key < info.keys; key++) {
        let from_key = (id.z * info.keys + key) * hidden + id.y * info.d;
        var score = 0.0;
        for (var i = 0u; i < info.d; i++) {
            score += q[at + i] * k[from_key + i];
        }
        score *= info.scale;
//@if MASK
        score += (mask[id.z * info.keys + key] - 1.0) * 1e9;
//@end
//@if CAUSAL
        score += select(0.0, -1e9, key > query);
//@end
        let higher = max(highest, score);
        let fade = exp(highest - higher);
        let weight = exp(score - higher);
        highest = higher;
        total = total * fade + weight;
        for (var i = 0u; i < info.d; i++) {
            out[at + i] = out[at + i] * fade + weight * v[from_key + i];
        }
    }
    for (var i = 0u; i < info.d; i++) {
        out[at + i] /= total;
    }
}
