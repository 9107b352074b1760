// docs/benchmarks.json and docs/BENCHMARKS.md from one run's rows.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const START = '<!-- parity:start -->';
const END = '<!-- parity:end -->';
const EMPTY = `${START}\n## Parity\n\nNot measured yet.\n${END}`;

/** The machine in words, for whoever compares figures. */
export function machine() {
  const [cpu] = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  const kernel = execFileSync('uname', ['-sr'], { encoding: 'utf8' }).trim();
  return `${cpu?.model.trim()}, ${os.cpus().length} cores, ${memory} GiB, ${kernel}`;
}

/** @param {number | null} value @param {string} unit */
function amount(value, unit) {
  if (value === null) return '–';
  if (unit === 'bytes') return `${(value / 1e6).toFixed(2)} MB`;
  if (unit === 'ms') return `${value >= 100 ? value.toFixed(0) : value.toFixed(1)} ms`;
  return `${value} ${unit}`;
}

/** The section between the markers belongs to the parity tests; it stays as it is. */
function parityOf(/** @type {string} */ file) {
  if (!existsSync(file)) return EMPTY;
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  return from >= 0 && to > from ? text.slice(from, to + END.length) : EMPTY;
}

/** @param {any} result */
function table({ rows }) {
  const lines = rows.map((row) => {
    const ratio = row.ratio === null ? '–' : row.ratio.toFixed(2);
    const cells = [row.name, row.dtype, amount(row.ours, row.unit), amount(row.peer, row.unit), row.peer_name, ratio];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| what | dtype | ours | peer | whose | ours / peer |', '|---|---|---:|---:|---|---:|', ...lines].join('\n');
}

/** @param {any} result */
function agreement({ agreement: list }) {
  const lines = list.map((line) => `| ${line.shape} | ${line.of} | ${line.max_abs.toExponential(1)} |`);
  return ['| shape | whose vectors | largest difference to onnxruntime-web |', '|---|---|---:|', ...lines].join('\n');
}

/** @param {any} result @param {string} parity */
function page(result, parity) {
  const { versions, load } = result;
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  // the bench itself brings the load to about two
  const busy = load.before > 1 || load.most > 3 ? ' **Other work ran beside: compare ratios, not times.**' : '';
  const lifted = result.priority ? ' The browser ran at raised priority.' : '';
  return `# Benchmarks

Made by \`cargo xtask bench\` on ${result.date}; the same rows are in \`benchmarks.json\`. Below 1 in the last column, ours takes less.

- Machine: ${result.machine}. Load average ${load.before.toFixed(1)} before, ${load.most.toFixed(1)} at most.${busy}${lifted}
- Versions: ${named.join(', ')}; headless, backend of every row: ${result.backend}.
- MiniLM is the real all-MiniLM-L6-v2, the same weights for all: safetensors for ours, its ONNX export for the peers.

${table(result)}

## How

- **MiniLM rows**: all contenders sit in one browser, each in its own worker, and take turns; each round begins with another one. The median of all rounds after the warm-up counts. The texts have exactly as many tokens as the shape says; all get the same. *Tokens → vectors* is forward pass, masked mean and unit length (onnxruntime-web gets the last two from a few lines of JavaScript); *texts → vectors* tokenizes too.
- **First embedding**: a fresh browser with an empty profile each time, everything from a local server, uncompressed and uncached; from the start of the navigation to the first sentence vector; medians of five. onnxruntime-web has no tokenizer and gets token ids.
- **Code**: what the server saw go out before that first vector, each file by brotli -q 11.
- **Memory**: resident set of the renderer that holds the page and its worker, shared libraries of the browser included, after a garbage collection and three seconds of rest; medians of three browsers.

## Agreement in the same run

${agreement(result)}

${parity}
`;
}

/**
 * @param {any} result
 * @param {string} folder
 */
export function write(result, folder) {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'BENCHMARKS.md');
  writeFileSync(file, page(result, parityOf(file)));
  writeFileSync(path.join(folder, 'benchmarks.json'), JSON.stringify(result, null, 1) + '\n');
  return file;
}
