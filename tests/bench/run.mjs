// Ours against transformers.js, onnxruntime-web, TF.js and jax-js. `cargo xtask bench` calls it.
//   node run.mjs [--only encoder,int8,webgpu,first,code,memory,clip,index,unet,generate,training] [--report] [--quick] [--peers-only]
//                [--priority] [--dist FOLDER] [--out FOLDER] [--python PROGRAM] [--chromium PROGRAM]
// Each part writes .cache/bench/partial/<part>.json when it is done. A run of all parts ends with the documents under docs/;
// `--report` alone writes them from what the parts have left, so that they can be measured in several sittings.
// `--quick` tries the harness: few rounds, kept apart, never reported.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { existsSync } from 'node:fs';

import { closeLeft } from './browser.mjs';
import { clip, index } from './clip.mjs';
import { codeBytes, firstEmbedding } from './first.mjs';
import { encoder, int8 } from './measure.mjs';
import { memory } from './memory.mjs';
import { bundle, commit, keep, kept, machine, watchLoad } from './partial.mjs';
import { prepare } from './prepare.mjs';
import { write } from './report.mjs';
import { serve } from './server.mjs';
import { training } from './training.mjs';
import { generate, unet } from './unet.mjs';
import { webgpu } from './webgpu.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.resolve(HERE, '../..');
const CACHE = path.join(ROOT, '.cache/bench');
/** @type {Record<string, (setting: import('./turns.mjs').Setting) => Promise<any>>} */
const PARTS = { encoder, int8, webgpu, first: firstEmbedding, code: codeBytes, memory, clip, index, unet, generate, training };
const NAMES = Object.keys(PARTS);
const MAX_DIFFERENCE = 1e-4; // between unit vectors of the same weights

const { values: flags } = parseArgs({
  options: {
    'peers-only': { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    priority: { type: 'boolean', default: false },
    only: { type: 'string' },
    dist: { type: 'string', default: path.join(ROOT, 'dist') },
    out: { type: 'string', default: path.join(ROOT, 'docs') },
    python: { type: 'string' },
    chromium: { type: 'string', default: process.env.CHROMIUM ?? '/usr/bin/chromium' },
  },
});

const note = (/** @type {string} */ text) => console.log(text);
const dist = path.resolve(flags.dist);

function checkOurs() {
  if (flags['peers-only']) return false;
  if (existsSync(path.join(dist, 'wasm/cpu/playground.js'))) return true;
  throw new Error(`no built page in ${dist}: build it, or pass --peers-only`);
}

function partsAsked() {
  const asked = flags.only?.split(',') ?? (flags.report ? [] : NAMES);
  const unknown = asked.filter((name) => !NAMES.includes(name));
  if (unknown.length) throw new Error(`no such part: ${unknown.join(', ')}; there are ${NAMES.join(', ')}`);
  return NAMES.filter((name) => asked.includes(name));
}

/** @param {{ max_abs: number }[]} agreement */
function complainOfDistance(agreement) {
  const apart = agreement.filter(({ max_abs }) => !(max_abs <= MAX_DIFFERENCE));
  for (const line of apart) console.error(`vectors apart: ${JSON.stringify(line)}`);
  if (apart.length) process.exitCode = 1;
}

/** @param {string[]} parts */
async function measure(parts) {
  const ours = checkOurs();
  prepare({ root: ROOT, cache: CACHE, dist, python: flags.python, parts });
  const server = await serve({
    '/bench/': path.join(HERE, 'pages'),
    '/peers/': path.join(HERE, 'node_modules'),
    '/models/': path.join(CACHE, 'models'),
    '/pictures/': path.join(CACHE, 'pictures'),
    '/ours/': dist,
  });
  const { quick, priority, chromium: executable } = flags;
  const setting = { origin: server.origin, log: server.log, executable, cache: CACHE, priority, quick, ours, note };
  const about = { machine: machine(), commit: commit(ROOT), bundle: bundle(dist), priority, ours, quick };
  const folder = path.join(CACHE, quick ? 'quick' : 'partial');
  for (const part of parts) {
    note(`${part}:`);
    const begun = performance.now();
    const load = watchLoad();
    try {
      const { files: _, ...result } = await PARTS[part](setting);
      const date = new Date().toISOString().slice(0, 10);
      const seconds = Math.round((performance.now() - begun) / 1000);
      const file = keep(folder, { part, date, seconds, load: load(), ...about, ...result });
      note(`${part}: ${seconds} s, kept in ${path.relative(process.cwd(), file)}`);
      complainOfDistance(result.agreement ?? []);
    } catch (error) {
      load(); // the other parts do not depend on this one
      console.error(`${part}: not measured: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
      await closeLeft();
    }
  }
  server.close();
}

function report() {
  const partials = kept(path.join(CACHE, 'partial'), NAMES, note);
  if (!partials.length) throw new Error('nothing measured on this machine yet');
  note(`written: ${path.relative(process.cwd(), write(partials, path.resolve(flags.out)))}`);
}

const parts = partsAsked();
if (parts.length) await measure(parts);
if (flags.report || (parts.length === NAMES.length && !flags.quick && !flags['peers-only'])) report();
