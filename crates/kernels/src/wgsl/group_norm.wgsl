// out[batch, channels, pixels] = act((y - mean) / sqrt(variance + eps) * gamma[channels] + beta[channels]) of y = x + shift[batch, channels],
// where mean and variance are those of a group of channels / groups channels. Needs activation.wgsl.
//
// ACT; AFFINE: there are `gamma` and `beta`; SHIFT: there is a `shift`; V4: pixels % 4 == 0, so vec4 is read and written.
// Grid: x = batch * groups, y = 1, z = 1: one workgroup a group.
// Wu & He 2018, "Group normalization". Mean first, then the squares of the differences: see layer_norm.wgsl.

struct Info {
    batch: u32,
    channels: u32,
    pixels: u32,
    groups: u32,
    eps: f32,
}

//@if V4
alias T = vec4f;
//@end
//@if !V4
alias T = f32;
//@end

@group(0) @binding($) var<storage, read> x: array<T>;
//@if AFFINE
@group(0) @binding($) var<storage, read> gamma: array<f32>;
@group(0) @binding($) var<storage, read> beta: array<f32>;
//@end
//@if SHIFT
@group(0) @binding($) var<storage, read> shift: array<f32>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<T>;
@group(0) @binding($) var<uniform> info: Info;

const THREADS = 64u;
var<workgroup> partial: array<f32, THREADS>;
var<workgroup> eighth: array<f32, 8>;

/// The sum over the workgroup of what each thread `t` brings. Two steps, not six: the software adapter pays dearly for each barrier.
fn total(t: u32, value: f32) -> f32 {
    partial[t] = value;
    workgroupBarrier();
    if (t < 8u) {
        var sum = 0.0;
        for (var i = t; i < THREADS; i += 8u) {
            sum += partial[i];
        }
        eighth[t] = sum;
    }
    workgroupBarrier();
    return eighth[0] + eighth[1] + eighth[2] + eighth[3] + eighth[4] + eighth[5] + eighth[6] + eighth[7];
}

/// `channel` counts through the batch.
fn at(i: u32, channel: u32) -> T {
//@if SHIFT
    return x[i] + shift[channel];
//@end
//@if !SHIFT
    return x[i];
//@end
}

@compute @workgroup_size(THREADS, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
//@if V4
    let pixels = info.pixels / 4u;
//@end
//@if !V4
    let pixels = info.pixels;
//@end
    let channels = info.channels / info.groups;
    let length = channels * pixels;
    let base = group.x * length;
    let first = group.x * channels;
    let count = f32(channels * info.pixels);

    var sum = T();
    for (var i = t; i < length; i += THREADS) {
        sum += at(base + i, first + i / pixels);
    }
//@if V4
    let mean = total(t, dot(sum, vec4f(1.0))) / count;
//@end
//@if !V4
    let mean = total(t, sum) / count;
//@end

    var squares = 0.0;
    for (var i = t; i < length; i += THREADS) {
        let away = at(base + i, first + i / pixels) - mean;
//@if V4
        squares += dot(away, away);
//@end
//@if !V4
        squares += away * away;
//@end
    }
    let scale = inverseSqrt(total(t, squares) / count + info.eps);

    for (var i = t; i < length; i += THREADS) {
        let channel = first + i / pixels;
        var normed = (at(base + i, channel) - mean) * scale;
//@if AFFINE
        normed = normed * gamma[channel % info.channels] + beta[channel % info.channels];
//@end
//@if V4
        out[base + i] = act(normed);
//@end
//@if !V4
        out[base + i] = act(vec4f(normed)).x;
//@end
    }
}
