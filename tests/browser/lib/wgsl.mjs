// The kernels' template and a plain way to run one: expand the text, fill buffers, dispatch, read back.
// The program in Rust expands the same text by the same rules.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe } from "node:test";
import { launchWithGpu, openContext, root } from "./browser.mjs";
import { serveBundles } from "./bundle.mjs";

const folder = join(root, "crates/kernels/src/wgsl");

/** What stands in files of its own: the non-linearity that kernels call, what goes into a product and what becomes of it, and the beginning of those with a thread for each number. @type {[string, RegExp][]} */
const SHARED = [["activation.wgsl", /\b(act|finish)\(/], ["product.wgsl", /\bfinish\(/], ["each.wgsl", /\bfn work\(/]];

/** @typedef {Record<string, number>} Constants */

/**
 * `//@if NAME` or `//@if !NAME` … `//@end` keep their lines if the constant is not zero, or zero;
 * `//@for i NAME` … `//@end` repeats them with `$i` from 0 to NAME - 1; `@binding($)` counts upwards. What is not given is zero.
 * @param {string} source @param {Constants} constants
 */
export function expand(source, constants) {
  const lines = source.split("\n");
  const value = (/** @type {string} */ name) => constants[name] ?? 0;
  /** @type {string[]} */
  const kept = [];
  /** The lines of the block that starts at `at`, and where it ends. @param {number} at @param {[string, number][]} names @param {boolean} live @returns {number} */
  const block = (at, names, live) => {
    for (let line = at; line < lines.length; line++) {
      const [word, first, second] = lines[line].trim().split(/\s+/);
      if (word === "//@end") return line;
      if (word === "//@if") {
        const on = first.startsWith("!") ? !value(first.slice(1)) : !!value(first);
        line = block(line + 1, names, live && on);
      } else if (word === "//@for") {
        const times = value(second);
        let end = block(line + 1, names, false);
        for (let turn = 0; turn < times; turn++) end = block(line + 1, [...names, [first, turn]], live);
        line = end;
      } else if (live) {
        kept.push(names.reduce((text, [name, turn]) => text.replaceAll(`$${name}`, String(turn)), lines[line]));
      }
    }
    return lines.length;
  };
  if (block(0, [], true) < lines.length) throw new Error("one //@end too many");
  let binding = 0;
  const body = kept.map((line) => line.replaceAll("@binding($)", () => `@binding(${binding++})`));
  return [...Object.entries(constants).map(([name, number]) => `const ${name}: u32 = ${number}u;`), ...body].join("\n");
}

/** A kernel's text, ready for the compiler. @param {string} name @param {Constants} constants */
export async function kernel(name, constants) {
  const text = await readFile(join(folder, `${name}.wgsl`), "utf8");
  const shared = await Promise.all(SHARED.map(([file, calls]) => (calls.test(text) ? readFile(join(folder, file), "utf8") : "")));
  return expand(shared.join("") + text, constants);
}

/**
 * The bytes of `struct Info`: its fields in order, four bytes each, filled up to 16.
 * @param {string} code @param {Record<string, number>} values
 */
export function infoBytes(code, values) {
  const [, inside] = /struct Info \{([^}]*)\}/.exec(code) ?? [];
  if (inside === undefined) throw new Error("no struct Info");
  const fields = [...inside.replaceAll(/\/\/.*/g, "").matchAll(/(\w+)\s*:\s*(\w+)/g)].map(([, name, type]) => ({ name, type }));
  const names = fields.map(({ name }) => name).join();
  if (names !== Object.keys(values).join()) throw new Error(`info is ${names}, given ${Object.keys(values)}`);
  const words = new Uint32Array(Math.ceil(fields.length / 4) * 4);
  fields.forEach(({ name, type }, at) => {
    if (type === "f32") new Float32Array(words.buffer)[at] = values[name];
    else if (type === "u32" || type === "i32") words[at] = values[name]; // a negative one as its two's complement
    else throw new Error(`${name} is a ${type}`);
  });
  return words;
}

/**
 * One call of a kernel: inputs and sizes of outputs in the order of the bindings.
 * @typedef {{
 *   code: string,
 *   inputs: (Float32Array | Uint32Array)[],
 *   outputs: number[],
 *   info: Record<string, number>,
 *   groups: number[],
 * }} Call
 */

/** A suite of tests with a device of its own for as long as they run; left out where there is none. @param {string} name @param {(gpu: Awaited<ReturnType<typeof openGpu>>) => void} tests */
export async function describeKernels(name, tests) {
  const gpu = await openGpu();
  after(gpu.close);
  describe(`kernels in a browser: ${name}`, { skip: gpu.adapter ? false : "this Chromium has no WebGPU adapter" }, () => tests(gpu));
}

/** Chromium with a device of its own; without an adapter where it gives none. */
async function openGpu() {
  const [browser, server] = await Promise.all([launchWithGpu(), serveBundles()]);
  const close = async () => {
    await browser.close();
    await server.stop();
  };
  const { context } = await openContext(browser);
  const page = await context.newPage();
  await page.goto(server.url);
  const adapter = await page.evaluate(startDevice);
  /** @param {Call} call @returns {Promise<Float32Array[]>} */
  const run = async ({ code, inputs, outputs, info, groups }) => {
    const sent = { code, inputs: inputs.map(base64), outputs, info: base64(infoBytes(code, info)), groups };
    const { error, results } = await page.evaluate(runCall, sent);
    if (error) throw new Error(error);
    return results.map((text) => new Float32Array(new Uint8Array(Buffer.from(text, "base64")).buffer));
  };
  return { adapter, run, close };
}

/** @param {Float32Array | Uint32Array} numbers */
const base64 = (numbers) => Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString("base64");

/** Runs in the page: a device with what every adapter gives, as on a visitor's machine. */
async function startDevice() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return null;
  const device = await adapter.requestDevice();
  Object.assign(globalThis, { gpu: { device, pipelines: new Map() } });
  return `${adapter.info.vendor} ${adapter.info.architecture}`;
}

/**
 * Runs in the page. Outputs start as NaN, so that what is not written shows; words behind them must stay as they are.
 * @param {{code: string, inputs: string[], outputs: number[], info: string, groups: number[]}} call
 * @returns {Promise<{error?: string, results: string[]}>}
 */
async function runCall({ code, inputs, outputs, info, groups }) {
  const { device, pipelines } = /** @type {{device: GPUDevice, pipelines: Map<string, GPUComputePipeline>}} */ (/** @type {any} */ (globalThis).gpu);
  const NAN = 0x7fc00000;
  const GUARD = 0x4b1d4b1d; // not the NaN behind inputs, which reading too far and writing too far would put back
  const GUARDS = 64;
  const most = device.limits.maxComputeWorkgroupsPerDimension;
  if (groups.some((count) => !Number.isInteger(count) || count < 1 || count > most)) return { error: `groups ${groups}`, results: [] };
  const bytes = (/** @type {string} */ text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST, MAP_READ } = /** @type {any} */ (globalThis).GPUBufferUsage;
  /** @type {GPUBuffer[]} */
  const buffers = [];
  const buffer = (/** @type {Uint32Array | Uint8Array} */ contents, /** @type {number} */ usage) => {
    const made = device.createBuffer({ size: contents.byteLength, usage: usage | COPY_DST });
    device.queue.writeBuffer(made, 0, /** @type {BufferSource} */ (contents));
    buffers.push(made);
    return made;
  };
  const guarded = (/** @type {Uint32Array} */ contents, /** @type {number} */ guard) => {
    const words = new Uint32Array(Math.ceil(contents.length / 4) * 4 + GUARDS).fill(guard);
    words.set(contents);
    return words;
  };
  device.pushErrorScope("validation");
  let pipeline = pipelines.get(code);
  if (!pipeline) {
    const module = device.createShaderModule({ code });
    const wrong = (await module.getCompilationInfo()).messages.filter(({ type }) => type !== "info");
    if (wrong.length) {
      await device.popErrorScope();
      return { error: wrong.map(({ lineNum, message }) => `${message}: ${code.split("\n")[lineNum - 1]}`).join("\n"), results: [] };
    }
    pipeline = device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
    pipelines.set(code, pipeline);
  }
  const given = inputs.map((text) => buffer(guarded(new Uint32Array(bytes(text).buffer), NAN), STORAGE));
  const made = outputs.map((length) => buffer(guarded(new Uint32Array(length).fill(NAN), GUARD), STORAGE | COPY_SRC));
  const sizes = buffer(bytes(info), UNIFORM);
  const read = made.map(({ size }) => device.createBuffer({ size, usage: COPY_DST | MAP_READ }));
  const entries = [...given, ...made, sizes].map((one, binding) => ({ binding, resource: { buffer: one } }));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
  pass.end();
  made.forEach((from, at) => encoder.copyBufferToBuffer(from, 0, read[at], 0, from.size));
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error) return { error: error.message, results: [] };
  const results = [];
  for (const [at, one] of read.entries()) {
    await one.mapAsync(1); // to read
    const words = new Uint32Array(one.getMappedRange().slice(0));
    const beyond = words.subarray(outputs[at]).findIndex((word) => word !== GUARD);
    if (beyond >= 0) return { error: `output ${at} written ${beyond} words beyond its end`, results: [] };
    const inside = new Uint8Array(words.buffer, 0, outputs[at] * 4);
    let text = "";
    for (let from = 0; from < inside.length; from += 0x8000) text += String.fromCharCode(...inside.subarray(from, from + 0x8000));
    results.push(btoa(text));
    one.destroy();
  }
  for (const one of buffers) one.destroy();
  return { results };
}
