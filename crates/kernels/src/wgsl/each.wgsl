// A thread for each number of the output, or for each four with V4: `work` is told which, and leaves alone what lies beyond the last.

//@if V4
alias T = vec4f;
//@end
//@if !V4
alias T = f32;
//@end

@compute @workgroup_size(64, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) t: u32,
) {
    work((group.y * groups.x + group.x) * 64u + t);
}

