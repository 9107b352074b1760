// The page's way to the lessons' program: a worker of their own, and what is said between the two.

/** Questions to the lessons' worker. Those with `frame` give frames on the way. */
interface LessonActions {
  points: { args: PointsQuestion; value: LessonPoints; frame: never };
  truth: { args: { shape: RegressionShape }; value: number[]; frame: never };
  split: { args: SplitQuestion; value: LessonSplit; frame: never };
  readPoints: { args: { text: string; task: LessonTask }; value: ReadPoints; frame: never };
  capacity: { args: CapacityQuestion; value: CapacityAnswer; frame: never };
  folds: { args: FoldsQuestion; value: FoldsAnswer; frame: never };
  spread: { args: SpreadQuestion; value: SpreadAnswer; frame: never };
  networkCapacity: { args: NetworkCapacityQuestion; value: NetworkCapacityAnswer; frame: NetworkCapacityFrame };
  digits: { args: DigitsQuestion; value: Pictures; frame: never };
  readIdx: { args: IdxQuestion; value: ReadPictures; frame: never };
  readDigitRows: { args: DigitRowsQuestion; value: ReadPictures; frame: never };
  splitPictures: { args: PictureSplitQuestion; value: LessonSplit; frame: never };
  centre: { args: DrawingQuestion; value: CentredDrawing; frame: never };
  /** What the pictures' network that is being fitted says as it is now, of 28 × 28 pixels (784); null where none is. */
  readPicture: { args: { pixels: Uint8Array }; value: PictureReading | null; frame: never };
  project: { args: ProjectQuestion; value: ProjectAnswer; frame: ProjectFrame };
  cluster: { args: ClusterQuestion; value: ClusterAnswer; frame: never };
}
/** One model being fitted in the worker, at most one at a time: a new one ends the one before. */
interface Fit {
  /** Epochs a second as a goal; 0 is as fast as it goes, with ten frames a second at most. */
  play(speed: number): void;
  pause(): void;
  /** One optimiser step's worth: one epoch. */
  step(): void;
  end(): void;
}
/** The same of pictures. It counts as the one model of the worker: a Fit ends it, and the other way round. */
interface PictureFit {
  /** Epochs a second as a goal; 0 is as fast as it goes. */
  play(speed: number): void;
  pause(): void;
  /** One optimiser step; or on to the next look at the parts ("epoch"), in slices. */
  step(what: "step" | "epoch"): void;
  end(): void;
}
interface Classroom {
  /** The lessons' program is fetched with the first question. Errors are KindlingError; an aborted question rejects with kind "cancelled". */
  request<A extends keyof LessonActions>(action: A, args: LessonActions[A]["args"], options?: { signal?: AbortSignal; onFrame?: (frame: LessonActions[A]["frame"]) => void }): Promise<LessonActions[A]["value"]>;
  fit(question: FitQuestion, listeners: { onFrame: (frame: FitFrame) => void; onError: (error: KindlingError) => void }): Fit;
  fitPictures(question: PictureQuestion, listeners: { onFrame: (frame: PictureFrame) => void; onError: (error: KindlingError) => void }): PictureFit;
  readonly phase: "idle" | "opening" | "ready" | "failed";
  onPhase(listener: () => void): void;
}

// ── the program and its worker ──
interface LessonsFit {
  /** Whether it is over. */
  epoch(): boolean;
  frame(): Omit<FitFrame, "step_millis"> & { steps_per_epoch: number };
  free(): void;
}
interface LessonsPictureFit {
  /** One short piece of work: an optimiser step or a part of a large one, or a part of a look at the data. "looked": a look is done; "over": there is nothing left to do. */
  advance(): "part" | "step" | "looking" | "looked" | "over";
  frame(): Omit<PictureFrame, "step_millis">;
  read(pixels: Uint8Array): PictureReading;
  free(): void;
}
interface LessonsNetworkCapacity { step(): boolean; frame(): NetworkCapacityFrame; free(): void }
/** Layers over any numbers with k classes, for benches: rows × inputs, labels 0 … k − 1. */
interface LessonsTrainer { step(inputs: Float32Array, labels: Uint8Array): number; probabilities(inputs: Float32Array): Float32Array; free(): void }
interface LessonsProjection { step(): boolean; isDone(): boolean; frame(): ProjectFrame; answer(): ProjectAnswer; free(): void }
interface LessonsModule {
  Lessons: {
    points(question: PointsQuestion): LessonPoints; truth(question: { shape: RegressionShape }): Float64Array;
    split(question: SplitQuestion): LessonSplit; readPoints(question: { text: string; task: LessonTask }): ReadPoints;
    capacity(question: CapacityQuestion): CapacityAnswer; folds(question: FoldsQuestion): FoldsAnswer; spread(question: SpreadQuestion): SpreadAnswer;
    digits(question: DigitsQuestion): Pictures; readIdx(images: Uint8Array, labels: Uint8Array, most?: number): ReadPictures;
    readDigitRows(question: DigitRowsQuestion): ReadPictures;
    splitPictures(labels: Uint8Array, settings: Omit<PictureSplitQuestion, "labels">): LessonSplit;
    centre(pixels: Uint8Array, width: number, height: number): Uint8Array | undefined;
    cluster(vectors: Float32Array, settings: Omit<ClusterQuestion, "vectors">): ClusterAnswer;
  };
  Projection: new (vectors: Float32Array, settings: Omit<ProjectQuestion, "vectors">) => LessonsProjection;
  Fit: new (question: FitQuestion) => LessonsFit;
  PictureFit: new (pixels: Uint8Array, labels: Uint8Array, settings: Omit<PictureQuestion, "pictures">) => LessonsPictureFit;
  NetworkCapacity: new (question: NetworkCapacityQuestion) => LessonsNetworkCapacity;
  Trainer: new (settings: { widths: number[]; activation: "tanh" | "relu"; optimiser: FitQuestion["optimiser"]; rate: number; l2: number; seed: number }) => LessonsTrainer;
}
type FromLessons = { id: number; value: any } | { id: number; error: KindlingError } | { id: number; frame: FitFrame | PictureFrame | ProjectFrame | NetworkCapacityFrame };

// ── what the labs that train have in common ──
type PartName = "train" | "validation" | "test";
/** "held": a link or a saved data plan waits for a click; "full": as many epochs as one run takes. */
type TrainingPhase = "empty" | "held" | "preparing" | "paused" | "running" | "ended" | "full" | "failed";
