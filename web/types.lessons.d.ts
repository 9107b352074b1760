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

/** The U-curve of networks of one hidden layer, width by width: each fitted until its early stop (validation loss, set back to the best epoch) or
 *  for `epochs` epochs. Regression: mean squared errors; classification: cross-entropies, and accuracies beside them. */
interface NetworkCapacityQuestion {
  points: LessonPoints; split: LessonSplit;
  /** 1 … 512 each, 32 of them at most. */
  widths: number[];
  activation: "tanh" | "relu"; dropout: number; l2: number; rate: number; batch: number; optimiser: FitQuestion["optimiser"];
  /** null: no early stop. */
  patience: number | null; epochs: number; seed: number;
}
/** In the order of `widths`; null: not yet fitted, diverged, or a part without rows. */
interface NetworkCapacityAnswer {
  widths: number[]; train: (number | null)[]; validation: (number | null)[]; test: (number | null)[]; best: number | null;
  /** Classification only, else nulls. */
  accuracy: { train: (number | null)[]; validation: (number | null)[]; test: (number | null)[] };
  /** The epoch whose weights count; numbers that are fitted. */
  epochs: (number | null)[]; parameters: number[];
}
interface NetworkCapacityFrame extends NetworkCapacityAnswer { /** Widths that are done, and how far all is, 0 … 1. */ done: number; share: number }

// ── pictures: digits ──
/** Square pictures of 28 × 28, one after the other, row by row; 0 is paper, 255 is ink. Labels 0 … 9. */
interface Pictures { count: number; pixels: Uint8Array; labels: Uint8Array }
/** Digits drawn here by a pen that varies. `variety` 0 … 1: how far slant, size, bends and thickness go (1 is the default). Each picture has draws of its own:
 *  a longer sample begins with the shorter one. At most 20,000. */
interface DigitsQuestion { count: number; seed: number; variety?: number }
/** MNIST's files as they are after unpacking. `most`: the first so many are taken (20,000 at most, and by default). Sides 1 … 64 are brought to 28. */
interface IdxQuestion { images: Uint8Array; labels: Uint8Array; most?: number }
/* Errors of the readers, by kind (detail in brackets): lesson_idx_magic {file: "images" | "labels", found}; lesson_idx_short {file, found, needed}: bytes;
 * lesson_idx_counts {images, labels}; lesson_idx_side {rows, columns}; lesson_label {row, found}; lesson_too_few, lesson_too_many, lesson_setting, lesson_row as ever;
 * lesson_no_digits {lines}: no line of a label and 784 numbers. */
/** Lines of a label and 784 numbers 0 … 255; a line of names before them is passed over. */
interface DigitRowsQuestion { text: string; most?: number }
/** `found`: pictures in the file, of which `count` were taken; `side`: as they were ([rows, columns]); `skipped`: lines that are no digits, by number from 1, at most 20 named. */
interface ReadPictures extends Pictures { found: number; side: [number, number]; skipped: number[] }
/** A drawing: ink 0 … 255, row by row. */
interface DrawingQuestion { pixels: Uint8Array; width: number; height: number }
/** As MNIST has it: the ink in a box of 20 × 20, its centre of mass in the middle of 28 × 28; null where there is no ink. */
type CentredDrawing = Uint8Array | null;
/** Numbers of pictures in each part. Test and validation are drawn first: with the same seed they do not depend on `train`, and fewer to learn from are a part of more. */
interface PictureSplitQuestion { labels: Uint8Array; train: number; validation: number; test: number; seed: number }

/** `hidden: []` is softmax regression. "cnn": 3 × 3 convolution to `filters` maps → ReLU → 2 × 2 maximum → dense layers of `hidden` units (ReLU) → 10. */
type PictureModel =
  | { kind: "mlp"; hidden: number[]; activation: "tanh" | "relu"; dropout: number }
  | { kind: "cnn"; filters: number; hidden: number[]; dropout: number };
interface PictureQuestion {
  pictures: Pictures; split: LessonSplit; model: PictureModel;
  /** λ of λ‖w‖², weights only; learning rate; rows a step, 1 … 1,024. */
  l2: number; rate: number; batch: number; optimiser: FitQuestion["optimiser"];
  /** Steps between two looks at all three parts; 0: once an epoch. */
  measure: number;
  /** Epochs without a lower validation loss after which it stops; null never does. */
  patience: number | null;
  seed: number;
}
interface PictureScores { train: FitScore; validation: FitScore; test: FitScore }
/** What is new since the frame before. Losses: cross-entropy in nats. */
interface PictureFrame {
  /** One entry a look at the parts: epochs done by then (not whole where `measure` is not 0), losses and accuracies. Epoch 0 is before the first step. */
  epochs: number[];
  train: (number | null)[]; validation: (number | null)[]; test: (number | null)[];
  accuracy: { train: (number | null)[]; validation: (number | null)[]; test: (number | null)[] };
  /** Scores at the last look (after an early stop: those of the best); epochs at it. null before the first look is done. */
  now: PictureScores | null; now_epoch: number | null;
  /** As far as it has come: epochs, with a fraction, and steps. */
  epoch: number; steps: number; steps_per_epoch: number;
  /** Whether it is looking at the parts just now, and how far that is, 0 … 1. */
  looking: number | null;
  /** Mean loss of the last step's rows, with dropout. */
  batch_loss: number | null;
  best_epoch: number | null;
  /** "patience": stopped early, and everything here is of the best epoch; "diverged": a loss was no number any more, and everything here is of the last sound look. */
  ended: null | "patience" | "diverged";
  /** Of the test part at the last look, in the order of `split.test`: what it said, and the share that it gave that. Empty before the first. */
  said: Uint8Array; sure: Float32Array;
  /** Counts [truth][said] of the test part, 10 × 10; and scores of each digit and over all (of those that occur), null where undefined. */
  matrix: number[][];
  per_class: { precision: number | null; recall: number | null; f1: number | null; support: number }[];
  macro: { precision: number | null; recall: number | null; f1: number | null };
  /** First weights as pictures, at most 64: 28 × 28 of each unit, or 3 × 3 of each filter. */
  filters: { count: number; side: number; values: Float32Array };
  parameters: number;
  /** Median of the last steps. */
  step_millis: number | null;
}
/** What the network makes of one picture: shares of the ten digits; and what each layer gives on the way ("maps": [filters, 13, 13] after the maximum; "units": [units]; the last are the logits). */
interface PictureReading { probabilities: Float32Array; layers: { kind: "maps" | "units"; shape: number[]; values: Float32Array }[] }

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
