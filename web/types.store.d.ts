// Models that the visitor brings: where they come from, what of them is needed, and how they are kept. The page talks to
// web/store-worker.js through web/store/client.js.

/** `revision` of a hub's source is what was asked for; in a plan it is the commit it was resolved to. */
type StoreSource =
  | { kind: "hub"; base: string; id: string; revision?: string }
  | { kind: "http"; base: string }
  | { kind: "folder"; name: string }
  | { kind: "kit"; name: string };
type StoreKind = "encoder" | "clip" | "text2image";
/** disk: origin-private file system. cache: Cache API. memory: gone with this visit, which the page must say. */
type StorePlace = "disk" | "cache" | "memory";

interface PlanFile {
  /** As the model's loader knows it, without the name of a variant. */
  path: string;
  /** As the source knows it. */
  remote: string;
  bytes: number;
  /** Hex, where the source says it. */
  sha256?: string;
  /** SHA-256 of each 4 MiB, where the source says them (our own manifest). */
  chunks?: string[];
}
interface PlanVariant {
  /** "default", "fp16", … as the files are named. */
  name: string;
  /** Of the weights: as names and configuration promise, and once they are here, what most of their bytes are. */
  dtype: "f32" | "f16" | "bf16" | "int8" | "unknown";
  files: PlanFile[];
  bytes: number;
  /** Of that, safetensors. */
  weightBytes: number;
}
interface ModelPlan {
  /** Names the model in the store, the variant apart. */
  id: string;
  title: string;
  /** Pinned. */
  source: StoreSource;
  kind: StoreKind;
  /** `model_type`, or `_class_name` as diffusers writes it. */
  architecture: string;
  variants: PlanVariant[];
  /** Index of the one for this device. */
  recommended: number;
  /** Names of variants that are here already, whole. */
  stored: string[];
  /** What may be written before the quota is reached; null where nobody knows. */
  room: number | null;
}
interface StoreProgress {
  /** "wait": between two tries; "watch": another tab downloads. */
  phase: "list" | "fetch" | "wait" | "watch" | "check" | "store" | "pack";
  id: string;
  /** Bytes of the whole model. */
  done: number; total: number;
  /** Bytes a second over the last seconds, and seconds left; null until known. */
  rate: number | null; secondsLeft: number | null;
  file: string;
  place: StorePlace;
  /** With place "memory": why it is not on disk. */
  placeReason?: StorePlaceReason;
  /** With "wait": what went wrong, and the try that comes. */
  problem?: KindlingError; attempt?: number;
}
type StorePlaceReason = "private" | "unsupported" | "quota";
/** whole: all files, verified when they came. part: can go on. evicted: known, its files gone. damaged: a file is not what it was. */
type StoredState = "whole" | "part" | "evicted" | "damaged";
interface StoredModel {
  id: string;
  title: string;
  source: StoreSource;
  kind: StoreKind;
  architecture: string;
  variant: string;
  bytes: number;
  /** Of these, here. */
  held: number;
  state: StoredState;
  place: StorePlace;
  placeReason?: StorePlaceReason;
  files: { path: string; bytes: number; sha256: string | null }[];
  /** Milliseconds since 1970. */
  savedAt: number; verifiedAt: number | null;
  /** Whether fetch(model.plan, …) can get what is missing. */
  refetchable: boolean;
  /** Only the variant that is stored. */
  plan: ModelPlan;
  /** A download is under way, in this tab or another. */
  busy: boolean;
}
interface BadChunk { path: string; chunk: number; expected: string; found: string | null }
interface StoreUsage { used: number; quota: number; models: number; persisted: boolean | null; place: StorePlace; placeReason?: StorePlaceReason }
interface StoreOptions { signal?: AbortSignal; onProgress?: (progress: StoreProgress) => void }
/** What the choice of a variant goes by. */
interface StoreDevice { f16: boolean; maxWeightBytes?: number }

/**
 * Errors are KindlingError. `kind`, and what `detail` says:
 * - cancelled
 * - address: reason "empty" | "form" | "insecure"
 * - network: reason "offline" | "unreachable" (no answer, or no CORS) | "status" | "stalled" | "cut" | "list"; url, file, status
 * - not-found: what "model" | "file"; id or file. gated: id
 * - not-a-model: file (a page, or a wrong size); expected, found where they are sizes
 * - checksum: file, expected, found, and chunk where it is known; sources: how many were tried
 * - changed: file (another length or tag than when it began, again and again)
 * - refused: reason "no-config" | "bad-config" | "architecture" | "no-safetensors" | "no-tokenizer" | "no-index" | "no-weights" | "too-many" | "several"; found, known, file
 * - quota: used, quota, needed (only where memory does not do either)
 * - missing: id. evicted: id. damaged: id, bad: BadChunk[]. busy: id
 * - kit: reason "not-a-zip" | "compressed" | "encrypted" | "empty" | "cut"; file
 */
interface ModelStore {
  /** What it is, which files, how large: nothing large is fetched. */
  plan(source: StoreSource, options?: { signal?: AbortSignal; device?: StoreDevice }): Promise<ModelPlan>;
  /** Goes on where an earlier one stopped. Where another tab is at it, watches, and takes over when that one goes away. `mirrors` are tried in turn for the same files; a connection on which nothing comes for `idleMillis` is given up. */
  fetch(plan: ModelPlan, options?: StoreOptions & { variant?: string; mirrors?: StoreSource[]; idleMillis?: number }): Promise<StoredModel>;
  /** Calls off a download, in whichever tab it runs. What is here stays. */
  cancel(id: string): void;
  list(): Promise<StoredModel[]>;
  /** All hashes again. */
  verify(id: string, options?: StoreOptions): Promise<{ passed: boolean; bad: BadChunk[] }>;
  remove(id: string): Promise<void>;
  /** Only a whole model, checked chunk by chunk unless `check` is false. Blobs lie where they are stored; any worker can read them. Those with weights come as handles too, where they lie on the disk. Paths are those of the loader. */
  open(id: string, options?: StoreOptions & { check?: boolean }): Promise<{ model: StoredModel; files: Record<string, Blob>; handles: Record<string, FileSystemFileHandle> }>;
  /** Plans first, from names and small files; then copies. */
  importFolder(folder: FileSystemDirectoryHandle | File[], options?: StoreOptions & { name?: string; device?: StoreDevice }): Promise<StoredModel>;
  /** A zip that importKit takes, written where the visitor says, or as a Blob. */
  exportKit(ids: string[], options?: StoreOptions & { to?: FileSystemFileHandle }): Promise<Blob | null>;
  importKit(zip: Blob, options?: StoreOptions & { name?: string }): Promise<StoredModel[]>;
  usage(): Promise<StoreUsage>;
  /** Asks the browser not to evict; once, whatever it says. */
  persist(): Promise<boolean | null>;
  /** After anything changed, in any tab. Returns how to stop listening. */
  onChange(listener: () => void): () => void;
}

// ── the page and its worker ──
type StoreAction = "plan" | "fetch" | "list" | "verify" | "remove" | "open" | "importFolder" | "exportKit" | "importKit" | "usage";
type ToStore = { id: number; action: StoreAction; args: any } | { abort: number } | { cancel: string };
type FromStore = { id: number; value: any } | { id: number; error: KindlingError } | { id: number; progress: StoreProgress } | { changed: true };

// ── libraries from npm, as far as web/store uses them ──
interface Sha256Hasher { init(): Sha256Hasher; update(bytes: Uint8Array): Sha256Hasher; digest(): string }
declare module "*/sha256.umd.min.js" {}
declare module "*/client-zip.js" {
  export function makeZip(files: AsyncIterable<{ name: string; input: Blob | string; lastModified?: Date; size?: number | bigint }>, options?: object): ReadableStream<Uint8Array>;
  export function predictLength(files: Iterable<{ name: string; size?: number | bigint; input?: Blob | string }>): bigint;
}
