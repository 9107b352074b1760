// How long a page's own thread is taken at a time, from the browser's trace. A task's time on the processor is
// what the page asks of it; its time on the clock is that only on a machine with nothing else to do.

/** @typedef {{name: string, ph: string, tid: number, pid: number, dur?: number, tdur?: number, args?: any}} TraceEvent */

/**
 * @param {import("playwright-core").Browser} browser @param {import("playwright-core").Page} page @param {number} millis for so long
 * @returns {Promise<{clock: number, processor: number}[]>} each task, in milliseconds
 */
export async function watchTasks(browser, page, millis) {
  await browser.startTracing(page, { categories: ["toplevel", "__metadata"] });
  await page.waitForTimeout(millis);
  return tasksOf(JSON.parse((await browser.stopTracing()).toString()).traceEvents);
}

/** Those of the busiest page. @param {TraceEvent[]} events */
function tasksOf(events) {
  const threads = events.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain");
  const lists = threads.map(({ pid, tid }) => events.filter((event) => event.pid === pid && event.tid === tid && event.ph === "X" && event.name.endsWith("RunTask")));
  const sum = (/** @type {TraceEvent[]} */ list) => list.reduce((all, { tdur = 0 }) => all + tdur, 0);
  const busiest = lists.toSorted((a, b) => sum(b) - sum(a))[0] ?? [];
  if (!busiest.some(({ tdur }) => tdur)) throw new Error("no times on the processor in the trace");
  return busiest.map(({ dur = 0, tdur = 0 }) => ({ clock: dur / 1000, processor: tdur / 1000 }));
}
