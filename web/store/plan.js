// From a listing to what would be fetched: which kind of model it is, which of its files it needs, in which variants, how large.

import { failure } from "../worker/download.js";
import { isPlainPath, sourceId } from "./address.js";
import { parseJson } from "./listing.js";

/** @typedef {import("./listing.js").Listing} Listing */

const ENCODERS = ["bert", "roberta", "xlm-roberta", "distilbert"];
const TOWERS = ["clip", "chinese_clip"];
const PARTS = ["unet", "vae", "text_encoder"];
/** What each part of a pipeline may be. @type {Record<string, string[]>} */
const CLASSES = { unet: ["UNet2DConditionModel"], vae: ["AutoencoderKL", "AutoencoderTiny"], text_encoder: ["CLIPTextModel"] };
const KNOWN = [...ENCODERS, ...TOWERS, "StableDiffusionPipeline"];
const OPTIONAL = {
  encoder: ["modules.json", "1_Pooling/config.json", "sentence_bert_config.json", "config_sentence_transformers.json", "tokenizer_config.json", "special_tokens_map.json"],
  clip: ["preprocessor_config.json", "tokenizer_config.json", "special_tokens_map.json"],
};
/** Weights that are there but not for us. */
const OTHERS = ["2_Dense/pytorch_model.bin", "pytorch_model.bin", "pytorch_model.bin.index.json", "model.onnx", "onnx/model.onnx", "tf_model.h5", "flax_model.msgpack", "unet/diffusion_pytorch_model.bin", "unet/model.onnx"];
const MAX_SHARDS = 200;
/** Above this the smaller variant is the better advice even for a device that could hold the larger. */
const LARGE_BYTES = 1_500_000_000;

/** @param {Listing} listing @param {StoreDevice} [device] @returns {Promise<ModelPlan>} */
export async function planModel(listing, device = { f16: false }) {
  const pipeline = await listing.text("model_index.json");
  const { kind, architecture, variants } = pipeline ? await planPipeline(listing, parseJson(pipeline, "model_index.json")) : await planSingle(listing);
  const { source } = listing;
  return {
    id: sourceId(source),
    title: source.kind === "hub" ? source.id : source.kind === "http" ? decodeURI(source.base.split("/").slice(-2)[0]) : source.name,
    source, kind, architecture, variants,
    recommended: recommend(variants, device),
    stored: [], room: null,
  };
}

/** @param {string} reason @param {object} detail */
const refuse = (reason, detail) => failure("refused", `refused: ${reason}`, { reason, ...detail });

/** @param {Listing} listing */
async function planSingle(listing) {
  const text = await listing.text("config.json");
  if (text === null) throw refuse("no-config", { file: "config.json" });
  const config = parseJson(text, "config.json");
  const architecture = config.model_type ?? config._class_name;
  if (typeof architecture !== "string") throw refuse("bad-config", { file: "config.json", field: "model_type" });
  const kind = ENCODERS.includes(architecture) ? "encoder" : TOWERS.includes(architecture) ? "clip" : null;
  if (!kind) throw refuse("architecture", { found: architecture, known: KNOWN });
  const small = await required(listing, ["config.json"]);
  small.push(...(await tokenizer(listing, "")), ...(await optional(listing, OPTIONAL[kind])));
  if (kind === "encoder") small.push(...(await denseModules(listing)));
  const stems = await weightsOf(listing, "", "model");
  if (!stems.length) throw await noWeights(listing, "model.safetensors");
  const usual = dtypeOf(config.torch_dtype ?? config.dtype);
  return { kind: /** @type {StoreKind} */ (kind), architecture, variants: stems.map(({ name, files }) => variant(name, usual, small, files)) };
}

/** What a sentence encoder has after its pooling: small linear layers in folders of their own. @param {Listing} listing */
async function denseModules(listing) {
  const text = await listing.text("modules.json");
  const modules = text === null ? [] : parseJson(text, "modules.json");
  const dense = Array.isArray(modules) ? modules.filter((one) => typeof one?.type === "string" && one.type.endsWith(".Dense")) : [];
  const files = await Promise.all(dense.map(async ({ path }) => {
    if (typeof path !== "string" || path.includes("/") || !isPlainPath(path)) throw refuse("bad-config", { file: "modules.json", field: "path" });
    const weights = await file(listing, `${path}/model.safetensors`);
    if (!weights) throw await noWeights(listing, `${path}/model.safetensors`);
    return [...(await required(listing, [`${path}/config.json`])), weights];
  }));
  return files.flat();
}

/** The tokenizer in one file, or else the vocabulary that it can be built of. @param {Listing} listing @param {string} folder */
async function tokenizer(listing, folder) {
  for (const names of [["tokenizer.json"], ["vocab.txt"], ["vocab.json", "merges.txt"]]) {
    const found = await optional(listing, names.map((name) => folder + name));
    if (found.length === names.length) return found;
  }
  throw refuse("no-tokenizer", { file: `${folder}tokenizer.json` });
}

/** @param {Listing} listing @param {any} index */
async function planPipeline(listing, index) {
  const architecture = typeof index._class_name === "string" ? index._class_name : "unknown";
  const fits = PARTS.every((part) => CLASSES[part].includes(index[part]?.[1])) && !index.text_encoder_2?.[1] && !index.transformer;
  if (!fits) throw refuse("architecture", { found: architecture, known: KNOWN });
  const parts = index.controlnet?.[1] === "ControlNetModel" ? [...PARTS, "controlnet"] : PARTS;
  const small = await required(listing, ["model_index.json", "scheduler/scheduler_config.json", ...parts.map((part) => `${part}/config.json`)]);
  small.push(...(await tokenizer(listing, "tokenizer/")));
  small.push(...(await optional(listing, ["tokenizer/tokenizer_config.json", "tokenizer/special_tokens_map.json"])));
  const found = await Promise.all(parts.map(async (part) => {
    const stem = part === "text_encoder" ? "model" : "diffusion_pytorch_model";
    const stems = await weightsOf(listing, `${part}/`, stem);
    if (!stems.length) throw await noWeights(listing, `${part}/${stem}.safetensors`);
    return stems;
  }));
  // A part without the variant goes as it is, which is how diffusers' own repositories are laid out.
  const names = [...new Set(found.flat().map(({ name }) => name))];
  const variants = names.map((name) => variant(name, "unknown", small, found.flatMap((stems) => (stems.find((one) => one.name === name) ?? stems[0]).files)));
  return { kind: /** @type {StoreKind} */ ("text2image"), architecture, variants };
}

/** @param {string} name @param {PlanVariant["dtype"]} usual @param {PlanFile[]} small @param {PlanFile[]} weights @returns {PlanVariant} */
function variant(name, usual, small, weights) {
  const files = [...small, ...weights];
  const sum = (/** @type {PlanFile[]} */ some) => some.reduce((bytes, file) => bytes + file.bytes, 0);
  return { name, dtype: name === "fp16" ? "f16" : name === "bf16" ? "bf16" : usual, files, bytes: sum(files), weightBytes: sum(weights.filter((file) => file.path.endsWith(".safetensors"))) };
}

/** @param {unknown} name @returns {PlanVariant["dtype"]} */
const dtypeOf = (name) => (name === "float32" ? "f32" : name === "float16" ? "f16" : name === "bfloat16" ? "bf16" : "unknown");

/** @param {Listing} listing @param {string} remote @param {string} [path] @returns {Promise<PlanFile | null>} */
async function file(listing, remote, path = remote) {
  const found = await listing.find(remote);
  return found && { path, remote, bytes: found.bytes, ...(found.sha256 && { sha256: found.sha256 }), ...(found.chunks && { chunks: found.chunks }) };
}

/** @param {Listing} listing @param {string[]} paths @param {string} [reason] */
async function required(listing, paths, reason = "no-config") {
  const found = await Promise.all(paths.map((path) => file(listing, path)));
  return found.map((one, at) => {
    if (!one) throw refuse(reason, { file: paths[at] });
    return one;
  });
}

/** @param {Listing} listing @param {string[]} paths */
const optional = async (listing, paths) => (await Promise.all(paths.map((path) => file(listing, path)))).filter((one) => one !== null);

/**
 * The variants of one set of weights: whole, or in shards with their index. The variant's name leaves the paths, since loaders know one name.
 * @param {Listing} listing @param {string} folder @param {string} stem @returns {Promise<{name: string, files: PlanFile[]}[]>}
 */
async function weightsOf(listing, folder, stem) {
  const found = await Promise.all(["", "fp16", "bf16"].map(async (name) => {
    const dot = name && `.${name}`;
    const whole = await file(listing, `${folder}${stem}${dot}.safetensors`, `${folder}${stem}.safetensors`);
    const files = whole ? [whole] : await shardsOf(listing, folder, `${stem}.safetensors.index${dot}.json`, `${stem}.safetensors.index.json`);
    return files && { name: name || "default", files };
  }));
  return found.filter((one) => one !== null);
}

/** @param {Listing} listing @param {string} folder @param {string} remote @param {string} path */
async function shardsOf(listing, folder, remote, path) {
  const index = await file(listing, folder + remote, folder + path);
  const text = index && (await listing.text(folder + remote));
  if (!index || !text) return null;
  const map = parseJson(text, folder + remote).weight_map;
  const names = map && typeof map === "object" ? [...new Set(Object.values(map))] : [];
  const plain = names.length > 0 && names.every((name) => typeof name === "string" && isPlainPath(name) && !name.includes("/") && name.endsWith(".safetensors"));
  if (!plain) throw refuse("bad-config", { file: folder + remote, field: "weight_map" });
  if (names.length > MAX_SHARDS) throw refuse("too-many", { file: folder + remote, found: names.length, known: MAX_SHARDS });
  return [index, ...(await required(listing, /** @type {string[]} */ (names).map((name) => folder + name), "no-weights"))];
}

/** @param {Listing} listing @param {string} file */
async function noWeights(listing, file) {
  const others = await optional(listing, OTHERS);
  return refuse("no-safetensors", { file, found: others.map((one) => one.remote) });
}

/** @param {PlanVariant[]} variants @param {StoreDevice} device */
function recommend(variants, { f16, maxWeightBytes = Infinity }) {
  const half = variants.findIndex(({ name }) => name === "fp16");
  if (half < 0) return 0;
  const whole = variants[0].name === "fp16" ? Infinity : variants[0].weightBytes;
  return f16 || whole > LARGE_BYTES || whole > maxWeightBytes ? half : 0;
}
