// How long the page's thread stands still while a model is trained: the longest task in ten seconds of each
// preset, at the speed that the lab opens with and as fast as it goes. `node stalls.mjs`. A task's time on the
// processor is what the page asks of it; its time on the clock is that only on a machine with nothing else to do.

import { launch } from "./lib/browser.mjs";
import { serveLab } from "./lib/lab.mjs";
import { atEpoch, openOverfit } from "./lib/overfit.mjs";

const WATCHED_MILLIS = 10_000, LOOK_MILLIS = 250;
/** What the page may take at a time. */
const MOST_MILLIS = 50;

/** @typedef {{name: string, ph: string, tid: number, pid: number, dur?: number, tdur?: number, args?: any}} TraceEvent */

const [browser, server] = await Promise.all([launch(), serveLab()]);
let worst = 0;
for (const task of ["regression", "classification"]) {
  for (const preset of ["underfit", "good", "overfit"]) {
    for (const speed of ["100", "0"]) {
      const { page, context } = await openOverfit(browser, server);
      await page.locator(`[data-task=${task}]`).click();
      await page.locator(`[data-preset=${preset}]`).click();
      await page.locator("#overfit-speed").selectOption(speed);
      await atEpoch(page, 20);
      // The run rests after so many epochs; here it goes on.
      await page.evaluate((millis) => setInterval(() => {
        const button = document.getElementById("overfit-run");
        if (button?.textContent === "Go on") button.click();
      }, millis), LOOK_MILLIS);
      await browser.startTracing(page, { categories: ["toplevel", "__metadata"] });
      await page.waitForTimeout(WATCHED_MILLIS);
      const tasks = tasksOf(JSON.parse((await browser.stopTracing()).toString()).traceEvents);
      const epochs = await page.evaluate(() => document.querySelector(".losses dd")?.textContent);
      const busy = tasks.reduce((sum, { processor }) => sum + processor, 0) / WATCHED_MILLIS;
      const longest = Math.max(0, ...tasks.map(({ processor }) => processor)), clock = Math.max(0, ...tasks.map((one) => one.clock));
      worst = Math.max(worst, longest);
      console.log([task.padEnd(14), preset.padEnd(8), (speed === "0" ? "fastest" : `${speed}/s`).padEnd(8), `longest task ${longest.toFixed(1)} ms on the processor, ${clock.toFixed(1)} ms on the clock;`, `thread busy ${(100 * busy).toFixed(0)}%; epoch ${epochs}`].join(" "));
      await context.close();
    }
  }
}
await browser.close();
await server.stop();
console.log(worst <= MOST_MILLIS ? `never blocked for more than ${MOST_MILLIS} ms` : `blocked for ${worst.toFixed(0)} ms`);
process.exitCode = worst <= MOST_MILLIS ? 0 : 1;

/** Tasks of the page's own thread: that of the busiest page process. @param {TraceEvent[]} events */
function tasksOf(events) {
  const threads = events.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain");
  const lists = threads.map(({ pid, tid }) => events.filter((event) => event.pid === pid && event.tid === tid && event.ph === "X" && event.name.endsWith("RunTask")));
  const sum = (/** @type {TraceEvent[]} */ list) => list.reduce((all, { tdur = 0 }) => all + tdur, 0);
  const busiest = lists.toSorted((a, b) => sum(b) - sum(a))[0] ?? [];
  if (!busiest.some(({ tdur }) => tdur)) throw new Error("no times on the processor in the trace");
  return busiest.map(({ dur = 0, tdur = 0 }) => ({ clock: dur / 1000, processor: tdur / 1000 }));
}
