// sum[rows, cols] = x + add; out[rows, cols] = (sum - mean) / sqrt(variance + eps) * gamma[cols] + beta[cols].
//
// ADD: there is an `add`; KEEP: write the sum as well; BETA: there is a `beta`; V4: cols % 4 == 0, so vec4 is read and written.
// Grid: with n = ceil(rows / 4): x = min(n, 65535), y = ceil(n / x), z = 1.
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

/// Threads a row, and rows a workgroup.
const LANES = 8u;
const ROWS = 4u;
var<workgroup> partial: array<f32, LANES * ROWS>;

/// The sum over a row's threads, of which thread `t` of the workgroup is one, of what each brings. So few add up sooner
/// one by one than by halves: the software adapter pays dearly for each barrier.
fn total(t: u32, value: f32) -> f32 {
    workgroupBarrier();
    partial[t] = value;
    workgroupBarrier();
    let first = t - t % LANES;
    var sum = 0.0;
    for (var i = 0u; i < LANES; i++) {
        sum += partial[first + i];
    }
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

@compute @workgroup_size(LANES * ROWS, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) t: u32,
) {
    // Rows beyond the last one have no columns, yet come to each barrier.
    let row = (group.y * groups.x + group.x) * ROWS + t / LANES;
    var length = select(0u, info.cols, row < info.rows);
//@if V4
    length /= 4u;
//@end
    let base = row * length;
    let lane = t % LANES;

    var sum = T();
    for (var i = lane; i < length; i += LANES) {
        sum += at(base + i);
    }
//@if V4
    let mean = total(t, dot(sum, vec4f(1.0))) / f32(info.cols);
//@end
//@if !V4
    let mean = total(t, sum) / f32(info.cols);
//@end

    var squares = 0.0;
    for (var i = lane; i < length; i += LANES) {
        let away = at(base + i) - mean;
//@if V4
        squares += dot(away, away);
//@end
//@if !V4
        squares += away * away;
//@end
    }
    let scale = inverseSqrt(total(t, squares) / f32(info.cols) + info.eps);

    for (var i = lane; i < length; i += LANES) {
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
