// The page's hand-written types and the generated ones must say the same. Compiled, never run.
/// <reference path="../../web/types.d.ts" />

import type { Playground as Generated } from "../../.cache/bundles/wasm/cpu/playground.js";
import type { Playground as Gpu } from "../../.cache/bundles/wasm/webgpu/playground.js";

export const asThePageSees = (built: Generated): Playground => built;
export const bothBundlesAlike = (built: Gpu): Generated => built;
