//! Maps of vectors: from many values each to two, step by step, so that a page can show the way.

mod curve;
mod quadtree;
mod tsne;
mod umap;

pub use tsne::Tsne;
pub use umap::Umap;

use serde::{Deserialize, Serialize};

use crate::vectors::{Metric, NeighbourSearch, Neighbours, Pca, Vectors, compared, kept, pca};

/// Fewest vectors that t-SNE and UMAP have anything to say about; fewer are placed by PCA.
const FEWEST: usize = 3;
/// Range of steps.
const STEPS: (usize, usize) = (10, 5_000);
/// Vectors beyond which UMAP takes fewer steps by default, as its authors' program does.
const MANY: usize = 10_000;

/// How to get from many values to two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Projection {
    /// The two directions of the most variance.
    Pca,
    /// t-distributed stochastic neighbour embedding.
    Tsne,
    /// Uniform manifold approximation and projection.
    Umap,
}

/// How to project. Asked values are clamped to what the data allow; [`ProjectAnswer::used`] says to what.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ProjectSettings {
    /// Vectors.
    pub count: usize,
    /// Values of each.
    pub dim: usize,
    /// The way.
    pub method: Projection,
    /// Same seed, same map.
    pub seed: u64,
    /// t-SNE: effective number of neighbours, 1 … (count − 1) / 3; 30 if not said.
    #[serde(default)]
    pub perplexity: Option<f64>,
    /// UMAP: neighbours, a point itself not counted, 1 … count − 1; 15 if not said.
    #[serde(default)]
    pub neighbours: Option<usize>,
    /// UMAP: how close points may come, 0 … 0.99; 0.1 if not said.
    #[serde(default)]
    pub min_dist: Option<f64>,
    /// Steps, 10 … 5,000; if not said 750 for t-SNE, 500 for UMAP (200 beyond 10,000 vectors).
    #[serde(default)]
    pub steps: Option<usize>,
}

/// What was really used; `None`: plays no part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct UsedSettings {
    /// t-SNE.
    pub perplexity: Option<f64>,
    /// UMAP.
    pub neighbours: Option<usize>,
    /// UMAP.
    pub min_dist: Option<f64>,
    /// t-SNE and UMAP.
    pub steps: Option<usize>,
}

/// A map on its way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProjectFrame {
    /// Steps done.
    pub step: usize,
    /// Steps in all; 0 for PCA.
    pub steps: usize,
    /// `[count × 2]`.
    pub positions: Vec<f32>,
}

/// A finished map.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProjectAnswer {
    /// `[count × 2]`.
    pub positions: Vec<f32>,
    /// What was really used.
    pub used: UsedSettings,
    /// Shares of the variance of the two components (PCA); `None` where vectors do not differ.
    pub explained: Option<[f64; 2]>,
    /// Mean share of each point's nearest neighbours (10, or half of the others where they are fewer than 20; by cosine)
    /// that are among its nearest on the map; `None` under three points.
    pub kept: Option<f64>,
    /// The same share of each point; empty under three points.
    pub kept_by_point: Vec<f64>,
}

/// The part that moves.
enum Layout {
    Tsne(Box<Tsne>),
    Umap(Box<Umap>),
}

enum Stage {
    /// Looking for neighbours; PCA's positions are shown meanwhile.
    Searching(NeighbourSearch),
    /// Moving. PCA does not.
    Moving(Neighbours, Option<Layout>),
}

/// A projection that goes on step by step. The vectors are handed in again each time, so that nobody copies them.
pub struct Projecting {
    settings: ProjectSettings,
    used: UsedSettings,
    start: Pca,
    stage: Stage,
}

impl UsedSettings {
    fn of(asked: &ProjectSettings) -> Self {
        if asked.count < FEWEST || asked.method == Projection::Pca {
            return Self::default();
        }
        let others = asked.count - 1;
        let number = |asked: Option<f64>, default: f64, low: f64, high: f64| {
            let value = asked.filter(|value| value.is_finite()).unwrap_or(default);
            value.min(high).max(low)
        };
        let usual = match asked.method {
            Projection::Umap if asked.count > MANY => 200,
            Projection::Umap => 500,
            _ => 750,
        };
        let steps = Some(asked.steps.unwrap_or(usual).clamp(STEPS.0, STEPS.1));
        match asked.method {
            Projection::Umap => Self {
                perplexity: None,
                neighbours: Some(asked.neighbours.unwrap_or(15).clamp(1, others)),
                min_dist: Some(number(asked.min_dist, 0.1, 0.0, 0.99)),
                steps,
            },
            _ => Self {
                perplexity: Some(number(asked.perplexity, 30.0, 1.0, others as f64 / 3.0)),
                steps,
                ..Self::default()
            },
        }
    }

    /// Neighbours that each point needs, for the layout and for what was kept.
    fn neighbours_needed(&self, count: usize) -> usize {
        let wide = self.perplexity.map_or(0, |perplexity| (3.0 * perplexity).ceil() as usize);
        compared(count).max(wide).max(self.neighbours.unwrap_or(0))
    }
}

impl Projecting {
    /// Begins: the first frame is PCA's. `settings.count` and `settings.dim` are those of the vectors.
    pub fn new(vectors: &Vectors, mut settings: ProjectSettings) -> Self {
        (settings.count, settings.dim) = (vectors.count(), vectors.dim());
        let used = UsedSettings::of(&settings);
        let search = NeighbourSearch::new(vectors, used.neighbours_needed(settings.count), Metric::Cosine);
        Self { settings, used, start: pca(vectors), stage: Stage::Searching(search) }
    }

    /// Whether there is nothing left to do.
    pub fn is_done(&self) -> bool {
        match &self.stage {
            Stage::Searching(_) => false,
            Stage::Moving(_, layout) => layout.as_ref().is_none_or(|layout| layout.step() >= self.steps()),
        }
    }

    fn steps(&self) -> usize {
        self.used.steps.unwrap_or(0)
    }

    /// Goes on by a little: a part of the search, or one step of the layout. At 5,000 vectors each is some ten
    /// milliseconds, but for the one between search and layout, which takes some tenths of a second.
    pub fn step(&mut self, vectors: &Vectors) {
        match &mut self.stage {
            Stage::Searching(search) if !search.is_done() => search.step(),
            Stage::Searching(search) => {
                let found = search.finish(vectors, Metric::Cosine);
                let layout = self.layout(&found);
                self.stage = Stage::Moving(found, layout);
            }
            Stage::Moving(_, Some(Layout::Tsne(map))) if map.step_number() < map.steps() => map.step(1),
            Stage::Moving(_, Some(Layout::Umap(map))) if map.step_number() < map.steps() => map.step(1),
            Stage::Moving(..) => {}
        }
    }

    fn layout(&self, neighbours: &Neighbours) -> Option<Layout> {
        let (used, seed, start) = (self.used, self.settings.seed, &self.start.positions);
        match (used.steps, used.perplexity, used.neighbours.zip(used.min_dist)) {
            (Some(steps), Some(perplexity), _) => {
                Some(Layout::Tsne(Box::new(Tsne::new(neighbours, start, perplexity, steps, seed))))
            }
            (Some(steps), _, Some((near, min_dist))) => {
                Some(Layout::Umap(Box::new(Umap::new(neighbours, start, near, min_dist, steps, seed))))
            }
            _ => None,
        }
    }

    fn positions(&self) -> Vec<f64> {
        match &self.stage {
            Stage::Moving(_, Some(layout)) => layout.positions(),
            _ => self.start.positions.clone(),
        }
    }

    /// The map as it is now.
    pub fn frame(&self) -> ProjectFrame {
        let step = match &self.stage {
            Stage::Moving(_, Some(layout)) => layout.step(),
            _ => 0,
        };
        ProjectFrame { step, steps: self.steps(), positions: single(&self.positions()) }
    }

    /// The answer, as far as it has come; without neighbours where the search was left.
    pub fn answer(&self) -> ProjectAnswer {
        let positions = self.positions();
        let compared = match &self.stage {
            Stage::Moving(neighbours, _) => Some(kept(neighbours, &positions)),
            Stage::Searching(_) => None,
        };
        let (mean, kept_by_point) = compared.map_or((None, Vec::new()), |kept| (kept.mean, kept.by_point));
        let explained = if self.settings.method == Projection::Pca { self.start.explained } else { None };
        ProjectAnswer { positions: single(&positions), used: self.used, explained, kept: mean, kept_by_point }
    }
}

/// Single precision, never infinite.
fn single(positions: &[f64]) -> Vec<f32> {
    positions.iter().map(|&value| value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32).collect()
}

impl Layout {
    fn step(&self) -> usize {
        match self {
            Self::Tsne(map) => map.step_number(),
            Self::Umap(map) => map.step_number(),
        }
    }

    fn positions(&self) -> Vec<f64> {
        match self {
            Self::Tsne(map) => map.positions(),
            Self::Umap(map) => map.positions(),
        }
    }
}

/// Projects in one go.
pub fn project(vectors: &Vectors, settings: ProjectSettings) -> ProjectAnswer {
    let mut projecting = Projecting::new(vectors, settings);
    while !projecting.is_done() {
        projecting.step(vectors);
    }
    projecting.answer()
}
