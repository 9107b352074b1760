// out[batch, co, oh, ow] = convolution of x[batch, ci, h, w] with weight[co, ci, kh, kw] + bias[co] + add[batch, co, oh, ow], of any size.
//
// BIAS, ADD. Strides sh, sw; padding pt above and pl to the left (below and to the right as oh and ow ask for); dilation dh, dw.
// Grid: x = ceil(oh * ow / 64), y = ceil(co / 4), z = batch. A thread makes one pixel of four channels.

struct Info {
    batch: u32,
    ci: u32,
    h: u32,
    w: u32,
    co: u32,
    kh: u32,
    kw: u32,
    sh: u32,
    sw: u32,
    pt: u32,
    pl: u32,
    dh: u32,
    dw: u32,
    oh: u32,
    ow: u32,
}

@group(0) @binding($) var<storage, read> x: array<f32>;
@group(0) @binding($) var<storage, read> weight: array<f32>;
//@if BIAS
@group(0) @binding($) var<storage, read> bias: array<f32>;
//@end
//@if ADD
@group(0) @binding($) var<storage, read> add: array<f32>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<f32>;
@group(0) @binding($) var<uniform> info: Info;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let pixel = id.x;
    let pixels = info.oh * info.ow;
    if (pixel >= pixels) {
        return;
    }
    let batch = id.z;
    // Channels beyond the last one read the last one, and are not written.
    let channel = min(vec4u(4u * id.y) + vec4u(0u, 1u, 2u, 3u), vec4u(info.co - 1u));
    let taps = info.kh * info.kw;
    let w_from = channel * info.ci * taps;
    let top = pixel / info.ow * info.sh;
    let left = pixel % info.ow * info.sw;
    var sum = vec4f();
//@if BIAS
    sum = vec4f(bias[channel.x], bias[channel.y], bias[channel.z], bias[channel.w]);
//@end
    for (var i = 0u; i < info.kh; i++) {
        // In the padding above, what is subtracted wraps to more than h.
        let iy = top + i * info.dh - info.pt;
        if (iy >= info.h) {
            continue;
        }
        for (var j = 0u; j < info.kw; j++) {
            let ix = left + j * info.dw - info.pl;
            if (ix >= info.w) {
                continue;
            }
            var at = (batch * info.ci * info.h + iy) * info.w + ix;
            var w_at = w_from + i * info.kw + j;
            for (var c = 0u; c < info.ci; c++) {
                sum += x[at] * vec4f(weight[w_at.x], weight[w_at.y], weight[w_at.z], weight[w_at.w]);
                at += info.h * info.w;
                w_at += taps;
            }
        }
    }
    for (var o = 0u; o < min(4u, info.co - 4u * id.y); o++) {
        let to = (batch * info.co + 4u * id.y + o) * pixels + pixel;
//@if ADD
        out[to] = sum[o] + add[to];
//@end
//@if !ADD
        out[to] = sum[o];
//@end
    }
}
