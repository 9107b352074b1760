// sum[rows, cols] = x + add; out[rows, cols] = (sum - mean) / sqrt(variance + eps) * gamma[cols] + beta[cols].
//
// ADD: there is an `add`; KEEP: write the sum as well; BETA: there is a `beta`; V4: cols % 4 == 0, so vec4 is read and written.
// Grid: x = min(rows, 65535), y = ceil(rows / x), z = 1: one workgroup a row.
// Ba, Kiros & Hinton 2016, "Layer normalization". The mean comes first and the squares of the differences after it: sums of
// squares lose their digits where the mean is large.

struct Info {
    rows: u32,
    cols: u32,
    eps: f32,
}

//@if V4
alias T = vec4f;
//@end
//@if !V4
alias T = f32;
//@end

@group(0) @binding($) var<storage, read> x: array<T>;
//@if ADD
@group(0) @binding($) var<storage, read> add: array<T>;
//@end
@group(0) @binding($) var<storage, read> gamma: array<T>;
//@if BETA
@group(0) @binding($) var<storage, read> beta: array<T>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<T>;
//@if KEEP
@group(0) @binding($) var<storage, read_write> kept: array<T>;
//@end
@group(0) @binding($) var<uniform> info: Info;

const THREADS = 64u;
var<workgroup> partial: array<f32, THREADS>;

/// The sum over the workgroup of what each thread `t` brings.
fn total(t: u32, value: f32) -> f32 {
    partial[t] = value;
    for (var half = THREADS / 2u; half > 0u; half >>= 1u) {
        workgroupBarrier();
        if (t < half) {
            partial[t] += partial[t + half];
        }
    }
    workgroupBarrier();
    let sum = partial[0];
    workgroupBarrier();
    return sum;
}

fn at(i: u32) -> T {
//@if ADD
    return x[i] + add[i];
//@end
//@if !ADD
    return x[i];
//@end
}

@compute @workgroup_size(THREADS, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) t: u32,
) {
    let row = group.y * groups.x + group.x;
    if (row >= info.rows) {
        return;
    }
//@if V4
    let length = info.cols / 4u;
//@end
//@if !V4
    let length = info.cols;
//@end
    let base = row * length;

    var sum = T();
    for (var i = t; i < length; i += THREADS) {
        sum += at(base + i);
    }
//@if V4
    let mean = total(t, dot(sum, vec4f(1.0))) / f32(info.cols);
//@end
//@if !V4
    let mean = total(t, sum) / f32(info.cols);
//@end

    var squares = 0.0;
    for (var i = t; i < length; i += THREADS) {
        let away = at(base + i) - mean;
//@if V4
        squares += dot(away, away);
//@end
//@if !V4
        squares += away * away;
//@end
    }
    let scale = inverseSqrt(total(t, squares) / f32(info.cols) + info.eps);

    for (var i = t; i < length; i += THREADS) {
        let value = at(base + i);
//@if KEEP
        kept[base + i] = value;
//@end
        var normed = (value - mean) * scale * gamma[i];
//@if BETA
        normed += beta[i];
//@end
        out[base + i] = normed;
    }
}
