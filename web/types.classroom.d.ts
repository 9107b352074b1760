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
interface Classroom {
  /** The lessons' program is fetched with the first question. Errors are KindlingError; an aborted question rejects with kind "cancelled". */
  request<A extends keyof LessonActions>(action: A, args: LessonActions[A]["args"], options?: { signal?: AbortSignal; onFrame?: (frame: LessonActions[A]["frame"]) => void }): Promise<LessonActions[A]["value"]>;
  fit(question: FitQuestion, listeners: { onFrame: (frame: FitFrame) => void; onError: (error: KindlingError) => void }): Fit;
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
interface LessonsProjection { step(): boolean; isDone(): boolean; frame(): ProjectFrame; answer(): ProjectAnswer; free(): void }
interface LessonsModule {
  Lessons: {
    points(question: PointsQuestion): LessonPoints; truth(question: { shape: RegressionShape }): Float64Array;
    split(question: SplitQuestion): LessonSplit; readPoints(question: { text: string; task: LessonTask }): ReadPoints;
    capacity(question: CapacityQuestion): CapacityAnswer; folds(question: FoldsQuestion): FoldsAnswer; spread(question: SpreadQuestion): SpreadAnswer;
    cluster(vectors: Float32Array, settings: Omit<ClusterQuestion, "vectors">): ClusterAnswer;
  };
  Projection: new (vectors: Float32Array, settings: Omit<ProjectQuestion, "vectors">) => LessonsProjection;
  Fit: new (question: FitQuestion) => LessonsFit;
}
type FromLessons = { id: number; value: any } | { id: number; error: KindlingError } | { id: number; frame: FitFrame | ProjectFrame };
