// Types of the models room, and of a visitor's own model in a lab.

/** What the room's link holds: an address that somebody may look up. Nothing is looked up by itself. */
interface ModelsState { address: string }
/** In every lab whose model may be the visitor's own: its key, "" for the bundled one. */
interface OwnChoice { model: string }
type ModelsEvent = "plan" | "variant" | "transfers" | "transfer" | "stored" | "not-a-model";
/** Labs that a model of each kind can be used in. */
type OwnLab = "sentiment" | "map" | "images" | "generate";

/** What a self-check found: the same small input on the device and on the CPU. */
interface SelfCheckStage { name: string; difference: number }
interface SelfCheck {
  stages: SelfCheckStage[]; tolerance: number; passed: boolean; millis: number;
  /** Stages that were not compared, their copy being too large for the CPU. */
  left_out: string[];
}

/** A model as the worker is given it. A file that has a handle is read through that, if the browser lets it. */
interface OwnFiles { files: Record<string, Blob>; handles?: Record<string, FileSystemFileHandle>; storeAs?: Stored }
interface Actions {
  /** A loaded model against a copy on the CPU; `files` are the visitor's own, where it is theirs. */
  selfCheck: { args: { model: ModelName } & Partial<OwnFiles>; value: SelfCheck };
}
/** Of a text-to-image model the U-Net's. */
type CheckedFiles = Pick<EncoderFiles, "weights" | "index" | "storeAs">;
interface Playground { selfCheck(model: ModelName, files: CheckedFiles): Promise<SelfCheck> }
/** The visitor's own models, as the whole page knows them. */
interface OwnModels {
  /** Those that are known, newest first; empty until `load`. */
  readonly list: StoredModel[];
  readonly loaded: boolean;
  /** Asks the store for the first time; later calls wait for the same answer. */
  load(): Promise<void>;
  refresh(): Promise<void>;
  store(): Promise<ModelStore>;
  /** By the key that a lab's state holds. */
  find(key: string): StoredModel | undefined;
  /** Its files; an error of kind "missing", "evicted" or "damaged" where they are not here. */
  open(key: string, options?: StoreOptions & { check?: boolean }): Promise<OwnFiles>;
  /** What its matrices become on the device; undefined: what they are in the file. */
  storeAs(key: string): Stored | undefined;
  setStoreAs(key: string, as: Stored | undefined): void;
  onChange(listener: () => void): void;
  /** Opens a lab with a model; main.js does it. */
  use(lab: OwnLab, key: string): void;
  onUse(handler: (lab: OwnLab, key: string) => void): void;
  /** A loaded model is loaded anew in the other precision. */
  changedPrecision(key: string): void;
  onPrecision(handler: (key: string) => void): void;
  /** Deleted by hand, in this tab. */
  removed(key: string): void;
  onRemoved(handler: (key: string) => void): void;
}

/** A download that this tab shows. */
interface Transfer {
  id: string; title: string; plan: ModelPlan | null; variant: string;
  phase: "running" | "failed"; what: "fetch" | "folder" | "kit" | "verify" | "pack";
  progress: StoreProgress | null; error: KindlingError | null; controller: AbortController;
}
/** What the parts of the models room share. */
interface ModelsRoom extends Room<ModelsState> {
  readonly plan: ModelPlan | null;
  readonly variant: number;
  setVariant(at: number): void;
  readonly planning: boolean;
  /** Why the last look failed. */
  readonly fault: KindlingError | null;
  look(): Promise<void>;
  dismiss(): void;
  readonly transfers: Transfer[];
  download(plan: ModelPlan, variant?: string): Promise<void>;
  addFolder(folder: FileSystemDirectoryHandle | File[], name: string): Promise<void>;
  addKit(zip: Blob, name: string): Promise<void>;
  verify(model: StoredModel): Promise<void>;
  pack(models: StoredModel[]): Promise<void>;
  remove(model: StoredModel): Promise<void>;
  stop(transfer: Transfer): void;
  clear(transfer: Transfer): void;
  readonly usage: StoreUsage | null;
  /** Asks the browser not to throw away what is stored; `byHand` also says what it answered. */
  keep(byHand?: boolean): Promise<void>;
  /** The list and the room, asked anew. */
  refresh(): Promise<void>;
  /** What the last request to keep was answered. */
  readonly refusedToKeep: boolean;
}
