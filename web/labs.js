// The labs that are open, in the order of the rail.

import { generateLab } from "./rooms/generate.js";
import { imagesLab } from "./rooms/images.js";
import { sentimentLab } from "./rooms/sentiment.js";

/** @type {LabDefinition<any>[]} */
export const LABS = [sentimentLab, imagesLab, generateLab];
