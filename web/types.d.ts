// Types shared by the page, the worker and the service worker. The first half
// mirrors the exports of crates/playground; keep the two in step.

type DeviceKind = "cpu" | "webgpu";
type DeviceChoice = "auto" | DeviceKind;
type DeviceReason = "ok" | "no-webgpu" | "no-adapter" | "software-adapter" | "forced" | "failed";

interface DeviceInfo { kind: DeviceKind; name: string }
interface EncoderFiles {
  config: Uint8Array; tokenizer: Uint8Array; weights: Uint8Array;
  modules?: Uint8Array; pooling?: Uint8Array;
}
interface ModelInfo {
  architecture: string; parameters: number; dim: number; layers: number; max_tokens: number;
  vocabulary: number; pooling: "mean" | "cls"; normalised: boolean; dtypes: string[]; unused: string[];
}
/** start and end are UTF-16 offsets in the text. */
interface Token {
  id: number; piece: string; text: string; special: boolean; unknown: boolean;
  word_start: boolean; start: number; end: number;
}
interface Grapheme { text: string; start: number; end: number; tokens: number[] }
interface TokenView { tokens: Token[]; graphemes: Grapheme[]; total: number; kept: number; truncated: boolean }
interface SentimentQuestion { texts: string[]; labels: string[]; template: string }
interface SentimentRow {
  cosines: number[]; score: number | null; best: number; vector: number[]; tokens: number; truncated: boolean;
}
interface SentimentAnswer { prompts: string[]; dim: number; label_vectors: number[][]; rows: SentimentRow[] }
interface Wording { positive: string; negative: string; template: string }
interface SweepQuestion { texts: string[]; wordings: Wording[] }
interface SweepAnswer { rows: { scores: number[] }[] }
interface Table { columns: string[]; rows: string[][]; text_column: number; label_column: number | null }
interface ClassReport {
  classes: string[]; matrix: number[][]; accuracy: number | null; balanced_accuracy: number | null;
  per_class: { precision: number | null; recall: number | null; f1: number | null; support: number }[];
}
interface KindlingError { kind: string; message: string; detail: unknown }

interface Playground {
  device(): DeviceInfo;
  loadEncoder(files: EncoderFiles): Promise<ModelInfo>;
  unloadEncoder(): void;
  tokens(text: string): TokenView;
  embed(texts: string[]): Promise<Float32Array>;
  sentiment(question: SentimentQuestion): Promise<SentimentAnswer>;
  sweep(question: SweepQuestion): Promise<SweepAnswer>;
  readTable(text: string): Table;
  evaluate(truth: string[], predicted: string[]): ClassReport;
  writeTable(columns: string[], rows: string[][]): string;
}
interface PlaygroundModule {
  default(input: { module_or_path: WebAssembly.Module | BufferSource | Response }): Promise<unknown>;
  Playground: { open(device: DeviceKind): Promise<Playground> };
  [name: string]: unknown;
}

// ── worker protocol ──
interface Progress { phase: string; done: number; total: number; unit: "bytes" | "rows" | "steps" }
interface Opened { device: DeviceInfo; reason: DeviceReason; bundle: DeviceKind; model: ModelInfo; bytes: number }
/** One row of a batch: what the table needs, without the vector. */
interface BatchRow { cosines: number[]; score: number | null; best: number; tokens: number; truncated: boolean }
interface Actions {
  open: { args: { device: DeviceChoice }; value: Opened };
  tokens: { args: { text: string }; value: TokenView };
  embed: { args: { texts: string[] }; value: Float32Array };
  sentiment: { args: { question: SentimentQuestion }; value: SentimentAnswer };
  sweep: { args: { question: SweepQuestion }; value: SweepAnswer };
  batch: { args: SentimentQuestion; value: { prompts: string[]; rows: BatchRow[] } };
  readTable: { args: { text: string }; value: Table };
  evaluate: { args: { truth: string[]; predicted: string[] }; value: ClassReport };
  writeTable: { args: { columns: string[]; rows: string[][] }; value: string };
  unload: { args: {}; value: null };
  panic: { args: {}; value: null };
}
type ToWorker = { id: number; action: keyof Actions; args: any } | { cancel: number };
type FromWorker =
  | { id: number; value: any }
  | { id: number; error: KindlingError }
  | { id: number; progress: Progress };

// ── session ──
type SessionPhase = "idle" | "opening" | "ready" | "failed";
interface SessionStatus {
  phase: SessionPhase; choice: DeviceChoice; opened: Opened | null;
  progress: Progress | null; startedMillis: number; error: KindlingError | null;
}
interface RequestOptions { signal?: AbortSignal; onProgress?: (progress: Progress) => void }
interface Session {
  request<A extends keyof Actions>(action: A, args: Actions[A]["args"], options?: RequestOptions): Promise<Actions[A]["value"]>;
  open(choice: DeviceChoice): Promise<Opened>;
  cancelOpen(): void;
  restart(): Promise<Opened>;
  readonly status: SessionStatus;
}

// ── page ──
type Lang = "en" | "zh";
interface Ends { pos: string; neg: string; template: string }
type Mode = "ends" | "labels";
/** Everything a person can change in the sentiment lab; a share link carries exactly this. */
interface LabState extends Ends {
  text: string; mode: Mode; labels: string[]; pairEn: string; pairZh: string;
}
interface Store {
  readonly state: LabState;
  set(patch: Partial<LabState>, options?: { group?: string }): void;
  undo(): void; redo(): void;
  readonly canUndo: boolean; readonly canRedo: boolean;
  onChange(listener: (changed: Set<keyof LabState>, source: "edit" | "history" | "load") => void): void;
}
/** What every section of a room is given. */
interface Room {
  session: Session; store: Store;
  /** The meter's half width, shared by every bar so that lengths can be compared. */
  span: number;
  widen(score: number): void;
  onSpan(listener: () => void): void;
  /** Runs a question that only the newest call of `lane` may answer. */
  latest<A extends keyof Actions>(lane: string, action: A, args: Actions[A]["args"], options?: RequestOptions): Promise<Actions[A]["value"] | null>;
  live: { answer: SentimentAnswer | null; tokens: TokenView | null; millis: number };
  emit(event: RoomEvent): void;
  on(event: RoomEvent, listener: () => void): void;
}
type RoomEvent = "answer" | "scored" | "failed" | "ready" | "language" | "run" | "cancel" | "theme";

// ── WebGPU, as far as the worker asks about it ──
interface AdapterInfo { vendor?: string; architecture?: string; device?: string; description?: string; isFallbackAdapter?: boolean }
interface Adapter { info?: AdapterInfo; isFallbackAdapter?: boolean }
interface WorkerNavigator2 { gpu?: { requestAdapter(options?: object): Promise<Adapter | null> } }

interface TrustedTypesLike {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}
interface Window { trustedTypes?: TrustedTypesLike }

// ── precache.json ──
interface PrecacheFile { url: string; bytes: number; sha256: string }
interface Precache { version: string; files: PrecacheFile[] }
