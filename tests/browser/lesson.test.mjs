// Lesson mode: predict, run, reveal; what a step hides and gives back; links, languages, and everyone's access.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { embedding } from "../../web/lessons/embedding.js";
import { addressOf, isLesson, lessonIn, SCRIPTS } from "../../web/lessons/index.js";
import { overfitting } from "../../web/lessons/overfitting.js";
import { LIMITS, readQuestion, withQuestion } from "../../web/rooms/lesson-link.js";
import { zeroShot } from "../../web/lessons/zero-shot.js";
import { axeFindings, pastEdge } from "./lib/axe.mjs";
import { launch, openContext, violations } from "./lib/browser.mjs";
import { serveLab, switchLanguage } from "./lib/lab.mjs";
import { atEpoch, epoch } from "./lib/overfit.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** A fresh browser on a busy machine, and a run of several hundred epochs. */
const WAIT_MILLIS = 90_000;

test("addresses name a lesson and a step, or say that they do not", () => {
  assert.ok(isLesson("#lesson=embedding") && !isLesson("#map") && !isLesson("#lab=map&v=1"));
  for (const { id } of SCRIPTS) assert.deepEqual([lessonIn(addressOf(id, 3)).script?.id, lessonIn(addressOf(id, 3)).step], [id, 3]);
  assert.equal(lessonIn("#lesson=embedding").step, 1);
  for (const step of ["0", "-1", "1.5", "x", "", "999"]) assert.equal(lessonIn(`#lesson=embedding&step=${step}`).step, null, step);
  assert.equal(lessonIn("#lesson=toString").script, null);
  assert.equal(lessonIn("#lesson=embedding&lang=zh").lang, "zh");
  assert.equal(lessonIn("#lesson=embedding&lang=xx").lang, null);
});

test("a question in a link comes back as it was; a hostile one is cut, dropped or refused", () => {
  const question = { ask: "Which curve will rise? 哪条会升？", answers: ["train", "<img onerror=alert(1)>", "两条 & both = \u202Ex"], right: 1, tell: "First line.\nSecond, 50% & more.", hide: ["figures", "curves"] };
  const state = "#lab=overfit&v=1&degree=18&lang=en";
  assert.deepEqual(readQuestion(withQuestion(state, question), "overfit"), { question, problem: null });
  assert.equal(readQuestion(state, "overfit"), null, "no question");
  const read = (/** @type {Record<string, string>} */ more) => readQuestion(`${state}&${new URLSearchParams({ q: "1", q_ask: "Why?", q_a: "a\nb", ...more })}`, "overfit");
  assert.deepEqual(read({ q: "2" }), { question: null, problem: "version" });
  assert.deepEqual(read({ q_a: "only one" }), { question: null, problem: "unwhole" });
  assert.deepEqual(read({ q_ask: " \u0000 " }), { question: null, problem: "unwhole" });
  for (const right of ["0", "3", "-1", "1e9", "NaN", "__proto__"]) assert.deepEqual([read({ q_right: right })?.question?.right, read({ q_right: right })?.problem], [null, "clamped"], right);
  assert.deepEqual([read({ q_right: "2" })?.question?.right, read({ q_right: "2" })?.problem], [1, null]);
  assert.deepEqual([read({ q_hide: "figures,__proto__,constructor,body" })?.question?.hide, read({ q_hide: "x" })?.problem], [["figures"], "clamped"]);
  const long = read({ q_ask: "😀".repeat(500), q_a: Array(9).fill("x".repeat(999)).join("\n"), q_tell: "y\n".repeat(5_000) });
  assert.equal(long?.problem, "clamped");
  assert.ok(long?.question && long.question.ask.length <= LIMITS.ask && long.question.ask.isWellFormed() && long.question.tell.length <= LIMITS.tell);
  assert.deepEqual(long.question.answers.map(({ length }) => length), Array(4).fill(LIMITS.answer));
  assert.equal(read({ q_tell: "z".repeat(1_000_000) })?.problem, "clamped", "a megabyte");
  const spaced = readQuestion(withQuestion(state, { ...question, ask: "a\nb", answers: ["", "x", "", "y"], right: 3 }), "overfit");
  assert.deepEqual([spaced?.question?.ask, spaced?.question?.answers, spaced?.question?.right], ["a b", ["x", "y"], 1], "a place that is empty is none; the right one moves up");
});

for (const [script, lab] of /** @type {[LessonScript, string][]} */ ([[embedding, "map"], [zeroShot, "sentiment"], [overfitting, "overfit"]])) {
  test(`${script.id}: five to seven steps, each complete in both languages, with a source`, () => {
    assert.deepEqual(SCRIPTS.filter(({ id }) => id === script.id).map((one) => one.lab), [lab]);
    assert.equal(script.lab, lab);
    assert.ok(script.steps.length >= 5 && script.steps.length <= 7);
    for (const { name, todo, ask, why, answers, sources } of script.steps) {
      for (const words of [name, todo, ask, why, ...answers]) {
        assert.match(words.zh, /\p{Script=Han}|^(PCA|t-SNE)$/u);
        assert.doesNotMatch(words.en, /\p{Script=Han}{2,}/u, "English is English");
        assert.match(words.en, /[a-z]|PCA/);
      }
      for (const words of [todo, why]) assert.ok(/[.?]$/.test(words.en) && /[。？]$/.test(words.zh), words.zh);
      assert.ok(answers.length >= 2 && answers.length <= 4);
      assert.ok(sources.length && sources.every((source) => /\(\d{4}\): /.test(source)));
    }
  });
}

describe("in the page", () => {
  /** @type {Awaited<ReturnType<typeof launch>>} */
  let browser;
  /** @type {Awaited<ReturnType<typeof serveLab>>} */
  let server;
  before(async () => void ([browser, server] = await Promise.all([launch(), serveLab()])));
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** @param {string} hash @param {{lang?: "en" | "zh", context?: import("playwright-core").BrowserContextOptions, wait?: boolean}} [options] */
  async function open(hash, { lang = "en", context: more = {}, wait = true } = {}) {
    const { context, complaints } = await openContext(browser, { locale: lang === "zh" ? "zh-CN" : "en-US", ...more });
    const page = await context.newPage();
    await page.goto(`${server.url}?device=cpu${hash}`);
    if (wait) await page.locator("#lesson-ask").waitFor({ timeout: WAIT_MILLIS });
    return { page, context, complaints };
  }
  /** @param {Page} page @param {number} answer */
  const pick = (page, answer) => page.locator("#lesson-answers input").nth(answer).check();
  /** @param {Page} page */
  const press = (page) => page.locator("#lesson-main").click();
  /** @param {Page} page @param {RegExp} text */
  const mainSays = (page, text) => page.locator("#lesson-main").filter({ hasText: text }).waitFor({ timeout: WAIT_MILLIS });
  /** Waits until the lab's own numbers have said which answer it was. @param {Page} page */
  const came = (page) => page.locator("#lesson-answers [data-came]").waitFor({ timeout: WAIT_MILLIS });

  test("nothing runs before the prediction, then the lab runs and says what happened", async () => {
    const { page, context, complaints } = await open("#lesson=overfitting&step=2");
    await page.waitForFunction(() => (document.querySelector(".key")?.textContent ?? "").includes("20"), null, { timeout: WAIT_MILLIS });
    await page.waitForTimeout(600);
    assert.equal(await epoch(page), 0, "no epoch before the question is answered");
    assert.ok(await page.locator("#lesson-main").isDisabled());
    assert.match((await page.locator("#lesson-hint").textContent()) ?? "", /Pick an answer/);
    assert.ok(await page.locator("#lesson-told").isHidden());
    await pick(page, 0);
    await press(page);
    await mainSays(page, /Reveal/);
    await atEpoch(page, 20);
    assert.ok(await page.locator("#lesson-told").isHidden(), "the reveal waits for its button");
    await press(page);
    await came(page);
    const [train, validation] = await page.evaluate(() => [...document.querySelectorAll(".losses dd")].slice(1, 3).map((cell) => Number(cell.textContent)));
    assert.ok(validation > train * 2, `${train}, ${validation}: it overfits`);
    assert.equal(await page.locator("#lesson-answers [data-came] input").getAttribute("value"), "1", "the validation loss rises");
    assert.match((await page.locator("#lesson-came").textContent()) ?? "", /differently: “The validation loss”/);
    assert.match((await page.locator("#lesson-measured").textContent()) ?? "", /memorising.*\d\.\d/);
    assert.match((await page.locator("#lesson-says").textContent()) ?? "", /validation loss/, "said aloud too");
    assert.match((await page.locator("#lesson-told").textContent()) ?? "", /Goodfellow, Bengio & Courville \(2016\)/);
    assert.deepEqual([await violations(page), complaints.errors, complaints.strangers], [[], [], []]);
    await context.close();
  });

  test("every step of the overfitting lesson turns out as the lesson explains it, and a right prediction is called right", async () => {
    const { page, context } = await open("#lesson=overfitting");
    for (const [at, answer] of [0, 1, 1, 0, 2, 0, 1].entries()) {
      await page.locator(`.lesson-steps li:nth-child(${at + 1}) a`).click();
      await page.locator(".lesson-place").filter({ hasText: `Step ${at + 1} of 7` }).waitFor();
      await pick(page, answer);
      await press(page);
      // A figure is worked out when it can be seen, which it is until the reveal.
      if (at === 2 || at === 6) await page.locator(at === 2 ? "#fig-capacity > div > p.note" : "#overfit-parts dd").first().filter({ hasText: /\d/ }).waitFor({ timeout: WAIT_MILLIS });
      await press(page);
      await came(page);
      assert.equal(await page.locator("#lesson-answers [data-came] input").getAttribute("value"), String(answer), `step ${at + 1}: ${await page.locator("#lesson-measured").textContent()}`);
      assert.equal(await page.locator("#lesson-came").textContent(), "You predicted it.");
    }
    await context.close();
  });

  test("controls that a step does not need are hidden, and come back on request and at the end", async () => {
    const { page, context } = await open("#lesson=overfitting&step=5");
    const shown = (/** @type {string} */ selector) => page.locator(selector).first().isVisible();
    assert.deepEqual([await shown("#overfit-l2"), await shown("#overfit-rate"), await shown("#overfit-presets"), await shown("#fig-capacity"), await shown("#overfit-acts")], [true, false, false, false, false]);
    await page.locator("#lesson-all").click();
    assert.deepEqual([await shown("#overfit-l2"), await shown("#overfit-rate"), await shown("#overfit-presets"), await shown("#fig-capacity")], [true, true, true, true]);
    assert.equal(await shown("#overfit-run"), false, "what would tell the answer waits for the prediction");
    await page.locator("#lesson-all").click();
    assert.equal(await shown("#overfit-rate"), false);
    await page.locator("#lesson-leave").click();
    assert.equal(await page.locator("#lesson").count(), 0);
    assert.deepEqual([await shown("#overfit-rate"), await shown("#overfit-run"), await shown("#lab-overfit h1")], [true, true, true]);
    assert.equal(new URL(page.url()).hash, "#overfit");
    assert.notEqual(await page.locator("#overfit-l2").inputValue(), "0", "the lab stays as the step set it");
    await context.close();
  });

  test("next, back, the browser's own back, and another lab in the rail", async () => {
    const { page, context } = await open("#lesson=overfitting");
    const at = (/** @type {number} */ step) => page.locator(".lesson-place").filter({ hasText: `Step ${step} of 7` }).waitFor();
    await at(1);
    assert.ok(await page.locator("#lesson-back").isHidden());
    await pick(page, 2);
    for (const wanted of [/Reveal/, /Next step/]) {
      await press(page);
      await mainSays(page, wanted);
    }
    await press(page);
    await at(2);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "lesson-ask", "the question has the focus");
    await page.locator("#lesson-back").click();
    await at(1);
    await page.goBack();
    await at(2);
    await page.locator(".rail a[href='#overfit']").click();
    await page.waitForFunction(() => !document.getElementById("lesson"));
    assert.equal(await page.locator("[data-lesson-part]").count(), 0);
    await context.close();
  });

  test("a link to an unknown lesson or step is said and ignored", async () => {
    const unknown = await open("#lesson=alchemy", { wait: false });
    await unknown.page.getByText("There is no lesson of that name").waitFor({ timeout: WAIT_MILLIS });
    assert.equal(await unknown.page.locator("#lesson").count(), 0);
    assert.equal(new URL(unknown.page.url()).hash, "");
    await unknown.context.close();
    const far = await open("#lesson=overfitting&step=44");
    await far.page.getByText("The lesson has steps 1 to 7").waitFor();
    assert.equal(new URL(far.page.url()).hash, "#lesson=overfitting&step=1");
    await far.context.close();
  });

  test("the language changes, the step and the prediction stay", async () => {
    const { page, context } = await open("#lesson=zero-shot&step=4");
    assert.match(await page.locator("#text").inputValue(), /can't say/);
    await pick(page, 1);
    await switchLanguage(page, "zh");
    await page.locator(".lesson-place").filter({ hasText: "第 4 步，共 6 步" }).waitFor();
    assert.match(await page.locator("#text").inputValue(), /不能说/);
    assert.ok(await page.locator("#lesson-answers input").nth(1).isChecked());
    assert.match((await page.locator("#lesson-ask").textContent()) ?? "", /偏向哪一端/);
    await context.close();
  });

  test("the other two lessons: every step measures an answer of its own", async () => {
    for (const { id, steps } of [{ id: "zero-shot", steps: 6 }, { id: "embedding", steps: 6 }]) {
      const { page, context, complaints } = await open(`#lesson=${id}`);
      // The lab is ready, so that what was before can be compared with what comes after.
      if (id === "embedding") await page.waitForFunction(() => document.getElementById("map-kept")?.textContent !== undefined, null, { timeout: WAIT_MILLIS });
      else await page.waitForFunction(() => /\d/.test(document.getElementById("score")?.textContent ?? ""), null, { timeout: WAIT_MILLIS });
      for (let step = 1; step <= steps; step++) {
        await page.locator(".lesson-place").filter({ hasText: `Step ${step} of ${steps}` }).waitFor();
        await quiet(page);
        await pick(page, 0);
        await press(page);
        await press(page);
        await came(page);
        assert.match((await page.locator("#lesson-measured").textContent()) ?? "", /\d|closer|undecided/, `${id}, step ${step}`);
        await press(page);
      }
      assert.deepEqual([await violations(page), complaints.errors], [[], []]);
      await context.close();
    }
  });

  /** Nothing is being worked on. @param {Page} page */
  const quiet = async (page) => {
    await page.waitForTimeout(700);
    await page.waitForFunction(() => document.getElementById("live")?.dataset.working === undefined && !document.querySelector(".map-state progress"), null, { timeout: WAIT_MILLIS });
  };

  test("the clock counts down and says its end", async () => {
    const { page, context } = await open("#lesson=overfitting");
    await page.evaluate(() => {
      const real = performance.now.bind(performance);
      const shift = { millis: 0 };
      performance.now = () => real() + shift.millis;
      Object.assign(globalThis, { shift });
    });
    await page.locator("#lesson-minutes").fill("1");
    await page.locator("#lesson-timer-start").click();
    assert.match((await page.locator("[role=timer]").textContent()) ?? "", /^(1:00|0:5\d)$/);
    await page.evaluate(() => void (/** @type {any} */ (globalThis).shift.millis = 61_000));
    await page.locator("#lesson-says").filter({ hasText: "Time is up." }).waitFor({ state: "attached" });
    assert.equal(await page.locator("[role=timer]").count(), 0);
    await context.close();
  });

  /** Fills the dialog of the lab that is open and gives back the link. @param {Page} page @param {string} prefix @param {{ask: string, answers: string[], right?: number, tell?: string, hide?: string[]}} question */
  async function make(page, prefix, { ask, answers, right, tell = "", hide = [] }) {
    await page.locator(`#${prefix}-lesson-link`).click();
    await page.locator("#maker-ask").fill(ask);
    for (const [at, answer] of answers.entries()) await page.locator(`#maker-answer-${at + 1}`).fill(answer);
    if (right !== undefined) await page.locator(`#maker-right-${right + 1}`).check();
    await page.locator("#maker-tell").fill(tell);
    for (const name of hide) await page.locator(`.maker-hides [value=${name}]`).check();
    await page.locator("#maker-copy").click();
  }
  /** The clipboard of a page that may write it. @param {Page} page */
  const copied = async (page) => {
    await page.locator("#maker-said").filter({ hasText: /^(Link copied|链接已复制)/ }).waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const clipboard = { permissions: ["clipboard-read", "clipboard-write"] };

  test("a teacher's question goes into a link, and comes first where that is opened", async () => {
    const { page, context, complaints } = await open("#overfit", { wait: false, context: clipboard });
    await atEpoch(page, 1);
    await page.locator("#overfit-degree").fill("18");
    await make(page, "overfit", { ask: "Which loss rises? <b>Look</b>", answers: ["The training loss", "The validation loss"], right: 1, tell: "It learns the noise.\nStop earlier.", hide: ["curves", "readings", "model"] });
    const link = await copied(page);
    await context.close();

    const other = await open(new URL(link).hash, { lang: "zh", context: clipboard });
    const visible = (/** @type {string} */ selector) => other.page.locator(selector).first().isVisible();
    assert.equal(await other.page.locator("#lesson-ask").textContent(), "Which loss rises? <b>Look</b>", "text is text");
    assert.deepEqual([await visible("#overfit-curves"), await visible(".losses"), await visible("#overfit-degree"), await visible("#overfit-noise")], [false, false, false, true]);
    assert.equal(await other.page.getByText("some of it was cut").count(), 0, "the lab's own settings fit");
    assert.ok(await other.page.locator("#lesson-main").isDisabled() && await other.page.locator("#lesson-told").isHidden(), "nothing is told before an answer");
    assert.equal(await other.page.locator("#lesson-main").textContent(), "Reveal", "the link brings its language");
    await other.page.locator("#lesson-all").click();
    assert.ok(await visible("#overfit-degree"), "all controls on request");
    await other.page.locator("#lesson-all").click();
    await pick(other.page, 0);
    await switchLanguage(other.page, "zh");
    assert.ok(await other.page.locator("#lesson-answers input").first().isChecked(), "the answer stays when the language changes");
    await press(other.page);
    assert.match((await other.page.locator("#lesson-came").textContent()) ?? "", /正确答案是“The validation loss”/);
    assert.deepEqual(await other.page.locator("#lesson-told p:not(#lesson-came)").allTextContents(), ["It learns the noise.", "Stop earlier."]);
    assert.equal(await other.page.locator("#lesson-answers [data-came] input").getAttribute("value"), "1");
    assert.deepEqual([await visible("#overfit-curves"), await visible("#overfit-degree"), await other.page.locator("#overfit-degree").inputValue()], [true, true, "18"], "the reveal brings all back");
    await other.page.reload();
    await other.page.locator("#lesson-ask").waitFor({ timeout: WAIT_MILLIS });
    await other.page.locator("#lesson-leave").click();
    assert.deepEqual([await other.page.locator("#lesson, [data-lesson-part]").count(), new URL(other.page.url()).hash], [0, "#overfit"]);
    assert.deepEqual([await violations(other.page), other.complaints, complaints], [[], { errors: [], violations: [], strangers: [] }, { errors: [], violations: [], strangers: [] }]);
    await other.context.close();
  });

  test("an unfinished question makes no link, a long one is cut and told, a bad link opens the lab alone", async () => {
    const { page, context } = await open("", { wait: false, context: clipboard });
    await page.locator("#act-lesson-link").waitFor({ timeout: WAIT_MILLIS });
    await make(page, "act", { ask: "Why?", answers: ["one"] });
    await page.locator("#maker-said").filter({ hasText: "at least two answers" }).waitFor();
    await page.locator("#maker-ask").fill("w".repeat(1_000));
    await page.locator(".maker .note").filter({ hasText: "the end was cut" }).first().waitFor();
    assert.equal((await page.locator("#maker-ask").inputValue()).length, LIMITS.ask);
    await page.locator("#maker-answer-2").fill("two");
    await page.locator("#maker-copy").click();
    assert.match(await copied(page), /#lab=sentiment&.*q=1&q_ask=w{300}&q_a=one%0Atwo$/);
    await page.keyboard.press("Escape");
    await page.locator("#maker").waitFor({ state: "detached" });
    await page.locator("#act-lesson-link").click();
    assert.equal(await page.locator("#maker-answer-2").inputValue(), "two", "what was written is still there");
    await page.locator("#maker-try").click();
    await page.locator("#lesson-ask").filter({ hasText: "www" }).waitFor();
    await page.locator(".rail a[href='#map']").click();
    await page.waitForFunction(() => !document.getElementById("lesson"));
    await context.close();
    const bad = await open("#lab=overfit&v=1&degree=4&q=7&q_ask=x&q_a=a%0Ab", { wait: false });
    await bad.page.getByText("question in the link was made by another version").waitFor({ timeout: WAIT_MILLIS });
    assert.deepEqual([await bad.page.locator("#lesson").count(), new URL(bad.page.url()).hash], [0, "#overfit"]);
    await bad.context.close();
  });

  for (const [width, lang, colorScheme] of /** @type {const} */ ([[1280, "en", "light"], [390, "zh", "dark"]])) {
    test(`making a question, and being asked: axe finds nothing, nothing is cut off at ${width} px`, async () => {
      const { page, context } = await open("#overfit", { lang, wait: false, context: { ...clipboard, colorScheme, viewport: { width, height: 844 }, bypassCSP: true } });
      await atEpoch(page, 1);
      await make(page, "overfit", { ask: lang === "zh" ? "哪条损失曲线会升高？" : "Which loss rises?", answers: ["A", "B", "C"], right: 0, tell: "…", hide: ["curves"] });
      await copied(page);
      assert.deepEqual(await axeFindings(page), [], "the dialog");
      assert.ok(await page.locator("#maker").evaluate((dialog) => dialog.scrollWidth <= dialog.clientWidth), "the dialog is wide enough");
      await page.locator("#maker-try").click();
      await page.locator("#lesson-ask").waitFor();
      await pick(page, 0);
      await press(page);
      assert.deepEqual(await axeFindings(page), [], "the question");
      assert.ok((await pastEdge(page)) <= 0, "too wide");
      await context.close();
    });
  }

  for (const [width, lang, colorScheme] of /** @type {const} */ ([[1280, "en", "light"], [390, "zh", "dark"]])) {
    test(`axe finds nothing and nothing is cut off at ${width} px`, async () => {
      const { page, context } = await open("#lesson=overfitting&step=5", { lang, context: { colorScheme, viewport: { width, height: 844 }, bypassCSP: true } });
      for (const moment of ["asked", "running", "told"]) {
        if (moment === "running") await pick(page, 1);
        if (moment !== "asked") await press(page);
        if (moment === "told") await came(page);
        assert.deepEqual(await axeFindings(page), [], moment);
        assert.ok((await pastEdge(page)) <= 0, `${moment}: too wide`);
      }
      const low = await page.locator("#lesson-answers label, #lesson-main, .lesson-steps a").evaluateAll((targets) => targets.filter((target) => target.getBoundingClientRect().height < (innerWidth < 760 ? 44 : 36)).length);
      assert.equal(low, 0, "targets are high enough for a finger");
      await context.close();
    });
  }

  test("the lists of lessons: at the foot of the rail, at the end of the page on phones, and in the three labs", async () => {
    const { page, context } = await open("", { wait: false });
    await page.locator(".rail .lessons a[data-lesson-link=embedding]").waitFor();
    assert.deepEqual(await page.locator(".rail .lessons a").evaluateAll((links) => links.map((link) => link.getAttribute("href"))), SCRIPTS.map(({ id }) => `#lesson=${id}`));
    for (const { id, lab } of SCRIPTS) assert.equal(await page.locator(`#lab-${lab} .lesson-line a`).getAttribute("href"), `#lesson=${id}`);
    assert.ok(await page.locator(".lessons-end").isHidden());
    await page.setViewportSize({ width: 390, height: 844 });
    assert.ok(await page.locator(".lessons-end").isVisible() && await page.locator(".rail .lessons").isHidden());
    await page.locator(".lessons-end a[data-lesson-link=overfitting]").click();
    await page.locator("#lesson-ask").waitFor({ timeout: WAIT_MILLIS });
    await context.close();
  });
});
