// What the peers need and the repository does not hold: packages, models as ONNX, pictures. Each is made once.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @param {{ root: string, cache: string, dist: string, python?: string, parts: string[] }} options
 */
export function prepare({ root, cache, dist, python, parts }) {
  const here = path.join(root, 'tests/bench');
  const reference = path.join(root, 'tests/reference');
  const model = (/** @type {string} */ name) => path.join(cache, 'models', name);
  const needs = (/** @type {string[]} */ ...names) => names.some((name) => parts.includes(name));
  let ready = Boolean(python);
  const run = (/** @type {string} */ program, /** @type {string[]} */ args) =>
    execFileSync(program, args, { cwd: here, stdio: 'inherit' });
  const script = (/** @type {string} */ name, /** @type {string[]} */ ...args) => {
    if (!ready) run('sh', [path.join(reference, 'setup.sh')]);
    ready = true;
    run(python ?? path.join(root, '.cache/venv/bin/python'), [path.join(reference, name), ...args]);
  };

  // Again where the list of packages is newer than what lies there.
  const [wanted, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map(
    (file) => statSync(path.join(here, file), { throwIfNoEntry: false })?.mtimeMs ?? -Infinity,
  );
  if (wanted > installed) run('npm', ['ci', '--silent']);
  if (needs('encoder', 'int8', 'webgpu', 'first', 'code', 'memory') && !existsSync(path.join(model('minilm'), 'onnx/model.onnx'))) {
    script('export_onnx.py', model('minilm'));
  }
  if (needs('clip', 'webgpu') && !existsSync(path.join(model('clip-b32'), 'onnx/vision_model.onnx'))) {
    script('export_clip_onnx.py', '--formula', model('clip-b32'));
  }
  if (needs('unet', 'webgpu') && !existsSync(path.join(model('unet-small'), 'onnx/model.onnx'))) {
    script('export_unet_onnx.py', model('unet-small'));
  }
  if (needs('clip', 'index')) exportBundled(path.join(dist, 'models/clip'), model('clip-small'), script);
  if (needs('index') && !existsSync(path.join(cache, 'pictures/names.json'))) {
    script('pictures.py', path.join(cache, 'pictures'));
  }
}

/**
 * Our bundled CLIP for the peers, again whenever it has changed.
 * @param {string} source
 * @param {string} out
 * @param {(name: string, ...args: string[]) => void} script
 */
function exportBundled(source, out, script) {
  const weights = path.join(source, 'model.safetensors');
  if (!existsSync(weights)) return; // peers alone are measured: with what was exported before
  const hash = createHash('sha256').update(readFileSync(weights)).digest('hex');
  const stamp = path.join(out, 'source');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  script('export_clip_onnx.py', source, out);
  writeFileSync(stamp, hash);
}
