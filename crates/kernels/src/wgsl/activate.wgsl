// out[i] = act(x[i]) for i < length. Needs activation.wgsl and each.wgsl.
//
// ACT; V4: length % 4 == 0, so vec4 is read and written.
// Grid: with n = length / 4 if V4, else length: x = min(ceil(n / 64), 65535), y = ceil(ceil(n / 64) / x), z = 1.

struct Info {
    length: u32,
}

@group(0) @binding($) var<storage, read> x: array<T>;
@group(0) @binding($) var<storage, read_write> out: array<T>;
@group(0) @binding($) var<uniform> info: Info;

fn work(i: u32) {
//@if V4
    if (i < info.length / 4u) {
        out[i] = act(x[i]);
    }
//@end
//@if !V4
    if (i < info.length) {
        out[i] = act(vec4f(x[i])).x;
    }
//@end
}
