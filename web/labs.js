// The labs that are open, in the order of the rail.

import { imagesLab } from "./rooms/images.js";
import { sentimentLab } from "./rooms/sentiment.js";

/** @type {LabDefinition<any>[]} */
export const LABS = [sentimentLab, imagesLab];
