// Types of the digits lab. What its program takes and gives is in types.lessons.d.ts.

type DigitNet = "none" | "mlp" | "cnn";
type DigitSpeed = 1 | 5 | 20 | 0;
/** Everything a person can change in the digits lab. A share link carries it without files of one's own. */
interface DigitsState {
  /** How far the pen varies, 0 … 1; and how many digits are learned from. */
  variety: number; train: number; seed: number;
  /** Whether starting again keeps the seed. */
  locked: boolean;
  /** Digits of one's own in place of drawn ones: their number in the run's memory, which no link carries. */
  own: number | null;
  net: DigitNet; layers: number; width: number; filters: number; dropout: number;
  l2: number; rate: number; batch: number; optimiser: FitQuestion["optimiser"]; patience: number | null;
  /** Epochs a second as a goal; 0 is as fast as it goes. */
  speed: DigitSpeed;
  /** What lies on the pad: strokes as x, y, x, y … in 0 … 255, or an example (its place in the test part), moved by so many pixels. */
  strokes: number[][]; example: number | null; dx: number; dy: number;
  /** Whether what lies on the pad is centred before it is read, as every digit was that is learned from. */
  centred: boolean;
}
interface DigitsHistory {
  epochs: number[];
  loss: Record<PartName, (number | null)[]>;
  accuracy: Record<PartName, (number | null)[]>;
}
/** Digits of one's own: read in this visit, and never sent anywhere. */
interface OwnDigits { id: number; name: string; pictures: ReadPictures }
interface DigitsRun {
  readonly phase: TrainingPhase;
  /** Only the pictures that are in use, part after part, and where each part lies in them; null before the first. */
  readonly pictures: Pictures | null; readonly split: LessonSplit | null;
  readonly history: DigitsHistory;
  readonly frame: PictureFrame | null;
  readonly error: KindlingError | null;
  hold(bytes: number | null): void;
  readonly heldBytes: number | null;
  /** Sets everything up anew with the settings in force; `play` runs on, pauses, or leaves it as it is. */
  restart(play?: boolean): void;
  play(): void; pause(): void; step(what: "step" | "epoch"): void;
  /** Keeps digits of one's own for this visit, and says their number. */
  keep(name: string, pictures: ReadPictures): number;
  ownNow(): OwnDigits | null;
  /** Pixels (784) and label of one of the test part; null where there is none. */
  testPicture(place: number): { pixels: Uint8Array; label: number } | null;
}
/** What lies on the pad, as the network is given it, and what it makes of that. */
interface DigitsPad {
  /** 784 pixels; null where the pad is empty. */
  readonly seen: Uint8Array | null;
  readonly reading: PictureReading | null;
  /** The label, where an example lies there. */
  readonly label: number | null;
}
/** Cells of the matrix that are looked into: truth and answer, null for all of a row or a column. */
interface DigitsCell { truth: number | null; said: number | null }
type DigitsEvent = "read" | "cell";
interface DigitsRoom extends Room<DigitsState> {
  run: DigitsRun; pad: DigitsPad;
  readonly cell: DigitsCell | null;
  /** Looks into a cell; null closes it. */
  openCell(cell: DigitsCell | null): void;
}
