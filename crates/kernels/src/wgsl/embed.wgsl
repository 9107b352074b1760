// out[row, cols] = words[ids[row]] + places[place] + segment, row = text * tokens + token.
// Needs each.wgsl.
//
// A table too large to be bound as a whole comes in parts, a launch each: this one has `count` rows from `first` on of `words` in all.
// PREV: what the parts before made is an input, and stands where an id lies in another part.
// HALF, BYTES: rows of halves, two a word, or of bytes, four a word and then the row's scale; both need V4.
// SEGMENT: there is a first row of segments to add; FIRST: 0 where a token's place is its number, else RoBERTa's rule: the id FIRST - 1
// is padding and stands at that place, the others are counted from FIRST on; V4: cols % 4 == 0, so vec4 is read and written.
// Grid: with n = ceil(rows * cols / 64), or a quarter of the columns with V4: x = min(n, 65535), y = ceil(n / x), z = 1.

struct Info {
    rows: u32,
    cols: u32,
    tokens: u32,
    words: u32,
    first: u32,
    count: u32,
}

@group(0) @binding($) var<storage, read> ids: array<i32>;
//@if HALF
@group(0) @binding($) var<storage, read> words: array<vec2u>;
//@end
//@if BYTES
@group(0) @binding($) var<storage, read> words: array<u32>;
//@end
//@if PLAIN
@group(0) @binding($) var<storage, read> words: array<T>;
//@end
@group(0) @binding($) var<storage, read> places: array<T>;
//@if SEGMENT
@group(0) @binding($) var<storage, read> segment: array<T>;
//@end
//@if PREV
@group(0) @binding($) var<storage, read> before: array<T>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<T>;
@group(0) @binding($) var<uniform> info: Info;

/// Column c, or columns 4c to 4c + 3, of a row of this part.
fn word(row: u32, c: u32, cols: u32) -> T {
//@if HALF
    let four = words[row * cols + c];
    return vec4f(unpack2x16float(four.x), unpack2x16float(four.y));
//@end
//@if BYTES
    let at = row * (cols + 1u);
    let four = vec4i(bitcast<vec4<i32>>(vec4u(words[at + c]) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u));
    return vec4f(four) * bitcast<f32>(words[at + cols]);
//@end
//@if PLAIN
    return words[row * cols + c];
//@end
}

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
    if id < info.first || id - info.first >= info.count {
//@if PREV
        out[i] = before[i];
//@end
//@if !PREV
        out[i] = T();
//@end
        return;
    }
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
    var value = word(id - info.first, c, cols) + places[place * cols + c];
//@if SEGMENT
    value += segment[c];
//@end
    out[i] = value;
}
