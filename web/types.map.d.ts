// Types of the embedding map lab.

type MapColour = "group" | "cluster" | "kept";
/** Everything a person can change in the lab. A share link carries it without own pictures and long tables. */
interface MapState extends OwnChoice {
  /** The id of an example, "text" for what stands in the field, "pictures", or "file:N" for a file of this visit. */
  source: string;
  text: string;
  /** Ids of pictures, where the source is "pictures"; and captions beside them, one a line. */
  pictures: string[]; captions: string;
  readAs: "auto" | "texts" | "numbers";
  /** Columns of a table; null is the one that looks right, −1 none. */
  textColumn: number | null; groupColumn: number | null;
  method: Projection; perplexity: number; neighbours: number; minDist: number; steps: number; seed: number;
  colour: MapColour;
  /** null is the suggested one. */
  k: number | null;
  query: string;
  /** a − b + c */
  a: string; b: string; c: string;
}
interface MapPoint { name: string; group: number | null; text: string | null; picture: Picture | null; numbers: number[] | null }
/** What a source holds, before any vectors. `links` are pairs that belong together, one of each side. */
interface MapContent {
  kind: "texts" | "pictures" | "numbers"; points: MapPoint[]; groups: string[]; links: [number, number][];
  /** Rows that could not be used, rows beyond the limit, and what was read. */
  skipped: number; cut: number; table: Table | null; columns: string[];
}
interface MapLayout { positions: Float32Array; method: Projection; answer: ProjectAnswer | null; step: number; steps: number }
interface MapWork { phase: "vectors" | "project"; done: number; total: number }
interface MapRoom extends Room<MapState> {
  readonly content: MapContent;
  /** [points × dim]; null until all are there. */
  readonly vectors: Float32Array | null;
  readonly dim: number;
  /** Vectors of length one, for cosines. */
  unit(at: number): Float32Array;
  readonly layout: MapLayout | null;
  readonly clusters: ClusterAnswer | null;
  readonly work: MapWork | null;
  /** A fault in reading the source, in words. */
  readonly fault: string;
  gallery: Gallery;
  readonly chosen: number;
  choose(at: number): void;
  readonly selected: Set<number>;
  select(points: Iterable<number>): void;
  matches(): Set<number>;
  /** Vectors of other texts, in the space of the map. */
  embed(lane: string, texts: string[]): Promise<(Float32Array | null)[]>;
  /** Takes a file, and says by which name the state knows it. */
  keepFile(name: string, text: string): string;
  fileName(source: string): string;
  run(): void; stop(): void;
}
type MapEvent = "content" | "layout" | "selected" | "clusters" | "work";

interface MapExample {
  id: string; kind: "texts" | "pictures" | "numbers"; title: Named; note: Named;
  pairs?: { group: Named; words: [string, string][] }[];
  items?: { group: Named; en: string[]; zh: string[] }[];
  texts?: { en: string[]; zh: string[] };
  table?: Named;
  set?: string; template?: Named;
}
