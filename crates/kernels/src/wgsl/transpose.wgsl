// out[batch, b, a] = x[batch, a, b] with its last two axes changed about, + add[batch, b, a].
//
// ADD: there is an `add`.
// Grid: x = ceil(b / 32), y = ceil(a / 32), z = batch. A workgroup turns a tile of 32 x 32 through shared memory, so that
// neighbours read and write neighbours; one column more keeps the banks apart (Ruetsch & Micikevicius 2009).

struct Info {
    batch: u32,
    a: u32,
    b: u32,
}

@group(0) @binding($) var<storage, read> x: array<f32>;
//@if ADD
@group(0) @binding($) var<storage, read> add: array<f32>;
//@end
@group(0) @binding($) var<storage, read_write> out: array<f32>;
@group(0) @binding($) var<uniform> info: Info;

const SIDE = 32u;
var<workgroup> tile: array<f32, SIDE * (SIDE + 1u)>;

@compute @workgroup_size(SIDE, 8, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) t: vec3u) {
    let row = group.y * SIDE;
    let column = group.x * SIDE;
    let start = group.z * info.a * info.b;
    for (var i = t.y; i < SIDE; i += 8u) {
        if (row + i < info.a && column + t.x < info.b) {
            tile[i * (SIDE + 1u) + t.x] = x[start + (row + i) * info.b + column + t.x];
        }
    }
    workgroupBarrier();
    for (var i = t.y; i < SIDE; i += 8u) {
        if (column + i < info.b && row + t.x < info.a) {
            let to = start + (column + i) * info.a + row + t.x;
//@if ADD
            out[to] = tile[t.x * (SIDE + 1u) + i] + add[to];
//@end
//@if !ADD
            out[to] = tile[t.x * (SIDE + 1u) + i];
//@end
        }
    }
}
