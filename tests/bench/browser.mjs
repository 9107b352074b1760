// A fresh Chromium for each measurement, and what the kernel says of its processes.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * @typedef {{ pid: number, command: string }} Process
 * @typedef {{ page: import('playwright-core').Page, version: string, renderers: () => Map<number, number>,
 *   close: () => Promise<void> }} Browser
 */

/** Right numbers, no speed: the same for everyone on this machine. */
const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/**
 * The processes of one browser: they all name its profile folder.
 * @param {string} profile
 * @returns {Process[]}
 */
function processesOf(profile) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        return command.includes(profile) ? [{ pid: Number(name), command }] : [];
      } catch {
        return []; // ended meanwhile
      }
    });
}

/**
 * Resident memory of the renderers of one browser, in MiB by process id.
 * @param {string} profile
 */
function rendererMemory(profile) {
  const memory = new Map();
  for (const { pid, command } of processesOf(profile)) {
    if (!command.includes('--type=renderer')) continue;
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      memory.set(pid, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // ended meanwhile
    }
  }
  return memory;
}

/**
 * Lifts the browser above builds that run beside it. The scheduler groups processes by session,
 * so that a plain `nice` would do nothing. Needs root; without it the browser stays as it is.
 * @param {string} profile
 */
function liftPriority(profile) {
  for (const { pid } of processesOf(profile)) {
    try {
      writeFileSync(`/proc/${pid}/autogroup`, '-19');
      return true;
    } catch {
      // not root, or no such scheduler
    }
  }
  return false;
}

/** Those that a part which failed has left behind. @type {Set<() => Promise<void>>} */
const opened = new Set();
export const closeLeft = () => Promise.all([...opened].map((close) => close()));

/**
 * @param {{ url: string, executable: string, priority: boolean, gpu?: boolean }} options `gpu`: with the software WebGPU adapter
 * @returns {Promise<Browser>}
 */
export async function openBrowser({ url, executable, priority, gpu = false }) {
  const { chromium } = await import('playwright-core');
  const profile = mkdtempSync(path.join(os.tmpdir(), 'kindling-bench-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable,
    headless: true,
    serviceWorkers: 'block',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--js-flags=--expose-gc', ...(gpu ? SOFTWARE_GPU : [])],
  });
  if (priority) liftPriority(profile);
  const close = async () => {
    opened.delete(close);
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  opened.add(close);
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('pageerror', (error) => console.error(`  page error: ${error.message}`));
  page.setDefaultTimeout(600_000);
  await page.goto(url);
  return {
    page,
    version: context.browser()?.version() ?? '',
    renderers: () => rendererMemory(profile),
    close,
  };
}
