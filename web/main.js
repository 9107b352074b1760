// Starts the page: language, theme, session, status line, offline, and the labs.

import { isQuestion, isShareLink } from "./base/address.js";
import { LINK_CHARS, MODELS } from "./base/constants.js";
import { byId, fill, h } from "./base/dom.js";
import { megabytes } from "./base/format.js";
import { createOffline } from "./base/offline.js";
import { keep, keepDraft, storageWorks, takeDraft } from "./base/storage.js";
import { createStore } from "./base/store.js";
import { keptChoice, policy, savesData, takeEarly, workerUrl } from "./early.js";
import { lang, named, onLanguage, setLanguage, t } from "./i18n/index.js";
import { LABS } from "./labs.js";
import { isLesson, lessonIn } from "./lessons/index.js";
import { lessonsAreHere, listed, modelIsHere, readList } from "./listed.js";
import { createModelHost } from "./rooms/models-host.js";
import { hasOwn, own } from "./rooms/models-own.js";
import { createSession, sessionOf } from "./session.js";
import { draftModel, readHash } from "./share.js";
import { mountRail } from "./ui/rail.js";
import { drawLessonStatus, drawPlainStatus, drawStatusLine } from "./ui/status-line.js";
import { drawTheme, mountTheme } from "./ui/theme.js";
import { createNoWaiting, createWaiting } from "./waiting.js";

/** Rest after the first lab's model is ready, in which it answers its first question. */
const OTHERS_MILLIS = 1_000;

/** @type {"no" | "saving" | "yes"} */
let offlineState = "no";
let visitOnly = false;

/** Definitions of the labs whose code is here. @type {Map<string, LabDefinition<any>>} */
const definitions = new Map();
/** The lab that an address names; the first one where it names none. @param {string} hash */
const idIn = (hash) => {
  const named = isShareLink(hash) ? new URLSearchParams(hash.slice(1, LINK_CHARS)).get("lab") : isLesson(hash) ? lessonIn(hash).script?.lab : hash.slice(1);
  return (LABS.find(({ id }) => id === named) ?? LABS[0]).id;
};
/** @param {string} id */
async function fetchLab(id) {
  const found = LABS.find((one) => one.id === id) ?? LABS[0];
  definitions.set(found.id, await found.fetch());
}
/** Code that someone waits for. @param {string} id */
const needLab = (id) => fetchLab(id).catch((error) => {
  dispatchEvent(new Event("kindling-missing-part"));
  throw error;
});
const readLink = (/** @type {string} */ hash) => readHash(hash, Object.fromEntries([...definitions].map(([id, { codec }]) => [id, codec])));

await Promise.all([needLab(LABS[0].id), needLab(idIn(location.hash))]);
const shared = readLink(location.hash);
/** Those that someone has opened; a lab that nobody visits is never drawn. @type {Lab[]} */
const labs = [];
const draft = shared ? null : takeDraft();
// At once: a page that is left while it is still starting gives its draft on.
addEventListener("pagehide", () => keepDraft({ ...draft, ...Object.fromEntries(labs.map(({ definition, store }) => [definition.id, store.state])) }));
if (shared?.lang) setLanguage(shared.lang);

const session = createSession({ onStatus: showSession, workerUrl, takeEarly, openOwn: (key, options) => own.open(key, options) });
const offline = createOffline({
  onState: (state) => {
    offlineState = state;
    drawStatus();
    void drawRail();
  },
  onUpdate: showUpdate,
  scriptUrl: (url) => policy.createScriptURL(url),
});

/** @param {LabDefinition<any>} definition */
function createLab(definition) {
  const { id, model, codec, mount, fresh } = definition;
  const element = byId(`lab-${id}`); // not the name in the address, or the browser would scroll there
  const place = (/** @type {string} */ name) => /** @type {HTMLElement} */ (element.querySelector(`[data-place=${name}]`));
  const kept = draft?.[id];
  const store = createStore({
    ...fresh(lang()),
    ...(kept && typeof kept === "object" ? { ...codec.readDraft(/** @type {Record<string, unknown>} */ (kept)), ...draftModel(id, /** @type {Record<string, unknown>} */ (kept)) } : {}),
    ...(shared?.lab === id ? shared.state : {}),
  });
  const view = model === null ? session : sessionOf(session, model, () => store.state.model ?? "");
  const { room, refresh, start } = mount(element, view, store, { onError: (error) => waiting.showError(error), useCpu: () => choose("cpu") });
  const waiting = model === null ? createNoWaiting({ place: place("progress"), onRetry: () => room.emit("run") }) : createWaiting({
    place: place("progress"), live: place("live"), model, session: view,
    open: (choice) => choose(choice, model),
    bundled: () => store.set({ model: "" }),
    load: () => {
      waiting.forgive();
      view.load(model, keptChoice());
    },
    onReady: () => room.emit("ready"),
  });
  // An answer means that whatever the note said is over.
  room.on("scored", waiting.clearError);
  if (model !== null) store.onChange((changed) => changed.has("model") && void host.changed(made));
  if (model === null) {
    room.on("scored", keepForOffline);
    store.onChange(() => lab.definition === definition && drawStatus());
  }
  const made = { definition, element, place, store, session: view, room, refresh, start, waiting, visited: false };
  return made;
}
/** @typedef {ReturnType<typeof createLab>} Lab */

/** @param {string} id of a lab whose code is here */
function labCalled(id) {
  const known = labs.find(({ definition }) => definition.id === id);
  if (known) return known;
  const fresh = createLab(/** @type {LabDefinition<any>} */ (definitions.get(id)));
  labs.push(fresh);
  return fresh;
}
let lab = labCalled(idIn(location.hash));
const host = createModelHost({
  session, labs: () => labs, current: () => lab, choose, redraw: () => drawStatus(),
  async open(id, model) {
    if (!definitions.has(id)) await needLab(id);
    const target = labCalled(id);
    // Before its first visit, which would else begin to fetch the bundled one.
    if (model !== undefined) target.store.set({ model });
    if (target !== lab) {
      location.hash = id;
      show(target, { focus: true });
    }
    return target;
  },
});

/** @param {DeviceChoice} choice @param {ModelName} [model] */
function choose(choice, model) {
  keep("device", choice);
  for (const { waiting } of labs) waiting.forgive();
  session.open(choice, model);
}

function drawStatus() {
  const { model, runs, plain } = lab.definition;
  for (const other of labs) if (other !== lab) fill(other.place("status"));
  if (plain) return drawPlainStatus(lab.place("status"), { models: own.list, offline: offlineState, visitOnly });
  if (model === null) return drawLessonStatus(lab.place("status"), { runs: runs?.(lab.store.state) ?? "", bytes: listed.lessons, offline: offlineState, visitOnly });
  drawStatusLine(lab.place("status"), {
    status: lab.session.status, model, bytes: listed.models[model], offline: offlineState, visitOnly, choose: (choice) => choose(choice, model), own: host.choices(lab),
  });
}

function showSession() {
  for (const each of labs) {
    host.update(each);
    if (each.definition.plain) each.refresh();
    if (!each.waiting.update()) continue;
    each.refresh();
    const { model } = each.definition;
    if (model && each.session.status.models[model].phase === "ready") keepForOffline();
    else each.room.emit("waiting");
    drawStatus();
  }
}

let keptLessons = false;
function keepForOffline() {
  const { opened, models } = session.status;
  const loaded = /** @type {ModelName[]} */ (Object.keys(models)).filter((name) => models[name].phase === "ready" && !models[name].own);
  if (opened) void offline.start(opened.bundle, loaded.map((name) => MODELS[name].folder));
  else if (!keptLessons && !savesData()) {
    keptLessons = true; // a lab without a model answers many times over
    void offline.start("cpu", []);
  }
  fetchOthers();
}

let othersAsked = false;
/** The other labs' code, once nobody waits for anything: a click then finds it here. */
function fetchOthers() {
  if (othersAsked) return;
  othersAsked = true;
  setTimeout(() => LABS.forEach(({ id }) => definitions.has(id) || fetchLab(id).catch(() => {})), OTHERS_MILLIS);
}

/** @param {() => void} apply */
function showUpdate(apply) {
  document.getElementById("update")?.remove();
  const words = t().update;
  const bar = h("div", { class: "update", id: "update", role: "status" }, h("p", null, h("strong", null, words.ready), " ", words.kept),
    h("p", { class: "acts" }, h("button", { type: "button", class: "go", onclick: apply }, words.reload), h("button", { type: "button", class: "plain", onclick: () => bar.remove() }, words.later)));
  document.body.append(bar);
}

// ── which lab is open ──
/** @param {Lab} next @param {{byLink?: boolean, focus?: boolean}} [how] */
function show(next, { byLink = false, focus = false } = {}) {
  if (lab !== next) lab.room.emit("leave");
  lab = next;
  delete document.documentElement.dataset.lab; // from here on the attribute below decides
  for (const { id } of LABS) byId(`lab-${id}`).hidden = id !== next.definition.id;
  for (const link of document.querySelectorAll(".rail a[href]")) {
    if (link.getAttribute("href") === `#${next.definition.id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = next.definition.title();
  drawStatus();
  if (focus) {
    const heading = /** @type {HTMLElement} */ (next.element.querySelector("h1"));
    heading.tabIndex = -1;
    scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  }
  next.room.emit("visit");
  void visit(next, byLink);
}

/** A link must not start a download, and neither must a visit on a saved data plan. @param {Lab} which @param {boolean} byLink */
async function visit(which, byLink) {
  const { model, plain } = which.definition;
  if (which.visited && !(model === null && byLink)) return host.ensure(which);
  which.visited = true;
  if (plain) {
    if (!byLink && !savesData()) keepForOffline();
    which.start?.({ byLink, bytes: null });
  } else if (await host.visit(which, byLink)) {
    // Its own model, or a question about it.
  } else if (model === null) {
    const held = (byLink || savesData()) && !(await lessonsAreHere());
    if (held) await readList();
    which.start?.({ byLink, bytes: held ? listed.lessons : null });
  } else if ((byLink || savesData()) && !(await modelIsHere(model))) {
    await readList();
    const size = megabytes(listed.models[model] + (session.status.opened ? 0 : listed.program));
    which.waiting.ask((byLink ? t().open.ask : t().open.askSaving)(size));
  } else {
    which.session.load(model, keptChoice());
  }
  showSession(); // what another lab has loaded already tells nothing by itself
  // One's own models are looked through once nobody waits for anything; without any, the store's worker is not even started.
  setTimeout(() => void (hasOwn() && own.load().catch(() => {})), OTHERS_MILLIS);
}

/** The rail says what a visit would fetch; what is here already needs no mark. */
async function drawRail() {
  for (const { id, model } of LABS) {
    const mark = document.querySelector(`.rail [data-fetch=${id}]`);
    if (!mark || model === null) continue;
    const here = session.status.models[model].phase === "ready" || (await modelIsHere(model));
    const size = megabytes(listed.models[model]);
    // A phone's cell has room for the size alone.
    if (here) fill(mark);
    else fill(mark, h("i", { class: "wide" }, t().open.toFetch(size)), h("i", { class: "narrow" }, size));
  }
}

// ── language, theme, links ──
function drawLanguage() {
  document.title = lab.definition.title();
  for (const element of document.querySelectorAll("[data-aria]")) element.setAttribute("aria-label", named(element.getAttribute("data-aria") ?? ""));
  for (const button of byId("language").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang()));
  drawTheme();
  drawStatus();
  void drawRail();
}
for (const button of byId("language").querySelectorAll("button")) {
  button.addEventListener("click", () => {
    const next = /** @type {Lang} */ (button.dataset.lang);
    keep("lang", next);
    setLanguage(next);
  });
}
onLanguage(() => {
  drawLanguage();
  for (const { definition, store, room, waiting } of labs) {
    store.set(definition.translated(store.state, lang()));
    room.emit("language");
    waiting.redraw();
  }
});
mountRail();
mountTheme(() => labs.forEach(({ room }) => room.emit("theme")));

/** @param {import("./share.js").Shared} link */
function showLinkNotes(link) {
  const notes = [t().share.opened, ...link.notices.map((notice) => t().share[notice])];
  fill(lab.place("notices"), h("p", { class: "note link-note", role: "status" }, link.notices.includes("version") || link.notices.includes("lab") ? notes.slice(1).join(" ") : notes.join(" ")));
}
/** The address of a lab: the first one needs none. @param {Lab} which */
const address = (which) => location.pathname + location.search + (which.definition.id === LABS[0].id ? "" : `#${which.definition.id}`);

/** @type {ReturnType<typeof import("./rooms/lesson.js").createLessonMode> | null} */
let lesson = null;
/** A lesson is a lab with a question before it; its code comes down when it is wanted. @param {string} hash */
async function followLesson(hash) {
  try {
    const { createLessonMode } = await import("./rooms/lesson.js");
    lesson ??= createLessonMode({
      show(id) {
        const next = labCalled(id);
        if (next !== lab) show(next);
        return next;
      },
      say: (text) => fill(lab.place("notices"), h("p", { class: "note link-note", role: "status" }, text)),
      leave() {
        history.replaceState(null, "", address(lab));
        show(lab, { focus: true });
      },
    });
  } catch (error) {
    dispatchEvent(new Event("kindling-missing-part"));
    throw error;
  }
  await lesson.follow(hash);
  if (isLesson(location.hash) && !lessonIn(location.hash).script) history.replaceState(null, "", address(lab));
}

/** @type {ReturnType<typeof import("./rooms/lesson-asked.js").createAsked> | null} */
let asked = null;
/** A question that came with the settings; the link stays in the address, so that a reload asks again. @param {string} hash */
async function followQuestion(hash) {
  const target = lab;
  const [{ readQuestion }, { createAsked }] = await Promise.all([import("./rooms/lesson-link.js"), import("./rooms/lesson-asked.js")]).catch((error) => {
    dispatchEvent(new Event("kindling-missing-part"));
    throw error;
  });
  if (hash !== location.hash) return; // the person has gone on meanwhile
  const { question, problem } = readQuestion(hash, target.definition.id) ?? { question: null, problem: null };
  if (problem) target.place("notices").append(h("p", { class: "note link-note", role: "status" }, t().lesson.asked[problem]));
  if (!question) return history.replaceState(null, "", address(target));
  asked ??= createAsked({ leave: () => {
    history.replaceState(null, "", address(lab));
    show(lab, { focus: true });
  } });
  asked.open(target, question);
}

addEventListener("hashchange", async () => {
  const { hash } = location;
  if (!definitions.has(idIn(hash))) await needLab(idIn(hash));
  if (hash !== location.hash) return; // the person has gone on meanwhile
  if (isLesson(hash)) {
    asked?.close();
    return followLesson(hash);
  }
  const link = readLink(hash);
  if (link || hash.length < 2 || hash === `#${idIn(hash)}`) {
    lesson?.close();
    asked?.close();
  }
  if (link) {
    const target = labCalled(link.lab);
    if (!isQuestion(hash)) history.replaceState(null, "", address(target));
    if (link.lang && link.lang !== lang()) setLanguage(link.lang);
    target.store.set(link.state); // first: a first visit asks about the model that the link names
    show(target, { byLink: true, focus: target !== lab });
    showLinkNotes(link);
    return isQuestion(hash) ? followQuestion(hash) : undefined;
  }
  const id = idIn(hash);
  if (hash.length > 1 && hash !== `#${id}`) return; // some other place on the page
  if (labCalled(id) !== lab) show(labCalled(id), { focus: true });
});
byId("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address names the lab, and stays
  byId("main").focus();
});

// Inside is open beside the lab where there is room for it.
const wide = matchMedia("(min-width: 1100px)");
const setInside = () => document.querySelectorAll("details.inside").forEach((part) => part.toggleAttribute("open", wide.matches));
wide.addEventListener("change", setInside);

async function start() {
  setInside();
  if (shared && !isQuestion(location.hash)) history.replaceState(null, "", address(lab));
  show(lab, { byLink: Boolean(shared) });
  drawLanguage();
  if (shared) showLinkNotes(shared);
  if (isLesson(location.hash)) void followLesson(location.hash);
  else if (isQuestion(location.hash)) void followQuestion(location.hash);
  visitOnly = !(await storageWorks());
  drawStatus();
  await readList();
  drawStatus();
  await drawRail();
}
void start();
