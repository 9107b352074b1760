// Types of the lessons: what their own program (wasm/lessons) takes and gives. crates/playground/src/lessons.rs hands
// this very file to whoever imports the program.

type LessonTask = "regression" | "classification";
type RegressionShape = "line" | "sine" | "step" | "bumps";
type ClassShape = "moons" | "circles" | "spirals" | "xor" | "blobs";
/** What a generator draws from. `noise` is a standard deviation in units of the plot, whose sides are 2 long. */
interface PointsQuestion { shape: RegressionShape | ClassShape; count: number; noise: number; seed: number }
/** Regression: y over x. Classification: (x, y), and 0 or 1 in `classes`. Generated points lie in about −1 … 1. */
interface LessonPoints { task: LessonTask; x: number[]; y: number[]; classes: number[] | null }
/** Rows of the points. No row is in two parts. */
interface LessonSplit { train: number[]; validation: number[]; test: number[] }
/** `validation` and `test` are shares, 0 … 1. */
interface SplitQuestion { points: LessonPoints; validation: number; test: number; seed: number }
/** `skipped`: lines that are not numbers, by number from 1, at most 20 of them named. */
interface ReadPoints { points: LessonPoints; scale: { x: [number, number]; y: [number, number] }; skipped: number[] }

type LessonModel =
  | { kind: "polynomial"; degree: number }
  | { kind: "mlp"; hidden: number[]; activation: "tanh" | "relu"; dropout: number };
interface FitQuestion {
  points: LessonPoints; split: LessonSplit; model: LessonModel;
  /** λ of λ‖w‖², weights only (of a polynomial: those of its Legendre terms, where the closed form counts the powers'); learning rate; rows a step, 0 is all of them. */
  l2: number; rate: number; batch: number;
  optimiser: "sgd" | "momentum" | "adam";
  /** Epochs without a better validation loss after which it stops; null never does. */
  patience: number | null;
  seed: number;
}
/** Losses: mean squared error, or cross-entropy in nats. null: the part has no rows, or the number is not finite. */
interface FitScore { loss: number | null; accuracy: number | null }
/** What is new since the frame before. */
interface FitFrame {
  epochs: number[]; train: (number | null)[]; validation: (number | null)[]; test: (number | null)[];
  /** Scores after the last epoch. */
  now: { train: FitScore; validation: FitScore; test: FitScore };
  /** The epoch whose validation loss was lowest. */
  best_epoch: number | null;
  /** "patience": stopped early, and `now` and `surface` are those of the best epoch; "diverged": a loss was no number any more. */
  ended: null | "patience" | "diverged";
  /** Regression: the fitted value at 161 places from −1.25 to 1.25. Classification: share of class 1 at the centres of 64 × 64 cells from
   *  −1.25 to 1.25, row by row from the top (y = 1.25). */
  surface: Float32Array;
  parameters: number;
  /** Median of the last steps. */
  step_millis: number | null;
}

/** Ridge in closed form over many capacities: the U-curve. Regression only. */
interface CapacityQuestion { points: LessonPoints; split: LessonSplit; degrees: number[]; l2: number }
interface CapacityAnswer { degrees: number[]; train: (number | null)[]; validation: (number | null)[]; test: (number | null)[]; best: number | null }
/** k-fold over training and validation rows. */
interface FoldsQuestion { points: LessonPoints; rows: number[]; k: number; degrees: number[]; l2: number; seed: number }
interface FoldsAnswer { k: number; degrees: number[]; mean: (number | null)[]; deviation: (number | null)[]; folds: (number | null)[][]; best: number | null }
/** Refits of one capacity: on fresh samples of a known shape, or on bootstrap resamples of own points, where bias² and noise are unknown (null). */
interface SpreadQuestion { source: PointsQuestion | { points: LessonPoints; rows: number[]; seed: number }; degree: number; l2: number; rounds: number }
interface SpreadAnswer {
  /** 161 places from −1.25 to 1.25; mean and the 10th and 90th percentile of the refits; the shape itself where it is known. */
  x: number[]; mean: number[]; low: number[]; high: number[]; truth: number[] | null;
  bias2: number | null; variance: number | null; noise: number | null;
  /** bias² + variance + noise; and the squared error of the refits on fresh points, which it must meet. */
  sum: number | null; measured: number | null;
}

type Projection = "pca" | "tsne" | "umap";
interface ProjectQuestion {
  /** [count × dim], row by row. */
  vectors: Float32Array; count: number; dim: number; method: Projection; seed: number;
  perplexity?: number; neighbours?: number; min_dist?: number; steps?: number;
}
interface ProjectFrame { step: number; steps: number; positions: Float32Array }
interface ProjectAnswer {
  /** [count × 2]. */
  positions: Float32Array;
  /** What was really used: asked values are clamped to what the data allow. */
  used: { perplexity: number | null; neighbours: number | null; min_dist: number | null; steps: number | null };
  /** Share of variance of the two components (PCA). */
  explained: [number, number] | null;
  /** Mean share of each point's 10 (or fewer) nearest neighbours that are among its 10 nearest on the map; null under 3 points. */
  kept: number | null;
  kept_by_point: number[];
}
interface ClusterQuestion { vectors: Float32Array; count: number; dim: number; /** null: the suggested one. */ k: number | null; seed: number }
/** Silhouettes are of cosine distance; null where there are fewer than two clusters or fewer than three points. */
interface ClusterAnswer { k: number; clusters: number[]; silhouette: number | null; suggested: number | null; tried: { k: number; silhouette: number | null }[] }
