//! The columns operand of a product: panels of [`NR`] columns, `[ceil(n / NR)][k][NR]`, so that the innermost loop reads it in one
//! stream. The last panel is filled with zeros. Weights are packed once, when they are loaded.

/// Columns in a panel: with four rows to a tile, accumulators and operands stay within the fifteen registers that V8 has to give.
pub const NR: usize = 8;

/// Packs `w`, row-major `[k, n]`, into panels.
pub fn pack(w: &[f32], k: usize, n: usize) -> Vec<f32> {
    assert_eq!(w.len(), k * n, "a matrix of {k} x {n}");
    let mut panels = vec![0.0; n.div_ceil(NR) * k * NR];
    for (p, panel) in panels.chunks_exact_mut((k * NR).max(1)).enumerate() {
        let width = NR.min(n - p * NR);
        for (row, lanes) in w.chunks_exact(n).zip(panel.chunks_exact_mut(NR)) {
            lanes[..width].copy_from_slice(&row[p * NR..][..width]);
        }
    }
    panels
}

/// Packs the transpose of `w`, row-major `[n, k]` as PyTorch keeps the weights of a linear layer, into panels of a `[k, n]` matrix.
pub fn pack_transposed(w: &[f32], n: usize, k: usize) -> Vec<f32> {
    pack_transposed_with(w, n, k, 0)
}

/// As [`pack_transposed`], and so many zeros after it.
pub fn pack_transposed_with(w: &[f32], n: usize, k: usize, zeros: usize) -> Vec<f32> {
    assert_eq!(w.len(), k * n, "a matrix of {n} x {k}");
    let mut panels = vec![0.0; n.div_ceil(NR) * k * NR + zeros];
    for (j, row) in w.chunks_exact(k.max(1)).enumerate() {
        let panel = &mut panels[j / NR * k * NR..][..k * NR];
        for (lanes, value) in panel.chunks_exact_mut(NR).zip(row) {
            lanes[j % NR] = *value;
        }
    }
    panels
}

/// The row-major `[k, n]` matrix that `panels` were packed from.
pub fn unpack(panels: &[f32], k: usize, n: usize) -> Vec<f32> {
    assert_eq!(panels.len(), n.div_ceil(NR) * k * NR, "panels of {k} x {n}");
    let mut w = vec![0.0; k * n];
    for (p, panel) in panels.chunks_exact((k * NR).max(1)).enumerate() {
        let width = NR.min(n - p * NR);
        for (row, lanes) in w.chunks_exact_mut(n).zip(panel.chunks_exact(NR)) {
            row[p * NR..][..width].copy_from_slice(&lanes[..width]);
        }
    }
    w
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_packings_agree_and_unpack() {
        for (k, n) in [(0, 3), (3, 0), (1, 1), (5, NR - 1), (4, NR), (7, NR + 1), (13, 29)] {
            let w: Vec<f32> = (0..k * n).map(|i| i as f32).collect();
            let mut transposed = vec![0.0; k * n];
            for i in 0..k {
                for j in 0..n {
                    transposed[j * k + i] = w[i * n + j];
                }
            }
            let panels = pack(&w, k, n);
            assert_eq!(panels, pack_transposed(&transposed, n, k));
            assert_eq!(unpack(&panels, k, n), w);
        }
    }
}
