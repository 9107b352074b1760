// What the heads of safetensors files say of the types of their numbers. Whether a file is sound is the loader's to say.

/** A longer list of tensors is not read here. */
const MAX_HEAD = 16_000_000;

/** @type {Record<string, PlanVariant["dtype"]>} */
const TYPES = { F32: "f32", F16: "f16", BF16: "bf16", I8: "int8" };

/** Bytes by the type of their numbers. @param {Blob} blob @returns {Promise<Record<string, number>>} */
async function bytesByType(blob) {
  const length = Number(new DataView(await blob.slice(0, 8).arrayBuffer()).getBigUint64(0, true));
  if (length > Math.min(MAX_HEAD, blob.size - 8)) return {};
  const head = JSON.parse(await blob.slice(8, 8 + length).text());
  /** @type {Record<string, number>} */
  const sums = {};
  for (const { dtype, data_offsets: [from, to] = [0, 0] } of Object.values(head)) {
    if (typeof dtype === "string") sums[dtype] = (sums[dtype] ?? 0) + (to - from);
  }
  return sums;
}

/** The type that most of the bytes have; null where the files do not tell. @param {Blob[]} blobs @returns {Promise<PlanVariant["dtype"] | null>} */
export async function mainType(blobs) {
  /** @type {Record<string, number>} */
  const sums = {};
  for (const blob of blobs) {
    for (const [type, bytes] of Object.entries(await bytesByType(blob).catch(() => ({})))) sums[type] = (sums[type] ?? 0) + bytes;
  }
  const [most] = Object.entries(sums).sort(([, one], [, other]) => other - one);
  return most ? (TYPES[most[0]] ?? "unknown") : null;
}
