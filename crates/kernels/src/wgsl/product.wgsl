// What goes into a product and what becomes of its sums: out[m, n] = act(sums + bias[n]) + add[m, n].
//
// ACT, BIAS, ADD; THREE: three weights with their biases over one x, as attention's queries, keys and values have them; `out` holds
// the results one after the other.

struct Info {
    m: u32,
    k: u32,
    n: u32,
}

@group(0) @binding($) var<storage, read> x: array<vec4f>;
@group(0) @binding($) var<storage, read> w: array<vec4u>;
//@if THREE
@group(0) @binding($) var<storage, read> second: array<vec4u>;
@group(0) @binding($) var<storage, read> third: array<vec4u>;
//@end
//@if BIAS
@group(0) @binding($) var<storage, read> bias: array<vec4f>;
//@if THREE
@group(0) @binding($) var<storage, read> second_bias: array<vec4f>;
@group(0) @binding($) var<storage, read> third_bias: array<vec4f>;
//@end
//@end
//@if ADD
@group(0) @binding($) var<storage, read> add: array<vec4f>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<vec4f>;
@group(0) @binding($) var<uniform> info: Info;

//@if THREE
/// Which of the three weights this workgroup multiplies by.
var<private> part: u32;
//@end

/// Four columns of a word's row.
fn word(at: u32) -> vec4u {
//@if THREE
    switch part {
        case 1u: {
            return second[at];
        }
        case 2u: {
            return third[at];
        }
        default: {}
    }
//@end
    return w[at];
}

/// Writes columns 4c .. 4c + 3 of a row, if there are such.
fn finish(row: u32, c: u32, n4: u32, sum: vec4f) {
    if (row >= info.m || c >= n4) {
        return;
    }
    var to = row * n4 + c;
    var value = sum;
    if (WEIGHT == 2u) {
        value *= bitcast<vec4f>(word(info.k / 4u * n4 + c));
    }
//@if BIAS
//@if THREE
    switch part {
        case 1u: {
            value += second_bias[c];
        }
        case 2u: {
            value += third_bias[c];
        }
        default: {
            value += bias[c];
        }
    }
//@end
//@if !THREE
    value += bias[c];
//@end
//@end
    value = act(value);
//@if ADD
    value += add[to];
//@end
//@if THREE
    to += part * info.m * n4;
//@end
    out[to] = value;
}

