// Types of the overfitting lab. What its program takes and gives is in types.lessons.d.ts.

/** x, y, class (0 or 1; 0 in regression), and the part as its place in train, validation, test. */
type OwnPoint = [number, number, number, number];
type OverfitSpeed = 5 | 20 | 100 | 0;
/** Everything a person can change in the overfitting lab; a share link carries exactly this. */
interface OverfitState {
  task: LessonTask;
  /** One for each task, so that a look at the other one loses nothing. */
  shape: RegressionShape; clusters: ClassShape;
  count: number; noise: number; seed: number;
  /** Whether starting again keeps the seed. */
  locked: boolean;
  /** Points of one's own in place of drawn ones. */
  own: OwnPoint[] | null;
  kind: "polynomial" | "mlp";
  degree: number; layers: number; width: number; activation: "tanh" | "relu"; dropout: number;
  l2: number; rate: number; batch: number; optimiser: FitQuestion["optimiser"]; patience: number | null;
  /** Epochs a second as a goal; 0 is as fast as it goes. */
  speed: OverfitSpeed;
  folds: number;
}
interface OverfitHistory {
  epochs: number[]; train: (number | null)[]; validation: (number | null)[]; test: (number | null)[];
}
interface OverfitRun {
  readonly phase: TrainingPhase;
  /** What the fit in view works on; null before the first. */
  readonly points: LessonPoints | null; readonly split: LessonSplit | null;
  /** What the points were drawn from, where that is known. */
  readonly truth: number[] | null;
  readonly history: OverfitHistory;
  readonly frame: FitFrame | null;
  readonly error: KindlingError | null;
  /** A link or a saved data plan: nothing is fetched before a click. */
  hold(bytes: number | null): void;
  readonly heldBytes: number | null;
  /** Sets everything up anew with the settings in force; `play` runs on, pauses, or leaves it as it is. */
  restart(play?: boolean): void;
  play(): void; pause(): void; step(): void;
  /** The points on the plot as points of one's own, drawn ones too. */
  taken(): OwnPoint[];
}
type OverfitEvent = "data" | "fitted" | "phase";
interface OverfitRoom extends Room<OverfitState> { run: OverfitRun; }

// ── uPlot, as far as web/ui/curves.js uses it ──
interface UPlotLike {
  readonly root: HTMLElement; readonly over: HTMLElement; readonly ctx: CanvasRenderingContext2D;
  readonly bbox: { left: number; top: number; width: number; height: number };
  readonly cursor: { idx?: number | null; left?: number; top?: number };
  readonly data: (number | null)[][];
  readonly scales: Record<string, { min?: number; max?: number }>;
  setData(data: (number | null)[][], resetScales?: boolean): void;
  setSize(size: { width: number; height: number }): void;
  setScale(scale: string, range: { min: number; max: number }): void;
  setCursor(place: { left: number; top: number }, fire?: boolean): void;
  valToPos(value: number, scale: string, canvas?: boolean): number;
  posToVal(place: number, scale: string): number;
  posToIdx(place: number): number;
  redraw(rebuild?: boolean, axes?: boolean): void;
  destroy(): void;
}
declare module "*/uPlot.esm.js" {
  const uPlot: { new (options: object, data: (number | null)[][], target: HTMLElement): UPlotLike };
  export default uPlot;
}
