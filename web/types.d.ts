// Types shared by the page, the worker and the service worker. The first half
// mirrors the exports of crates/playground; keep the two in step.

type DeviceKind = "cpu" | "webgpu";
type DeviceChoice = "auto" | DeviceKind;
type DeviceReason = "ok" | "no-webgpu" | "no-adapter" | "software-adapter" | "forced" | "failed" | "wrong-numbers";

interface DeviceInfo { kind: DeviceKind; name: string }
/** A `Blob` is read in pieces, so that a file on disk never lies in memory as a whole. */
type FileBytes = Uint8Array | Blob | OpenFile;
/** A `FileSystemSyncAccessHandle`: read without a buffer between. */
interface OpenFile { getSize(): number; read(into: Uint8Array, options?: { at?: number }): number }
/** One file, or shards by their names, with the index beside them. */
type WeightBytes = FileBytes | Record<string, FileBytes>;
interface EncoderFiles {
  config: Uint8Array; tokenizer: Uint8Array; weights: WeightBytes;
  /** model.safetensors.index.json, where weights are in shards. */
  index?: Uint8Array;
  modules?: Uint8Array; pooling?: Uint8Array; sentence?: Uint8Array; storeAs?: Stored;
}
interface ModelInfo {
  architecture: string; parameters: number; dim: number; layers: number; max_tokens: number;
  vocabulary: number; pooling: string[]; normalised: boolean; dtypes: string[]; unused: string[];
}
/** Bytes of weights that were read, and of all. */
type OnProgress = (done: number, total: number) => void;
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
/** `weights`: layers × heads × tokens × tokens, the last index is the token looked at; `tokens` of `view` from the first, 128 at most. */
interface Attention { layers: number; heads: number; tokens: number; view: TokenView; weights: Float32Array }
interface Table { columns: string[]; rows: string[][]; text_column: number; label_column: number | null }
interface ClassReport {
  classes: string[]; matrix: number[][]; accuracy: number | null; balanced_accuracy: number | null;
  per_class: { precision: number | null; recall: number | null; f1: number | null; support: number }[];
}
interface ClipFiles {
  config: Uint8Array; tokenizer: Uint8Array; weights: WeightBytes; index?: Uint8Array; preprocessor?: Uint8Array; storeAs?: Stored;
}
interface ClipInfo {
  architecture: "clip" | "chinese_clip"; parameters: number; dim: number; image_size: number; patch_size: number;
  /** Text, vision. */
  layers: [number, number];
  max_tokens: number; vocabulary: number;
  /** exp(logit_scale) of the checkpoint: one over the temperature it was trained with. */
  logit_scale: number; dtypes: string[]; unused: string[];
}
interface PictureInfo { format: "png" | "jpeg" | "webp" | "gif"; width: number; height: number }
interface Crop { x: number; y: number; width: number; height: number }
interface Pixels { width: number; height: number; rgba: Uint8ClampedArray }
interface ImageAnswer extends PictureInfo {
  /** Unit length. */
  vector: Float32Array;
  /** What the model is shown, in pixels of the upright picture. */
  crop: Crop;
  thumbnail: Pixels;
  /** The model's own view, before normalising. */
  seen: Pixels;
}
interface KindlingError { kind: string; message: string; detail: unknown }

/** How a file stores matrices. */
type Stored = "f32" | "f16" | "int8";
interface Playground {
  device(): DeviceInfo;
  warm(config: Uint8Array, stored: Stored): void;
  loadEncoder(files: EncoderFiles): Promise<ModelInfo>;
  unloadEncoder(): void;
  tokens(text: string): TokenView;
  embed(texts: string[]): Promise<Float32Array>;
  loadClip(files: ClipFiles): Promise<ClipInfo>;
  unloadClip(): void;
  probePicture(bytes: Uint8Array): PictureInfo;
  embedImage(bytes: Uint8Array): Promise<ImageAnswer>;
  embedLabels(texts: string[]): Promise<Float32Array>;
  clipTokens(text: string): TokenView;
  sentiment(question: SentimentQuestion): Promise<SentimentAnswer>;
  sweep(question: SweepQuestion): Promise<SweepAnswer>;
  attention(text: string): Promise<Attention>;
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
interface Progress { phase: string; done: number; total: number; unit: "bytes" | "rows" | "pictures" | "steps" }
interface Opened { device: DeviceInfo; reason: DeviceReason; bundle: DeviceKind }
/** The models that a lab may ask for; each lab loads its own. */
type ModelName = keyof ModelInfos;
interface ModelInfos { encoder: ModelInfo; clip: ClipInfo }
interface Loaded { info: ModelInfos[ModelName]; bytes: number }
/** One row of a batch: what the table needs, without the vector. */
interface BatchRow { cosines: number[]; score: number | null; best: number; tokens: number; truncated: boolean }
interface Actions {
  /** `failed`: the graphics device was tried, and why it will not do. */
  open: { args: { device: DeviceChoice; failed?: DeviceReason }; value: Opened };
  /**
   * `files`: the visitor's own in place of the bundled ones, by their paths on a hub ("config.json", "1_Pooling/config.json",
   * "unet/diffusion_pytorch_model.safetensors", …), weights in one file or in shards with their index; what is not known is passed over.
   * `storeAs`: what matrices become on the device; without it, what they are in the file.
   */
  load: { args: { model: ModelName; files?: Record<string, Blob>; storeAs?: Stored }; value: Loaded };
  tokens: { args: { text: string }; value: TokenView };
  embed: { args: { texts: string[] }; value: Float32Array };
  sentiment: { args: { question: SentimentQuestion }; value: SentimentAnswer };
  sweep: { args: { question: SweepQuestion }; value: SweepAnswer };
  attention: { args: { text: string }; value: Attention };
  batch: { args: SentimentQuestion; value: { prompts: string[]; rows: BatchRow[] } };
  embedImage: { args: { bytes: Uint8Array }; value: ImageAnswer };
  embedLabels: { args: { texts: string[] }; value: Float32Array };
  clipTokens: { args: { text: string }; value: TokenView };
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
interface ModelStatus<Info> {
  phase: SessionPhase; info: Info | null; bytes: number; progress: Progress | null; error: KindlingError | null;
  /** Key of the visitor's own model; "" for the one that comes with the page. */
  own: string;
  /** Key of one whose files are gone: the bundled model stands in for it. */
  instead: string;
}
/** `phase` is the device's and the program's; each model has its own, and is ready only while they are. */
interface SessionStatus {
  phase: SessionPhase; choice: DeviceChoice; opened: Opened | null; error: KindlingError | null;
  models: { [Name in ModelName]: ModelStatus<ModelInfos[Name]> };
}
interface RequestOptions { signal?: AbortSignal; onProgress?: (progress: Progress) => void; transfer?: Transferable[]; asked?: number }
/** A worker that was set to open a device and load a model before the page was there; `ids` are those questions' numbers. */
interface EarlyWorker {
  worker: Worker; choice: DeviceChoice; model: ModelName; ids: { open: number; load: number };
  /** What it has said so far, to be heard now; from here on somebody else listens. */
  handOver(): ["message" | "error" | "messageerror", any][];
}
interface Session {
  request<A extends keyof Actions>(action: A, args: Actions[A]["args"], options?: RequestOptions): Promise<Actions[A]["value"]>;
  /** Starts anew on a device, with every model that was asked for before and `model`. */
  /** `failed`: the graphics device was tried, and why it will not do: the CPU it is, whatever was chosen. */
  open(choice: DeviceChoice, model?: ModelName, failed?: DeviceReason): void;
  /** Loads a model on the device in use, opening `choice` first where there is none. `own`: the visitor's own one by its key, "" the bundled one, absent whichever is in use. `again`: also if it was gone when last asked for. */
  load(model: ModelName, choice: DeviceChoice, own?: string, again?: boolean): void;
  cancel(model: ModelName): void;
  readonly status: SessionStatus;
}

// ── page ──
type Lang = "en" | "zh";
interface Ends { pos: string; neg: string; template: string }
type Mode = "ends" | "labels";
/** Everything a person can change in the sentiment lab; a share link carries exactly this. */
interface SentimentState extends Ends, OwnChoice {
  text: string; mode: Mode; labels: string[]; pairEn: string; pairZh: string;
  /** Lines or CSV for the batch, where they were typed or pasted and are short enough. */
  batch: string;
}
type Across = "labels" | "pictures";
/** Everything a person can change in the image–text lab. A share link carries it without the pictures. */
interface ImagesState extends OwnChoice {
  /** Ids of the pictures in their order; those of a sample set are `sample:<set>/<file>`. */
  pictures: string[];
  labels: string[]; template: string;
  /** null is the model's own. */
  temperature: number | null;
  view: "cosine" | "share";
  /** What a share adds up over. */
  across: Across;
  /** "added", "closest", "name", or "label:…" for one label's column. */
  sort: string;
  /** Labels down, pictures across; null follows the width of the page. */
  turned: boolean | null;
  query: string;
}
interface Store<State> {
  readonly state: State;
  /** `group` names the field that is typed into; `quiet` changes leave no step to undo. */
  set(patch: Partial<State>, options?: { group?: string; quiet?: boolean }): void;
  undo(): void; redo(): void;
  readonly canUndo: boolean; readonly canRedo: boolean;
  onChange(listener: (changed: Set<keyof State>, source: "edit" | "history" | "load") => void): void;
}
/** What every section of a lab is given. */
interface Room<State> {
  session: Session; store: Store<State>;
  /** Whether the lab's model answers. */
  readonly ready: boolean;
  /** Runs a question that only the newest call of `lane` may answer. */
  latest<A extends keyof Actions>(lane: string, action: A, args: Actions[A]["args"], options?: RequestOptions): Promise<Actions[A]["value"] | null>;
  emit(event: RoomEvent): void;
  on(event: RoomEvent, listener: () => void): void;
}
interface SentimentRoom extends Room<SentimentState> {
  /** The meter's half width, shared by every bar so that lengths can be compared. */
  span: number;
  widen(score: number): void;
  onSpan(listener: () => void): void;
  live: { answer: SentimentAnswer | null; tokens: TokenView | null; millis: number };
}
/** A sample has a name in each language; a person's own file has one name, whatever the language. */
interface Named { en: string; zh: string }
interface PictureSource { id?: string; name: Named; bytes: number; read(): Promise<Uint8Array<ArrayBuffer>> }
interface Picture extends Omit<PictureSource, "id"> {
  id: string; phase: "waiting" | "done" | "failed"; error: KindlingError | null;
  answer: ImageAnswer | null;
  /** The whole picture, small, painted from what Rust decoded. */
  face: HTMLCanvasElement | null;
  /** Key of the model that looked at it. */
  by: string;
}
/** The pictures of the lab: computed one after the other, kept for as long as the page is open. */
interface Gallery {
  get(id: string): Picture | undefined;
  /** Those that are on the page and done, in their order. */
  shown(): Picture[];
  waiting(): Picture[]; failed(): Picture[];
  readonly running: { done: number; total: number; startMillis: number } | null;
  readonly cancelled: boolean;
  /** Makes pictures known without showing them, and says their ids. */
  know(sources: PictureSource[]): string[];
  retry(id: string): void;
  /** Whether the worker broke at one of the pictures since this was last asked. */
  recovered(): boolean;
  go(): void; cancel(): void;
}
interface SimilarityTable { pictures: Picture[]; labels: string[]; cosines: (number | null)[][]; shares: (number | null)[][]; best: number[] }
interface ImagesRoom extends Room<ImagesState> {
  gallery: Gallery;
  readonly chosen: Picture | null;
  choose(id: string): void;
  /** What the labels become in the template. */
  prompt(label: string): string;
  vectorOf(prompt: string): Float32Array | null;
  /** Vectors of texts, from memory where they are known; null where the question was cancelled or failed. */
  embed(lane: string, prompts: string[]): Promise<(Float32Array | null)[]>;
  /** One over the temperature. */
  scale(): number;
  table(): SimilarityTable;
}
interface SampleSet {
  id: string; title: Named; licence: string; pictures: ({ file: string } & Named)[];
  labels: { en: string[]; zh: string[] }; template?: Named;
}
type RoomEvent = "answer" | "scored" | "failed" | "ready" | "waiting" | "language" | "run" | "cancel" | "theme" | "visit" | "leave" | "pictures" | "chosen" | "vectors" | "matrix" | GenerateEvent | OverfitEvent | MapEvent | DigitsEvent | ModelsEvent;

/** Reads one parameter of a share link, clamped; null where the link lacks it. */
type TakeParameter = (name: string, limit: number) => string | null;
/** Writes one parameter, cut to its limit. */
type PutParameter = (name: string, value: string, limit: number) => void;
type ShareNotice = "clamped" | "version" | "lab" | "noPictures" | "noBatch" | "noPoints" | "noTexts" | "noDigits" | "noModel";
interface ShareCodec<State> {
  write(state: State, put: PutParameter, leftOut: (what: ShareNotice) => void): void;
  read(take: TakeParameter, params: URLSearchParams, note: (notice: ShareNotice) => void): Partial<State>;
  /** A draft of an earlier visit, which nobody vouches for either. */
  readDraft(draft: Record<string, unknown>): Partial<State>;
}
/** How a lab without a model begins: `byLink` draws but runs nothing by itself, `bytes` is what would have to be fetched first and must be asked for. */
interface LabStart { byLink: boolean; bytes: number | null }
/** A lab as main.js knows it. */
interface LabDefinition<State> {
  id: string;
  /** null: it loads no model, trains its own with the lessons' program, and says in `runs` what that is. */
  model: ModelName | null;
  /** Neither loads nor trains one: it is about the page itself, and fills its own status line. */
  plain?: boolean;
  codec: ShareCodec<State>;
  runs?(state: State): string;
  title(): string;
  fresh(lang: Lang): State;
  translated(state: State, lang: Lang): Partial<State>;
  mount(element: HTMLElement, session: Session, store: Store<State>, options: { onError: (error: KindlingError) => void; useCpu?: () => void }): { room: Room<State>; refresh(): void; start?(how: LabStart): void };
}

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
