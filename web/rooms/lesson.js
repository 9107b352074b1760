// Lesson mode: a question first, then the lab's real experiment, then what happened. A step sets the
// lab's own state and hides what it can do without; leaving keeps the lab as it is. Predictions stay here.

import { lang, onLanguage, setLanguage, t } from "../i18n/index.js";
import { addressOf, lessonIn, SCRIPTS } from "../lessons/index.js";
import { markParts, unmarkParts } from "./lesson-parts.js";
import { createStrip } from "./lesson-strip.js";
import { debounced } from "./room.js";

const LOOK_MILLIS = 250;
/** After so long without an answer a look is taken anyway: some labs change without pause. */
const LOOK_AT_LEAST_MILLIS = 1_000;

/** @param {LessonHost} host */
export function createLessonMode(host) {
  /** @type {(LessonView & {lab: LessonLab, memory: unknown, chosen: boolean}) | null} */
  let view = null;
  /** Titles by id, of the lessons whose words are here. @type {Map<string, LessonScript>} */
  const known = new Map();
  /** Labs that are listened to. @type {Set<LessonLab>} */
  const heard = new Set();
  const strip = createStrip({
    pick: (pick) => view && ((view.pick = pick), draw()), main, again: () => view && enter(view.script, view.at, view.lab),
    all: () => view && ((view.all = !view.all), showAll(), draw()), leave: () => close(true),
  });

  const stepNow = () => view && view.script.steps[view.at];
  /** Title of the lesson after this one, where its words are here. */
  const nextScript = () => (view ? SCRIPTS[SCRIPTS.findIndex(({ id }) => id === view?.script.id) + 1] ?? null : null);
  const nextTitle = () => known.get(nextScript()?.id ?? "")?.title[lang()] ?? null;
  const draw = () => view && strip.draw(view, nextTitle());

  /** @param {string} hash */
  async function follow(hash) {
    const asked = lessonIn(hash);
    if (!asked.script) {
      close(false);
      return host.say(t().lesson.unknown);
    }
    const script = await fetchScript(asked.script);
    if (hash !== location.hash) return; // the person has gone on meanwhile
    if (asked.lang && asked.lang !== lang()) setLanguage(asked.lang);
    const lab = host.show(script.lab);
    const fits = asked.step !== null && asked.step <= script.steps.length;
    if (!fits) history.replaceState(null, "", addressOf(script.id, 1));
    const next = SCRIPTS[SCRIPTS.indexOf(asked.script) + 1];
    if (next) void fetchScript(next).then(draw, () => {});
    enter(script, fits ? (asked.step ?? 1) - 1 : 0, lab);
    if (!fits) host.say(t().lesson.badStep(script.steps.length));
  }
  /** @param {typeof SCRIPTS[number]} one */
  async function fetchScript(one) {
    const script = known.get(one.id) ?? (await one.fetch());
    known.set(one.id, script);
    return script;
  }

  /** Asks a step's question, with the lab set up for it. @param {LessonScript} script @param {number} at @param {LessonLab} lab */
  function enter(script, at, lab) {
    const all = view?.all ?? false, arrived = view === null;
    view = { script, at, lab, phase: "ask", pick: null, all, came: null, measured: "", memory: null, chosen: false };
    const step = script.steps[at];
    if (!strip.element.isConnected) lab.element.parentElement?.prepend(strip.element, strip.bar);
    listen(lab);
    markParts(script.lab, step, true);
    showAll();
    for (const link of document.querySelectorAll("[data-lesson-link]")) {
      if (link.getAttribute("data-lesson-link") === script.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    lab.store.set({ ...lab.definition.fresh(lang()), ...lab.definition.codec.readDraft(/** @type {Record<string, unknown>} */ (step.state(lang()))) });
    step.enter?.(lab.room);
    choose();
    strip.build(view, nextTitle());
    scrollTo(0, 0);
    if (!arrived) strip.title.focus({ preventScroll: true }); // a fresh page begins at its top
  }
  const showAll = () => void (document.documentElement.dataset.lesson = view?.all ? "all" : "on");

  /** The point that the step is about, once the map holds it; after that the choice is the person's. */
  function choose() {
    const step = stepNow();
    if (!view || !step?.choose || view.chosen) return;
    const room = /** @type {MapRoom} */ (view.lab.room);
    const at = room.vectors ? room.content.points.findIndex(({ name }) => name === step.choose?.[lang()]) : -1;
    if (at < 0) return;
    view.chosen = true;
    room.choose(at);
  }

  function main() {
    const step = stepNow();
    if (!view || !step) return;
    if (view.phase === "ask") return run(view, step);
    if (view.phase === "run") return reveal(view, step);
    if (view.at < view.script.steps.length - 1) return void (location.hash = addressOf(view.script.id, view.at + 2));
    const next = nextScript();
    if (next && nextTitle() !== null) location.hash = addressOf(next.id, 1);
    else close(true);
  }

  /** @param {NonNullable<typeof view>} now @param {LessonStep} step */
  function run(now, step) {
    now.phase = "run";
    now.memory = step.before?.(now.lab.room) ?? null;
    markParts(now.script.lab, step, false);
    if (step.then) now.lab.store.set(now.lab.definition.codec.readDraft(/** @type {Record<string, unknown>} */ (step.then(lang()))));
    step.run?.(now.lab.room);
    draw();
    const place = document.querySelector(step.look);
    if (place instanceof HTMLDetailsElement) place.open = true;
    place?.scrollIntoView({ block: "nearest" });
    strip.say(t().lesson.running);
  }

  /** @param {NonNullable<typeof view>} now @param {LessonStep} step */
  function reveal(now, step) {
    now.phase = "told";
    read(now, step);
    draw();
    strip.told.scrollIntoView({ block: "nearest" });
    strip.say(`${strip.verdict(now)} ${step.why[lang()]}`);
  }

  /** What the lab has measured by now. @param {NonNullable<typeof view>} now @param {LessonStep} step */
  function read(now, step) {
    const before = [now.came, now.measured].join();
    now.came = step.outcome(now.lab.room, now.memory, lang());
    const said = step.said.map((selector) => textOf(now.lab.element.querySelector(selector)));
    const earlier = now.memory === null ? "" : (step.earlier?.(now.memory)[lang()] ?? "");
    now.measured = now.came === null ? "" : [earlier, ...said].filter(Boolean).join(" ").replace(/([，。；：]) /g, "$1");
    return [now.came, now.measured].join() !== before;
  }
  function look() {
    lookedMillis = performance.now();
    const step = stepNow();
    if (view?.phase !== "told" || !step) return;
    const came = view.came;
    if (!read(view, step)) return;
    draw();
    if (came === null && view.came !== null) strip.say(strip.verdict(view));
  }
  let lookedMillis = 0;
  const soon = debounced(look, LOOK_MILLIS);

  /** @param {LessonLab} lab */
  function listen(lab) {
    if (heard.has(lab)) return;
    heard.add(lab);
    const changed = () => {
      if (view?.lab !== lab || view.phase !== "told") return;
      if (performance.now() - lookedMillis > LOOK_AT_LEAST_MILLIS) look();
      else soon();
    };
    new MutationObserver(changed).observe(lab.element, { subtree: true, childList: true, characterData: true });
    for (const event of /** @type {const} */ (["content", "vectors"])) lab.room.on(event, () => view?.lab === lab && choose());
  }

  onLanguage(() => {
    const step = stepNow();
    if (!view || !step) return;
    // What the step put in follows the language; what a person has changed since stays.
    const other = lang() === "zh" ? "en" : "zh";
    const sets = (/** @type {Lang} */ of) => /** @type {Record<string, unknown>} */ ({ ...step.state(of), ...(view?.phase === "ask" ? {} : step.then?.(of)) });
    const was = sets(other);
    view.lab.store.set(Object.fromEntries(Object.entries(sets(lang())).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(was[key]) && JSON.stringify(view?.lab.store.state[key]) === JSON.stringify(was[key]))));
    markParts(view.script.lab, step, view.phase === "ask");
    if (view.phase === "told") read(view, step);
    strip.build(view, nextTitle());
  });

  /** @param {boolean} leave whether the address becomes the lab's again */
  function close(leave) {
    if (!view) return;
    view = null;
    strip.stop();
    strip.element.remove();
    strip.bar.remove();
    unmarkParts();
    delete document.documentElement.dataset.lesson;
    for (const link of document.querySelectorAll("[data-lesson-link]")) link.removeAttribute("aria-current");
    dispatchEvent(new Event("resize"));
    if (leave) host.leave(true);
  }
  return { follow, close: () => close(false) };
}

/** Stands where one reading ends. */
const NEXT = "\n";
/** Words of a part of the page, one blank between its pieces. @param {Element | null} element */
function textOf(element) {
  if (!element) return "";
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const pieces = [];
  while (walker.nextNode()) pieces.push(walker.currentNode.textContent?.trim() ?? "", walker.currentNode.parentElement?.matches("dd") ? NEXT : "");
  return pieces.filter(Boolean).join(" ").replaceAll(` ${NEXT} `, t().open.comma).replace(` ${NEXT}`, element.matches("dl") ? t().open.stop : "");
}
