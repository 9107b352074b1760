import { launch, openContext } from "./lib/browser.mjs";
import { openPackage, PACKAGE } from "./lib/package.mjs";
const installed = await openPackage(); const browser = await launch();
const { context } = await openContext(browser); const page = await context.newPage(); await page.goto(installed.server.url);
console.log(await page.evaluate(async (address) => {
  const { create } = await import(address);
  const k = await create({ models: ["encoder", "text2image"] });
  const out = [];
  for (let round = 0; round < 3; round++) {
    const t0 = performance.now(); const log = []; 
    await k.generate({ prompt: "a red apple", steps: 6, seed: 1 }, ({ step, millis }) => {
      log.push(`pass ${step} ${Math.round(millis)} at ${Math.round(performance.now() - t0)}`);
      if (step === 1) { const at = performance.now(); k.embed(["dawn"]).then(() => log.push(`embed ${Math.round(performance.now() - at)} at ${Math.round(performance.now() - t0)}`)); }
    });
    out.push(log.join("; "));
  }
  return out.join("\n");
}, PACKAGE));
await browser.close(); await installed.close();
