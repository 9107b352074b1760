// Each part of the bench leaves its result in a file of its own, so that a run cut off keeps what it has measured.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * @typedef {{ part: string, date: string, commit: string, bundle: string | null, machine: string, seconds: number,
 *   load: { before: number, most: number }, priority: boolean, ours: boolean, quick: boolean,
 *   rows: import('./turns.mjs').Row[], versions?: Record<string, string>,
 *   agreement?: { shape: string, of: string, with: string, max_abs: number }[],
 *   parts?: Record<string, Record<string, number>>, alike?: { mean: number, least: number } }} Partial
 */

/** The machine in words, for whoever compares figures. */
export function machine() {
  const [cpu] = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  const kernel = execFileSync('uname', ['-sr'], { encoding: 'utf8' }).trim();
  return `${cpu?.model.trim()}, ${os.cpus().length} cores, ${memory} GiB, ${kernel}`;
}

/** What was measured: the commit, with a `+` where the tree had changes beside it. @param {string} root */
export function commit(root) {
  const git = (/** @type {string[]} */ ...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'crates', 'web', 'tests/bench');
    return git('rev-parse', '--short=10', 'HEAD') + (changed ? '+' : '');
  } catch {
    return 'unknown'; // not a clone
  }
}

/** Tells one build of ours from another. @param {string} dist */
export function bundle(dist) {
  const files = ['cpu', 'webgpu'].map((kind) => path.join(dist, `wasm/${kind}/playground_bg.wasm`)).filter((file) => existsSync(file));
  const hash = files.reduce((sum, file) => sum.update(readFileSync(file)), createHash('sha256'));
  return files.length ? hash.digest('hex').slice(0, 10) : null;
}

/** Keeps an eye on what else the machine does: a busy one makes times worthless. */
export function watchLoad() {
  const before = os.loadavg()[0];
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, os.loadavg()[0])), 5000);
  return () => {
    clearInterval(timer);
    return { before: +before.toFixed(2), most: +most.toFixed(2) };
  };
}

/** @param {string} folder @param {Partial} partial */
export function keep(folder, partial) {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${partial.part}.json`);
  writeFileSync(file, JSON.stringify(partial, null, 1) + '\n');
  return file;
}

/**
 * What whole runs of single parts have left on this machine, in the order of `names`.
 * @param {string} folder
 * @param {string[]} names
 * @param {(text: string) => void} note
 * @returns {Partial[]}
 */
export function kept(folder, names, note) {
  const here = machine();
  return names.flatMap((name) => {
    const file = path.join(folder, `${name}.json`);
    if (!existsSync(file)) {
      note(`not measured yet: ${name}`);
      return [];
    }
    const partial = JSON.parse(readFileSync(file, 'utf8'));
    if (partial.machine === here && partial.ours && !partial.quick) return [partial];
    note(`left out: ${name}, measured ${partial.machine === here ? 'in part' : `on ${partial.machine}`}`);
    return [];
  });
}
