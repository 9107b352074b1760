// The labs that are open, in the order of the rail. The first is what most people see first; the
// others' code comes down when it is wanted, or once the first lab answers.

import { sentimentLab } from "./rooms/sentiment.js";

/** @type {{id: string, model: ModelName | null, fetch: () => Promise<LabDefinition<any>>}[]} */
export const LABS = [
  { id: sentimentLab.id, model: sentimentLab.model, fetch: async () => sentimentLab },
  { id: "images", model: "clip", fetch: async () => (await import("./rooms/images.js")).imagesLab },
  { id: "generate", model: "text2image", fetch: async () => (await import("./rooms/generate.js")).generateLab },
  { id: "overfit", model: null, fetch: async () => (await import("./rooms/overfit.js")).overfitLab },
  { id: "map", model: "encoder", fetch: async () => (await import("./rooms/map.js")).mapLab },
  { id: "digits", model: null, fetch: async () => (await import("./rooms/digits.js")).digitsLab },
  { id: "models", model: null, fetch: async () => (await import("./rooms/models.js")).modelsLab },
];
