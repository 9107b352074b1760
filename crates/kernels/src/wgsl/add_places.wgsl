// out[batch, 1 + patches, cols]: first the class token, then each picture's patches, with their places added.
// Needs each.wgsl.
//
// V4: cols % 4 == 0, so vec4 is read and written.
// Grid: with n = ceil(batch * rows * cols / 64), or a quarter of the columns with V4: x = min(n, 65535), y = ceil(n / x), z = 1.

struct Info {
    batch: u32,
    // 1 + patches
    rows: u32,
    cols: u32,
}

@group(0) @binding($) var<storage, read> patches: array<T>;
@group(0) @binding($) var<storage, read> first: array<T>;
@group(0) @binding($) var<storage, read> places: array<T>;
@group(0) @binding($) var<storage, read_write> out: array<T>;
@group(0) @binding($) var<uniform> info: Info;

fn work(i: u32) {
    var cols = info.cols;
//@if V4
    cols /= 4u;
//@end
    if i >= info.batch * info.rows * cols {
        return;
    }
    let picture = i / (info.rows * cols);
    let at = i % (info.rows * cols);
    if at < cols {
        out[i] = first[at] + places[at];
    } else {
        // Every picture before this one, and this one, has one row more in `out`.
        out[i] = patches[i - (picture + 1u) * cols] + places[at];
    }
}
