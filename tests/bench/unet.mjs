// One step of a U-Net of 25.5 million parameters beside onnxruntime-web, and whole pictures from the bundled model.
import { BUNDLE, ask, compare, load, median, open, renderer, row } from './turns.mjs';

const MODEL = '/models/unet-small/';
const ORT = { name: 'ort', options: { unet: true, model: `${MODEL}onnx/model.onnx` } };
const OURS = { name: 'ours', options: { unet: true, bundle: BUNDLE, model: MODEL } };
const GENERATOR = { name: 'ours', options: { generator: true, bundle: BUNDLE, model: '/ours/models/text2image/' } };
const NAME = 'U-Net of 25.5 M';
const CASES = [
  { label: `${NAME}, one step, latents 32×32, one picture`, batch: 1, warm: 3, rounds: 20, quick: 2 },
  { label: `${NAME}, one step, latents 32×32, two: with guidance`, batch: 2, warm: 2, rounds: 12, quick: 1 },
];
const BLOCK = 10;
const STORM = 100;

/** Time to load and what the renderer holds after one step, in a fresh browser. */
async function loading(setting, contender) {
  const browser = await open(setting);
  const { marks } = await load(browser, contender);
  const input = { latents: [2, 4, 32, 32], states: [2, 77, 512] };
  await ask(browser, 'call', contender.name, 'run', { kind: 'step', input });
  await ask(browser, 'call', contender.name, 'collect');
  const memory = await renderer(setting, browser);
  await browser.close();
  setting.note(`  ${contender.name}: loaded in ${(marks.load / 1000).toFixed(1)} s, renderer ${memory.toFixed(0)} MiB`);
  return { millis: marks.load, memory };
}

/**
 * The same weights and inputs for both, in one browser, by turns.
 * @param {import('./turns.mjs').Setting} setting
 */
export async function unet(setting) {
  const contenders = [ORT, ...(setting.ours ? [OURS] : [])];
  const browser = await open(setting);
  let version = '';
  for (const contender of contenders) {
    const { info } = await load(browser, contender);
    version = info?.version ?? version;
  }
  const head = { dtype: 'f32', peerName: 'onnxruntime-web' };
  const rows = [];
  const agreement = [];
  for (const { batch, ...plan } of CASES) {
    const input = { latents: [batch, 4, 32, 32], states: [batch, 77, 512] };
    const found = await compare(setting, browser, head, { ...plan, peer: ORT.name, ours: OURS.name, kind: 'step', input });
    rows.push(...found.rows);
    agreement.push(...found.agreement);
  }
  await browser.close();
  const peer = await loading(setting, ORT);
  const mine = setting.ours ? await loading(setting, OURS) : null;
  rows.push(
    row({ ...head, name: `${NAME} fetched and loaded`, unit: 'ms' }, mine && [mine.millis], [peer.millis]),
    row({ ...head, name: `renderer memory with the ${NAME}, used`, unit: 'MiB' }, mine && [mine.memory], [peer.memory]),
  );
  return { rows, agreement, versions: { ort: version, chromium: browser.version } };
}

/**
 * Pictures of 20 steps from the bundled model: their time, the renderer's memory over fifty of them and over a hundred runs
 * that are begun and thrown away. The first picture again after all that has to be the same, byte for byte.
 * @param {import('./turns.mjs').Setting} setting
 */
export async function generate(setting) {
  if (!setting.ours) throw new Error('no peer has the bundled model');
  const [pictures, storm] = setting.quick ? [2 * BLOCK, STORM / 10] : [5 * BLOCK, STORM];
  const browser = await open(setting);
  const { info, marks } = await load(browser, GENERATOR);
  const run = (/** @type {string} */ kind, /** @type {object} */ input) =>
    ask(browser, 'call', GENERATOR.name, 'run', { kind, input });
  const settled = async () => {
    await ask(browser, 'call', GENERATOR.name, 'collect');
    return renderer(setting, browser);
  };
  const first = await run('picture', { seed: 0 });
  const memory = [await settled()];
  const times = [];
  for (let seed = 1; seed <= pictures; seed++) {
    times.push((await run('picture', { seed })).millis);
    if (seed % BLOCK === 0) memory.push(await settled());
  }
  const plain = [];
  for (let seed = 0; seed < 5; seed++) plain.push((await run('picture', { seed, guidance: 1 })).millis);
  const begun = performance.now();
  for (let seed = 0; seed < storm; seed++) await run('cancelled', { seed, passes: seed % 3 });
  const stormed = performance.now() - begun;
  const after = await settled();
  const again = await run('picture', { seed: 0 });
  await browser.close();
  // as text: an array's kind may be lost on the way out of the page
  if (JSON.stringify(first.output) !== JSON.stringify(again.output)) throw new Error('the same seed gave another picture');
  const pixels = Object.values(first.output).filter((_, at) => at % 4 < 3);
  if (new Set(pixels).size < 8) throw new Error('a picture of one colour');
  const grown = memory.map((mib) => mib.toFixed(0)).join(', ');
  setting.note(`pictures: ${median(times).toFixed(0)} ms; renderer ${grown} MiB, ${after.toFixed(0)} after ${storm} cancelled`);
  const head = { dtype: info.dtypes.join('+'), peerName: '–' };
  const ours = (name, unit, values) => row({ ...head, name, unit }, values, null);
  const rows = [
    ours('bundled text-to-image model fetched and loaded', 'ms', [marks.load]),
    ours(`a picture of ${info.size} px, 20 steps, guidance 3: prompt → pixels`, 'ms', times),
    ours(`a picture of ${info.size} px, 20 steps, no guidance: prompt → pixels`, 'ms', plain),
    ...memory.map((mib, block) => ours(`renderer memory after ${block * BLOCK + 1} pictures`, 'MiB', [mib])),
    ours(`${storm} runs begun and cancelled after 0, 1 or 2 passes`, 'ms', [stormed]),
    ours(`renderer memory after those ${storm} runs`, 'MiB', [after]),
  ];
  return { rows, versions: { chromium: browser.version } };
}
