//! Likeness of vectors, and who is most alike.

/// Cosine of the angle between two vectors, from -1 to 1.
///
/// `None` where it is undefined: other lengths, no length at all, or a number that is not finite.
pub fn cosine(a: &[f32], b: &[f32]) -> Option<f32> {
    if a.len() != b.len() {
        return None;
    }
    // Double sums: 384 products of singles lose up to five digits otherwise.
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum::<f64>();
    let norms = (dot(a, a) * dot(b, b)).sqrt();
    let cosine = dot(a, b) / norms;
    (norms > 0.0 && cosine.is_finite()).then(|| cosine.clamp(-1.0, 1.0) as f32)
}

/// Indices of `scores` from best to worst; equals keep their order, and what is not a number goes last.
pub fn rank(scores: &[f32]) -> Vec<usize> {
    let key = |index: usize| if scores[index].is_nan() { f32::NEG_INFINITY } else { scores[index] };
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| key(b).total_cmp(&key(a)).then(scores[a].is_nan().cmp(&scores[b].is_nan())));
    order
}

/// Share of queries whose own partner is most alike: R@1 of retrieval.
///
/// Row `i` of `queries` belongs to row `i` of `partners`; both are `[rows, dim]`, row-major. A tie counts against the
/// query. `None` where it is undefined: no rows, or sizes that do not fit.
pub fn recall_at_1(queries: &[f32], partners: &[f32], dim: usize) -> Option<f64> {
    if dim == 0 || queries.is_empty() || queries.len() != partners.len() || !queries.len().is_multiple_of(dim) {
        return None;
    }
    let rows = queries.len() / dim;
    let (queries, partners) = (unit_rows(queries, dim), unit_rows(partners, dim));
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    let found = queries.chunks_exact(dim).enumerate().filter(|(own, query)| {
        let own_score = dot(query, &partners[own * dim..][..dim]);
        let better = |(other, partner): (usize, &[f32])| other != *own && dot(query, partner) >= own_score;
        own_score.is_finite() && !partners.chunks_exact(dim).enumerate().any(better)
    });
    Some(found.count() as f64 / rows as f64)
}

fn unit_rows(rows: &[f32], dim: usize) -> Vec<f32> {
    let unit = |row: &[f32]| {
        let norm = row.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        // A row without length stays as it is, and is like nothing.
        let scale = if norm > 0.0 { 1.0 / norm } else { 0.0 };
        row.iter().map(|&value| (f64::from(value) * scale) as f32).collect::<Vec<_>>()
    };
    rows.chunks_exact(dim).flat_map(unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cosine_of_known_angles() {
        assert_eq!(cosine(&[3.0, 4.0], &[6.0, 8.0]), Some(1.0));
        assert_eq!(cosine(&[1.0, 0.0], &[0.0, 2.0]), Some(0.0));
        assert_eq!(cosine(&[1.0, 0.0], &[-1.0, 0.0]), Some(-1.0));
        assert_eq!(cosine(&[0.0, 0.0], &[1.0, 0.0]), None);
        assert_eq!(cosine(&[], &[]), None);
        assert_eq!(cosine(&[1.0], &[1.0, 0.0]), None);
        assert_eq!(cosine(&[f32::NAN], &[1.0]), None);
    }

    #[test]
    fn best_comes_first() {
        assert_eq!(rank(&[0.1, 0.9, 0.9, f32::NAN, -1.0]), [1, 2, 0, 4, 3]);
        assert_eq!(rank(&[f32::NAN, f32::NEG_INFINITY]), [1, 0]);
        assert_eq!(rank(&[]), [0usize; 0]);
    }

    #[test]
    fn recall_counts_the_right_partners() {
        let queries = [1.0, 0.0, 0.0, 1.0, 1.0, 1.0];
        assert_eq!(recall_at_1(&queries, &queries, 2), Some(1.0));
        let swapped = [0.0, 1.0, 1.0, 0.0, 2.0, 2.0];
        assert_eq!(recall_at_1(&queries, &swapped, 2), Some(1.0 / 3.0));
        assert_eq!(recall_at_1(&[1.0, 1.0], &[1.0, 1.0], 1), Some(0.0));
        assert_eq!(recall_at_1(&[], &[], 2), None);
        assert_eq!(recall_at_1(&queries, &queries, 4), None);
        assert_eq!(recall_at_1(&queries, &queries, 0), None);
    }

    proptest! {
        #[test]
        fn cosine_is_bounded_and_symmetric(pairs in prop::collection::vec((-1e20f32..1e20, -1e20f32..1e20), 0..20)) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.into_iter().unzip();
            let value = cosine(&a, &b);
            prop_assert_eq!(value, cosine(&b, &a));
            prop_assert!(value.is_none_or(|value| (-1.0..=1.0).contains(&value)));
        }

        #[test]
        fn rank_is_a_permutation(scores in prop::collection::vec(any::<f32>(), 0..50)) {
            let mut order = rank(&scores);
            order.sort_unstable();
            prop_assert_eq!(order, (0..scores.len()).collect::<Vec<_>>());
        }
    }
}
