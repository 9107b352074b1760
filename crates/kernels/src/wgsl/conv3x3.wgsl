// out[batch, co, oh, ow] = convolution of x[batch, ci, h, w] with weight[co, ci, 3, 3], padding 1 above and to the left,
// + bias[co] + add[batch, co, oh, ow]; w % 4 == 0, ow % 4 == 0, ow = w / STRIDE (2 w if UP), co % OUT == 0.
//
// BIAS, ADD; STRIDE: 1 or 2; OUT: output channels a thread; UP (with STRIDE 1): x is read as if each pixel were 2 x 2, oh = 2 h, ow = 2 w.
// Grid: with tiles = ow / 4 * ceil(oh / 4): x = ceil(tiles / 16), y = co / OUT, z = batch. A thread makes 4 x 4 pixels of
// OUT channels: what it reads of a channel, 6 x 6 pixels and nine weights for each output channel, serves 144 OUT products.

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

//@if UP
@group(0) @binding($) var<storage, read> x: array<f32>;
//@end
//@if !UP
@group(0) @binding($) var<storage, read> x: array<vec4f>;
//@end
@group(0) @binding($) var<storage, read> weight: array<f32>;
//@if BIAS
@group(0) @binding($) var<storage, read> bias: array<f32>;
//@end
//@if ADD
@group(0) @binding($) var<storage, read> add: array<vec4f>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<vec4f>;
@group(0) @binding($) var<uniform> info: Info;

/// What the three columns of weights meet in one row of x, for four neighbouring pixels of the result.
struct Row {
    left: vec4f,
    middle: vec4f,
    right: vec4f,
}

/// Row `y` (0 is the padding above) of the plane that starts at `plane`; `tile` counts the result's pixels by four.
fn row(plane: u32, y: u32, tile: u32) -> Row {
    // Outside, some other row is read and counts as nothing. Where y is 0, y - 1 wraps to more than any height.
//@if UP
    let inside = y - 1u < 2u * info.h;
    let at = plane + min(max(y, 1u) - 1u, 2u * info.h - 1u) / 2u * info.w + 2u * tile;
    let more = tile + 1u < info.ow / 4u;
    let a = select(0.0, x[at - u32(tile > 0u)], inside && tile > 0u);
    let b = select(0.0, x[at], inside);
    let c = select(0.0, x[at + 1u], inside);
    let d = select(0.0, x[at + 1u + u32(more)], inside && more);
    return Row(vec4f(a, b, b, c), vec4f(b, b, c, c), vec4f(b, c, c, d));
//@end
//@if !UP
    let inside = y - 1u < info.h;
    let width = info.w / 4u;
    let at = plane + min(max(y, 1u) - 1u, info.h - 1u) * width + STRIDE * tile;
    let before = select(0.0, x[at - u32(tile > 0u)].w, inside && tile > 0u);
    let m = select(vec4f(), x[at], inside);
    if (STRIDE == 1u) {
        let more = tile + 1u < width;
        let after = select(0.0, x[at + u32(more)].x, inside && more);
        return Row(vec4f(before, m.xyz), m, vec4f(m.yzw, after));
    }
    let n = select(vec4f(), x[at + 1u], inside);
    return Row(vec4f(before, m.y, m.w, n.y), vec4f(m.xz, n.xz), vec4f(m.yw, n.yw));
//@end
}

fn taps(w: vec3f, row: Row) -> vec4f {
    return w.x * row.left + w.y * row.middle + w.z * row.right;
}

@compute @workgroup_size(16, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = info.ow / 4u;
    if (id.x >= width * ((info.oh + 3u) / 4u)) {
        return;
    }
    let tile = id.x % width;
    let top = id.x / width * 4u;
    let channel = OUT * id.y;
    let batch = id.z;
//@if UP
    let plane = info.h * info.w;
//@end
//@if !UP
    let plane = info.h * info.w / 4u;
//@end
    var x_at = batch * info.ci * plane;
//@for o OUT
    var w_at$o = (channel + $ou) * info.ci * 9u;
    var p$o = vec4f();
    var q$o = vec4f();
    var r$o = vec4f();
    var s$o = vec4f();
//@end
    for (var c = 0u; c < info.ci; c++) {
//@for o OUT
        let a$o = vec3f(weight[w_at$o], weight[w_at$o + 1u], weight[w_at$o + 2u]);
        let b$o = vec3f(weight[w_at$o + 3u], weight[w_at$o + 4u], weight[w_at$o + 5u]);
        let c$o = vec3f(weight[w_at$o + 6u], weight[w_at$o + 7u], weight[w_at$o + 8u]);
        w_at$o += 9u;
//@end
        // Each row of x serves up to three of the result.
        let y = STRIDE * top;
        let row0 = row(x_at, y, tile);
        let row1 = row(x_at, y + 1u, tile);
        let row2 = row(x_at, y + 2u, tile);
        let row3 = row(x_at, y + 3u, tile);
        let row4 = row(x_at, y + 4u, tile);
        let row5 = row(x_at, y + 5u, tile);
        if (STRIDE == 1u) {
//@for o OUT
            p$o += taps(a$o, row0) + taps(b$o, row1) + taps(c$o, row2);
            q$o += taps(a$o, row1) + taps(b$o, row2) + taps(c$o, row3);
            r$o += taps(a$o, row2) + taps(b$o, row3) + taps(c$o, row4);
            s$o += taps(a$o, row3) + taps(b$o, row4) + taps(c$o, row5);
//@end
        } else {
            let row6 = row(x_at, y + 6u, tile);
            let row7 = row(x_at, y + 7u, tile);
            let row8 = row(x_at, y + 8u, tile);
//@for o OUT
            p$o += taps(a$o, row0) + taps(b$o, row1) + taps(c$o, row2);
            q$o += taps(a$o, row2) + taps(b$o, row3) + taps(c$o, row4);
            r$o += taps(a$o, row4) + taps(b$o, row5) + taps(c$o, row6);
            s$o += taps(a$o, row6) + taps(b$o, row7) + taps(c$o, row8);
//@end
        }
        x_at += plane;
    }
    // One text for all: unrolled, it takes the software adapter longer to compile than to run.
    var sums = array<vec4f, 4u * OUT>(
//@for o OUT
        p$o, q$o, r$o, s$o,
//@end
    );
    for (var i = 0u; i < 4u * OUT; i++) {
        let o = channel + i / 4u;
        store((batch * info.co + o) * info.oh, o, top + i % 4u, tile, sums[i]);
    }
}

/// Writes four pixels of row `y` of the plane whose first row is `first`, if there is such a row.
fn store(first: u32, channel: u32, y: u32, tile: u32, sum: vec4f) {
    if (y >= info.oh) {
        return;
    }
    let to = (first + y) * (info.ow / 4u) + tile;
    var value = sum;
//@if BIAS
    value += bias[channel];
//@end
//@if ADD
    value += add[to];
//@end
    out[to] = value;
}
