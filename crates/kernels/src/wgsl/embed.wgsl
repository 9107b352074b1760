// out[row, cols] = words[ids[row]] + places[place] + segment, row = text * tokens + token.
// Needs each.wgsl.
//
// SEGMENT: there is a first row of segments to add; FIRST: 0 where a token's place is its number, else RoBERTa's rule: the id FIRST - 1
// is padding and stands at that place, the others are counted from FIRST on; V4: cols % 4 == 0, so vec4 is read and written.
// Grid: with n = ceil(rows * cols / 64), or a quarter of the columns with V4: x = min(n, 65535), y = ceil(n / x), z = 1.

struct Info {
    rows: u32,
    cols: u32,
    tokens: u32,
    words: u32,
}

@group(0) @binding($) var<storage, read> ids: array<i32>;
@group(0) @binding($) var<storage, read> words: array<T>;
@group(0) @binding($) var<storage, read> places: array<T>;
//@if SEGMENT
@group(0) @binding($) var<storage, read> segment: array<T>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<T>;
@group(0) @binding($) var<uniform> info: Info;

fn work(i: u32) {
    var cols = info.cols;
//@if V4
    cols /= 4u;
//@end
    if i >= info.rows * cols {
        return;
    }
    let row = i / cols;
    let c = i % cols;
    let id = min(u32(max(ids[row], 0)), info.words - 1u);
//@if FIRST
    var place = FIRST - 1u;
    if ids[row] != i32(place) {
        for (var at = row - row % info.tokens; at <= row; at += 1u) {
            place += u32(ids[at] != i32(FIRST - 1u));
        }
    }
//@end
//@if !FIRST
    let place = row % info.tokens;
//@end
    var value = words[id * cols + c] + places[place * cols + c];
//@if SEGMENT
    value += segment[c];
//@end
    out[i] = value;
}
