// out[batch, co, h, w] = weight[co, ci] x[batch, ci, h, w] + bias[co] + add[batch, co, h, w]; h * w % 4 == 0, co % OUT == 0.
//
// BIAS, ADD; OUT: output channels a thread.
// Grid: x = ceil(h * w / 4 / 32), y = co / OUT, z = batch. A thread makes two vec4 of neighbouring pixels in OUT channels.

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

@group(0) @binding($) var<storage, read> x: array<vec4f>;
@group(0) @binding($) var<storage, read> weight: array<f32>;
//@if BIAS
@group(0) @binding($) var<storage, read> bias: array<f32>;
//@end
//@if ADD
@group(0) @binding($) var<storage, read> add: array<vec4f>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<vec4f>;
@group(0) @binding($) var<uniform> info: Info;

@compute @workgroup_size(16, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let pixels = info.h * info.w / 4u;
    let pixel = 2u * id.x;
    if (pixel >= pixels) {
        return;
    }
    let two = pixel + 1u < pixels;
    let channel = OUT * id.y;
    let batch = id.z;
    var left = batch * info.ci * pixels + pixel;
    var right = select(left, left + 1u, two);
//@for o OUT
    var a$o = vec4f();
    var b$o = vec4f();
//@end
    for (var c = 0u; c < info.ci; c++) {
        let a = x[left];
        let b = x[right];
        left += pixels;
        right += pixels;
//@for o OUT
        let w$o = weight[(channel + $ou) * info.ci + c];
        a$o += w$o * a;
        b$o += w$o * b;
//@end
    }
//@for o OUT
    let to$o = (batch * info.co + channel + $ou) * pixels + pixel;
//@if BIAS
    a$o += bias[channel + $ou];
    b$o += bias[channel + $ou];
//@end
//@if ADD
    a$o += add[to$o];
//@end
    out[to$o] = a$o;
    if (two) {
//@if ADD
        b$o += add[to$o + 1u];
//@end
        out[to$o + 1u] = b$o;
    }
//@end
}
