// How long the page's thread stands still while a model is trained: the longest task in ten seconds of each
// preset, at the speed that the lab opens with and as fast as it goes. `node stalls.mjs`.

import { launch } from "./lib/browser.mjs";
import { serveLab } from "./lib/lab.mjs";
import { atEpoch, openOverfit } from "./lib/overfit.mjs";
import { watchTasks } from "./lib/stalls.mjs";

const WATCHED_MILLIS = 10_000, LOOK_MILLIS = 250;
/** What the page may take at a time. */
const MOST_MILLIS = 50;

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
      const tasks = await watchTasks(browser, page, WATCHED_MILLIS);
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
