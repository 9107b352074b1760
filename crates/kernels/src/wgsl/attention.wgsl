// out[batch, queries, heads * d] = softmax(q k^T scale + masks) v for each head, d = 4 D4.
//
// D4: head size / 4; MASK: mask[batch, keys] is 1 where to look, 0 at padding, which adds -1e9; CAUSAL: a query sees the keys up to its own place.
// q, k, v: token t of batch b, head h starts at vec4 `at + (b * tokens + t) * row + h * D4`, so the three may lie in one buffer.
// Grid: x = ceil(queries / 32), y = heads, z = batch.
// Online softmax (Milakov & Gimelshein 2018, "Online normalizer calculation for softmax") over blocks of 16 keys (Dao et al. 2022,
// "FlashAttention"). A workgroup has 32 queries: thread (i, p) scores queries 4i .. 4i + 3 against keys 4p .. 4p + 3 of a block,
// then sums the values of all 16 keys at p, p + 4, p + 8, … of the head: each vec4 that it reads serves four queries.

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
const BLOCK = 16u;

/// For each thread the highest of its scores, then the sum of its weights; a component is a query.
var<workgroup> shared_four: array<vec4f, 32>;
/// Of four queries for each key of the block.
var<workgroup> weights: array<vec4f, 128>;

/// A key's scores as its mask leaves them: `at` is its place, `last` the last key that any query of the workgroup sees.
fn masked(score: vec4f, at: u32, last: u32, query: vec4u, batch: u32) -> vec4f {
    var result = score;
//@if MASK
    result += (mask[batch * info.keys + min(at, last)] - 1.0) * 1e9;
//@end
    return select(vec4f(LOWEST), result, seen(at, last, query));
}

fn seen(at: u32, last: u32, query: vec4u) -> vec4<bool> {
//@if CAUSAL
    return vec4u(at) <= min(query, vec4u(last));
//@end
//@if !CAUSAL
    return vec4u(at) <= vec4u(last);
//@end
}

@compute @workgroup_size(32, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
    let head = group.y;
    let batch = group.z;
    let i = t / 4u;
    let p = t % 4u;
    let first = group.x * 32u + 4u * i;
    let live = first < info.queries;
    // Queries beyond the last one read the last one, and are not written.
    let query = min(vec4u(first) + vec4u(0u, 1u, 2u, 3u), vec4u(info.queries - 1u));
    let q_from = info.q_at + (batch * info.queries + query) * info.q_row + head * D4;
    var last = info.keys - 1u;
//@if CAUSAL
    last = min(last, group.x * 32u + 31u);
//@end
    let k_from = info.k_at + batch * info.keys * info.k_row + head * D4;
    let v_from = info.v_at + batch * info.keys * info.v_row + head * D4;

    var highest = vec4f(LOWEST);
    var sum = vec4f();
//@for e D4
    var o0_$e = vec4f();
    var o1_$e = vec4f();
    var o2_$e = vec4f();
    var o3_$e = vec4f();
//@end
    for (var block = 0u; block <= last; block += BLOCK) {
        // Keys beyond the last one read the last one and weigh nothing.
        let key = vec4u(block + 4u * p) + vec4u(0u, 1u, 2u, 3u);
        var s0 = vec4f();
        var s1 = vec4f();
        var s2 = vec4f();
        var s3 = vec4f();
        if (live) {
            let at = k_from + min(key, vec4u(last)) * info.k_row;
            for (var d = 0u; d < D4; d++) {
                let four = mat4x4f(q[q_from.x + d], q[q_from.y + d], q[q_from.z + d], q[q_from.w + d]);
                s0 += k[at.x + d] * four;
                s1 += k[at.y + d] * four;
                s2 += k[at.z + d] * four;
                s3 += k[at.w + d] * four;
            }
        }
        s0 = masked(s0 * info.scale, key.x, last, query, batch);
        s1 = masked(s1 * info.scale, key.y, last, query, batch);
        s2 = masked(s2 * info.scale, key.z, last, query, batch);
        s3 = masked(s3 * info.scale, key.w, last, query, batch);
        shared_four[t] = max(max(s0, s1), max(s2, s3));
        workgroupBarrier();

        let of_parts = max(max(shared_four[4u * i], shared_four[4u * i + 1u]), max(shared_four[4u * i + 2u], shared_four[4u * i + 3u]));
        let above = max(highest, of_parts);
        let shrink = exp(highest - above);
        highest = above;
        let to = BLOCK * i + 4u * p;
        // A key that is not seen weighs nothing, even for a query that has seen none yet.
        s0 = select(vec4f(), exp(s0 - above), seen(key.x, last, query));
        s1 = select(vec4f(), exp(s1 - above), seen(key.y, last, query));
        s2 = select(vec4f(), exp(s2 - above), seen(key.z, last, query));
        s3 = select(vec4f(), exp(s3 - above), seen(key.w, last, query));
        weights[to] = s0;
        weights[to + 1u] = s1;
        weights[to + 2u] = s2;
        weights[to + 3u] = s3;
        sum = sum * shrink + s0 + s1 + s2 + s3;
        workgroupBarrier();

        if (live) {
//@for e D4
            if (4u * $eu < D4) {
                o0_$e *= shrink.x;
                o1_$e *= shrink.y;
                o2_$e *= shrink.z;
                o3_$e *= shrink.w;
            }
//@end
            let count = min(BLOCK, last + 1u - block);
            for (var j = 0u; j < count; j++) {
                let weight = weights[BLOCK * i + j];
                let at = v_from + (block + j) * info.v_row;
//@for e D4
                if (4u * $eu < D4) {
                    let value = v[at + min(4u * $eu + p, D4 - 1u)];
                    o0_$e += weight.x * value;
                    o1_$e += weight.y * value;
                    o2_$e += weight.z * value;
                    o3_$e += weight.w * value;
                }
//@end
            }
        }
    }

    // The last reads of shared_four were before the last barrier.
    shared_four[t] = sum;
    workgroupBarrier();
    let share = 1.0 / (shared_four[4u * i] + shared_four[4u * i + 1u] + shared_four[4u * i + 2u] + shared_four[4u * i + 3u]);
    let to = ((batch * info.queries + first) * info.heads + head) * D4 + p;
    let step = info.heads * D4;
//@for e D4
    if (4u * $eu < D4 && live && 4u * $eu + p < D4) {
        let at = to + 4u * $eu;
        out[at] = o0_$e * share.x;
        if (first + 1u < info.queries) {
            out[at + step] = o1_$e * share.y;
        }
        if (first + 2u < info.queries) {
            out[at + 2u * step] = o2_$e * share.z;
        }
        if (first + 3u < info.queries) {
            out[at + 3u * step] = o3_$e * share.w;
        }
    }
//@end
}
