//! Maps against the reference programs by the neighbours that they keep, and maps of vectors that hardly are any.

mod common;

use common::DataSet;
use kindling_lessons::map::{ProjectSettings, Projecting, Projection, project};
use kindling_lessons::vectors::Vectors;
use proptest::prelude::*;

fn settings(method: Projection, seed: u64) -> ProjectSettings {
    ProjectSettings { count: 0, dim: 0, method, seed, perplexity: None, neighbours: None, min_dist: None, steps: None }
}

/// Mean share of neighbours kept, over the seeds that the reference had too.
fn mean_kept(set: &DataSet, asked: impl Fn(u64) -> ProjectSettings) -> f64 {
    let values = set.values();
    let vectors = set.vectors(&values);
    (1..=3).map(|seed| project(&vectors, asked(seed)).kept.expect("three points")).sum::<f64>() / 3.0
}

#[test]
fn as_many_neighbours_are_kept_as_by_the_references() {
    for set in DataSet::all() {
        let Some(expected) = &set.kept else { continue };
        let pca = mean_kept(&set, |seed| settings(Projection::Pca, seed));
        let tsne = mean_kept(&set, |seed| settings(Projection::Tsne, seed));
        // umap-learn counts a point among its own 15 neighbours.
        let umap = mean_kept(&set, |seed| ProjectSettings { neighbours: Some(14), ..settings(Projection::Umap, seed) });
        println!("{}: t-SNE {tsne:.3} ({:.3}), UMAP {umap:.3} ({:.3})", set.name, expected.tsne, expected.umap);
        assert!(tsne >= expected.tsne - 0.02, "{}: t-SNE {tsne}, scikit-learn {}", set.name, expected.tsne);
        assert!(umap >= expected.umap - 0.02, "{}: UMAP {umap}, umap-learn {}", set.name, expected.umap);
        println!("{}: PCA {pca:.3}", set.name);
    }
}

/// Beyond 1,000 vectors the tree takes over.
#[test]
fn the_tree_keeps_as_much_as_that_of_scikit_learn() {
    let set = &DataSet::all()[1];
    let expected = set.kept_by_four.as_ref().expect("the reference's");
    let values = set.four_copies();
    let vectors = Vectors::new(&values, 4 * set.count, set.dim).expect("vectors");
    let kept = |asked| project(&vectors, asked).kept.expect("three points");
    let tsne = kept(settings(Projection::Tsne, 1));
    let umap = kept(ProjectSettings { neighbours: Some(14), ..settings(Projection::Umap, 1) });
    println!("2,000 strokes: t-SNE {tsne:.3} ({:.3}), UMAP {umap:.3} ({:.3})", expected.tsne, expected.umap);
    assert!(tsne >= expected.tsne - 0.02, "t-SNE {tsne}, scikit-learn {}", expected.tsne);
    assert!(umap >= expected.umap - 0.02, "UMAP {umap}, umap-learn {}", expected.umap);
}

#[test]
fn a_map_comes_step_by_step_and_again_the_same() {
    let set = &DataSet::all()[0];
    let values = set.values();
    let vectors = set.vectors(&values);
    for method in [Projection::Pca, Projection::Tsne, Projection::Umap] {
        let asked = ProjectSettings { steps: Some(40), ..settings(method, 5) };
        let mut projecting = Projecting::new(&vectors, asked);
        let first = projecting.frame();
        assert_eq!(first.positions.len(), 2 * set.count);
        let mut steps = vec![first.step];
        while !projecting.is_done() {
            projecting.step(&vectors);
            steps.push(projecting.frame().step);
        }
        assert!(steps.is_sorted());
        assert_eq!(projecting.frame().step, if method == Projection::Pca { 0 } else { 40 });
        let answer = projecting.answer();
        assert_eq!(answer, project(&vectors, asked));
        assert_eq!(answer.explained.is_some(), method == Projection::Pca);
        let other = project(&vectors, ProjectSettings { seed: 6, ..asked });
        assert_eq!(other.positions == answer.positions, method == Projection::Pca);
    }
}

#[test]
fn what_was_asked_is_clamped_to_the_data() {
    let values: Vec<f32> = (0..20).map(|value| (value * value % 7) as f32).collect();
    let used = |count: usize, asked: ProjectSettings| {
        project(&Vectors::new(&values[..2 * count], count, 2).unwrap(), asked).used
    };
    let wild = |method| ProjectSettings {
        perplexity: Some(1e9),
        neighbours: Some(1_000),
        min_dist: Some(-3.0),
        steps: Some(1),
        ..settings(method, 0)
    };
    let tsne = used(10, wild(Projection::Tsne));
    assert_eq!((tsne.perplexity, tsne.neighbours, tsne.min_dist, tsne.steps), (Some(3.0), None, None, Some(10)));
    let umap = used(10, wild(Projection::Umap));
    assert_eq!((umap.perplexity, umap.neighbours, umap.min_dist, umap.steps), (None, Some(9), Some(0.0), Some(10)));
    let nothing = used(10, wild(Projection::Pca));
    assert_eq!((nothing.perplexity, nothing.neighbours, nothing.steps), (None, None, None));
    // Two vectors are placed by PCA, whatever was asked for.
    assert_eq!(used(2, wild(Projection::Tsne)).steps, None);
    let odd = ProjectSettings { perplexity: Some(f64::NAN), ..settings(Projection::Tsne, 0) };
    assert_eq!(used(10, odd).perplexity, Some(3.0));
    let text = r#"{"count":2,"dim":3,"method":"tsne","seed":7,"vectors":{},"perplexity":5}"#;
    let read: ProjectSettings = serde_json::from_str(text).unwrap();
    assert_eq!((read.method, read.perplexity, read.steps), (Projection::Tsne, Some(5.0), None));
}

proptest! {
    #![proptest_config(common::cases(120))]

    /// Any finite vectors, from none on, and any settings.
    #[test]
    fn nothing_panics_or_is_nan(
        rows in prop::collection::vec(prop::array::uniform3(common::any_value()), 0..16),
        copies in 1usize..3,
        method in prop::sample::select(vec![Projection::Pca, Projection::Tsne, Projection::Umap]),
        perplexity in prop::option::of(prop::num::f64::ANY),
        neighbours in prop::option::of(0usize..40),
        min_dist in prop::option::of(prop::num::f64::ANY),
        seed in any::<u64>(),
    ) {
        let values = rows.concat().repeat(copies);
        let count = rows.len() * copies;
        let vectors = Vectors::new(&values, count, 3).unwrap();
        let asked = ProjectSettings { perplexity, neighbours, min_dist, steps: Some(60), ..settings(method, seed) };
        let answer = project(&vectors, asked);
        prop_assert_eq!(answer.positions.len(), 2 * count);
        prop_assert!(answer.positions.iter().all(|value| value.is_finite()));
        prop_assert_eq!(answer.kept.is_some(), count >= 3);
        prop_assert!(answer.kept.is_none_or(|kept| (0.0..=1.0).contains(&kept)));
        prop_assert_eq!(answer.kept_by_point.len(), if count >= 3 { count } else { 0 });
    }
}
