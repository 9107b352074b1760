// docs/benchmarks.json and docs/BENCHMARKS.md from what the parts of the bench have left.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** @typedef {import('./partial.mjs').Partial} Partial */

const PARITY = '<!-- parity:start -->\n## Parity\n\nNot measured yet.\n<!-- parity:end -->';
const NAMES = { ort: 'onnxruntime-web', tfjs: 'TF.js', transformers: 'transformers.js', chromium: 'Chromium' };
/** Figures of an older bench stay until these parts have new ones. */
const EARLIER = ['encoder', 'first', 'code'];

const SECTIONS = {
  encoder: {
    title: 'Sentence vectors: all-MiniLM-L6-v2',
    how: 'The real all-MiniLM-L6-v2, the same weights for all: safetensors for ours, its ONNX export for the peers. All contenders sit in one browser, each in its own worker, and take turns; each round begins with another one. The median of all rounds after the warm-up counts. The texts have exactly as many tokens as the shape says; all get the same. *Tokens → vectors* is forward pass, masked mean and unit length (onnxruntime-web gets the last two from a few lines of JavaScript); *texts → vectors* tokenizes too.',
  },
  int8: {
    title: 'Sentence vectors in int8',
    how: 'MiniLM with its linear weights as int8: ours quantised while loading from the same safetensors, onnxruntime-web\'s by its own tools (dynamic, a scale a tensor). Turns, rounds and medians as above. Cosines are between each contender\'s int8 and its own f32 vectors, text by text, over all texts of the rows above; nearer to 1 is better, so there a ratio above 1 is ours.',
  },
  webgpu: {
    title: 'WebGPU on the software adapter',
    how: 'Chromium\'s software adapter (SwiftShader) runs the shaders of both on this CPU: what counts is the ratio, not the times. Turns as above; the first call of a shape, shader compilation included, is a row of its own, then medians of three. The first embedding counts from the start of the navigation in an empty profile.',
  },
  first: {
    title: 'The first vector in a fresh browser',
    how: 'An empty profile each time, everything from a local server, uncompressed and uncached; from the start of the navigation to the first sentence vector; medians of five. Ours asks for program and weights side by side, as its page and its package do; the peers as their own loaders do. Our whole page draws its lab and answers the text that stands in it. onnxruntime-web has no tokenizer and gets token ids.',
  },
  code: {
    title: 'Code before the first vector',
    how: 'What the server saw go out before that vector, each file by brotli -q 11.',
  },
  memory: {
    title: 'Memory of sentence encoders',
    how: 'Resident set of the renderer that holds the page and its worker, shared libraries of the browser included, after a garbage collection and two seconds of rest; medians of two browsers.',
  },
  clip: {
    title: 'CLIP',
    how: "ViT-B/32 at full size, the same weights for all (from a formula: speed does not depend on them), f32; our bundled CLIP beside its own ONNX export. Turns, rounds and medians as above; vectors come out at unit length. Loading counts from an empty worker to both towers ready, files fetched from a local server (605 MB); once each, in fresh browsers.",
  },
  index: {
    title: 'An index of pictures',
    how: "Two hundred drawn pictures of 256 to 1280 px, two thirds JPEG, one third PNG, 29 MB, through our bundled CLIP's weights: file bytes → decoded, resized, cropped → vector, one after the other. Ours decodes in wasm, transformers.js with the browser's own decoder and canvas. Memory is the renderer's, after a garbage collection and two seconds of rest. Medians of three fresh browsers each.",
  },
  unet: {
    title: 'One step of a U-Net',
    how: 'A conditional U-Net of 25.5 M parameters (96, 192 and 288 channels, cross-attention to 77 × 512 states), random by seed 0, the same weights for both, f32: safetensors for ours, its ONNX export for onnxruntime-web. Turns, rounds and medians as above. Loading counts from an empty worker, files fetched from a local server (102 MB); once each, in fresh browsers, as is memory, after one step of two.',
  },
  training: {
    title: 'Training in the page',
    how: 'Dense layers with ReLU between them, softmax cross-entropy and plain gradient descent: forward, backward and the step. Inputs are the same for all; each contender draws its own weights, and has to have learned in the end. All sit in one browser, each in its own worker with one thread, and take turns of several steps; medians over the turns. The digits: 2,000 drawn ones, looks at 3,000 included; a piece is what the worker does before it can hear a message, after a first look has warmed the code up.',
  },
  generate: {
    title: 'Pictures from the bundled text-to-image model',
    how: 'One browser: a picture, fifty more of other seeds, five without guidance, a hundred runs begun and thrown away, and the first picture again, which has to come out byte for byte the same. Sampler DPM-Solver++ 2M; decoding is in the time, the page and its previews are not. Memory is the renderer\'s, after a garbage collection and two seconds of rest.',
  },
};

/** @param {number | null} value @param {string} unit */
function amount(value, unit) {
  if (value === null) return '–';
  if (unit === 'bytes') return `${(value / 1e6).toFixed(2)} MB`;
  if (unit === 'cosine') return value.toFixed(4);
  if (unit === 'ms') return `${value.toFixed(value >= 100 ? 0 : value >= 1 ? 1 : 2)} ms`;
  return `${value} ${unit}`;
}

/** @param {Partial['rows']} rows */
function table(rows) {
  const lines = rows.map((row) => {
    const ratio = row.ratio === null ? '–' : row.ratio.toFixed(2);
    const cells = [row.name, row.dtype, amount(row.ours, row.unit), amount(row.peer, row.unit), row.peer_name, ratio];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| what | dtype | ours | peer | whose | ours / peer |', '|---|---|---:|---:|---|---:|', ...lines].join('\n');
}

/** @param {Partial} partial */
function section(partial) {
  const { title, how } = SECTIONS[partial.part];
  const { load, date, commit, bundle, priority, alike } = partial;
  // the bench itself brings the load to about two
  const busy = load.before > 1 || load.most > 3 ? ' **Other work ran beside: compare ratios, not times.**' : '';
  const lifted = priority ? ' The browser ran at raised priority.' : '';
  const pictures = alike
    ? `\n\nCosine of ours and transformers.js, picture by picture: mean ${alike.mean}, least ${alike.least}; what differs is the resizing.`
    : '';
  return `## ${title}

Measured ${date}, commit ${commit}, bundle ${bundle}. Load average ${load.before.toFixed(1)} before, ${load.most.toFixed(1)} at most.${busy}${lifted}

${table(partial.rows)}${pictures}

${how}
`;
}

/** @param {Partial[]} partials */
function agreement(partials) {
  const list = partials.flatMap((partial) => partial.agreement ?? []);
  if (!list.length) return '';
  const lines = list.map((line) => `| ${line.shape} | ${line.of} | ${line.max_abs.toExponential(1)} |`);
  const head = ['| what | whose vectors | largest difference to onnxruntime-web |', '|---|---|---:|'];
  return `## Agreement in the same runs\n\n${[...head, ...lines].join('\n')}\n`;
}

/**
 * Sections between `<!-- name:start -->` and `<!-- name:end -->` belong to others (parity, scores of models): they stay as
 * they are. `earlier` holds figures that new ones replace.
 * @param {string} file
 * @param {boolean} replaced
 */
function sectionsOfOthers(file, replaced) {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const blocks = [...text.matchAll(/<!-- (\w+):start -->[\s\S]*?<!-- \1:end -->/g)];
  const stay = blocks.filter(([, name]) => !(name === 'earlier' && replaced)).map(([block]) => block);
  return stay.length ? stay : [PARITY];
}

/** @param {Partial[]} partials */
function head(partials) {
  const versions = Object.entries(Object.assign({}, ...partials.map((partial) => partial.versions ?? {})));
  const missing = Object.keys(SECTIONS).filter((name) => !partials.some(({ part }) => part === name));
  const lines = [
    `- Machine: ${partials[0].machine}.`,
    `- Versions: ${versions.map(([name, version]) => `${NAMES[name] ?? name} ${version}`).join(', ')}; headless; backend: wasm, 1 thread, where a section does not say WebGPU.`,
    ...(missing.length ? [`- Not measured with the present bench: ${missing.join(', ')}.`] : []),
  ];
  return lines.join('\n');
}

/** Each row by itself, with all that it takes to compare it with another. @param {Partial} partial */
function figures({ part, date, commit, bundle, versions, rows }) {
  const all = { ours: bundle ? `commit ${commit}, bundle ${bundle}` : '', ...versions };
  return rows.map((row) => ({ part, ...row, date, versions: all }));
}

/**
 * @param {Partial[]} partials
 * @param {string} folder
 */
export function write(partials, folder) {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'BENCHMARKS.md');
  const replaced = EARLIER.every((name) => partials.some(({ part }) => part === name));
  const pieces = [
    `# Benchmarks

Made by \`cargo xtask bench\`, part by part; the same rows are in \`benchmarks.json\`. Below 1 in the last column, ours takes less.

${head(partials)}
`,
    ...partials.map(section),
    agreement(partials),
    sectionsOfOthers(file, replaced).join('\n\n') + '\n',
  ];
  writeFileSync(file, pieces.filter(Boolean).join('\n'));
  const result = {
    command: 'cargo xtask bench',
    machine: partials[0].machine,
    ratio: 'ours / peer',
    statistic: 'median',
    figures: partials.flatMap(figures),
    parts: partials.map(({ machine: _machine, rows: _rows, ...partial }) => partial),
  };
  writeFileSync(path.join(folder, 'benchmarks.json'), JSON.stringify(result, null, 1) + '\n');
  return file;
}
