// Starts the page: language, theme, session, status line, offline, and the lab.

import { MODEL } from "./base/constants.js";
import { byId, fill, h } from "./base/dom.js";
import { megabytes } from "./base/format.js";
import { createOffline } from "./base/offline.js";
import { keep, keepDraft, setting, storageWorks, takeDraft } from "./base/storage.js";
import { createStore } from "./base/store.js";
import { lang, named, onLanguage, setLanguage, t } from "./i18n/index.js";
import { freshState, mount, translated } from "./rooms/sentiment.js";
import { createSession } from "./session.js";
import { readDraft, readHash } from "./share.js";
import { errorNote } from "./ui/error-note.js";
import { progressNote } from "./ui/progress.js";
import { drawStatusLine } from "./ui/status-line.js";
import { drawTheme, mountTheme } from "./ui/theme.js";

// Script addresses are the only thing Trusted Types must vouch for: our own two workers.
const OURS = /^\.\/(web\/worker\.js(\?faults)?|service-worker\.js\?v=[\w.%-]+)$/;
const checked = (/** @type {string} */ url) => {
  if (!OURS.test(url)) throw new TypeError(`script address not ours: ${url}`);
  return url;
};
const policy = window.trustedTypes?.createPolicy("kindling", { createScriptURL: checked }) ?? { createScriptURL: checked };
const faults = new URLSearchParams(location.search).has("faults");

/** @type {"no" | "saving" | "yes"} */
let offlineState = "no";
let visitOnly = false;
/** After a breakdown the note stays and nothing is asked again by itself: the same text might break it again. */
let brokeDown = false;
/** @type {DeviceKind | null} */
let lastBundle = null;

const shared = readHash(location.hash);
const draft = shared ? null : takeDraft();
if (shared?.lang) setLanguage(shared.lang);
const store = createStore({ ...freshState(lang()), ...(draft ? readDraft(draft) : {}), ...(shared?.state ?? {}) });

const session = createSession({
  onStatus: showSession,
  workerUrl: () => policy.createScriptURL(faults ? "./web/worker.js?faults" : "./web/worker.js"),
});
const offline = createOffline({
  onState: (state) => {
    offlineState = state;
    drawStatus();
  },
  onUpdate: showUpdate,
  scriptUrl: (url) => policy.createScriptURL(url),
});

/** @param {DeviceChoice} choice */
function open(choice) {
  brokeDown = false;
  keep("device", choice);
  session.open(choice).catch(() => {}); // the status says what happened
}

/** @returns {DeviceChoice} */
function keptChoice() {
  const asked = new URLSearchParams(location.search).get("device") ?? setting("device");
  return asked === "cpu" || asked === "webgpu" ? asked : "auto";
}

const lab = mount(byId("sentiment"), session, store, { onError: (error) => showError(error) });

function drawStatus() {
  drawStatusLine(byId("status"), { status: session.status, offline: offlineState, visitOnly, choose: open });
}

// ── what the session is doing ──
/** @type {ReturnType<typeof progressNote> | null} */
let progress = null;
let lastPhase = "";
/** @param {SessionStatus} status */
function showSession(status) {
  if (status.phase !== lastPhase) {
    lastPhase = status.phase;
    drawStatus();
    progress = null;
    byId("live").dataset.phase = status.phase;
    if (brokeDown && status.phase !== "failed") {
      // The note is worth more than the progress of a restart that takes a moment.
    } else if (status.phase === "opening") {
      progress = progressNote({ name: t().open.phases.device, onCancel: () => session.cancelOpen(), note: t().open.next });
      fill(byId("progress"), progress.element);
    } else if (status.phase === "failed") {
      if (status.error) showError(status.error);
    } else {
      fill(byId("progress"));
    }
    lab?.refresh();
    if (status.phase === "ready" && status.opened) {
      lastBundle = status.opened.bundle;
      if (!brokeDown) lab.room.emit("ready");
      brokeDown = false;
      void offline.start(status.opened.bundle);
    }
  }
  const phases = /** @type {Record<string, string>} */ (t().open.phases);
  if (status.progress && progress) progress.update(status.progress, phases[status.progress.phase]);
}

/** @param {KindlingError} error */
function showError(error) {
  const { choice, phase } = session.status;
  if (error.kind === "panic" || error.kind === "worker") brokeDown = phase !== "ready";
  if (error.kind === "cancelled") return fill(byId("progress"), askNote(t().open.cancelled));
  const again = { label: t().retry, run: () => { fill(byId("progress")); if (session.status.phase === "ready") lab.room.emit("ready"); else open(choice); } };
  const cpu = { label: t().errors.useCpu, run: () => open("cpu") };
  const reload = { label: t().errors.reload, run: () => location.reload() };
  const broken = ["tokenizer", "config", "weights", "missing_tensor", "shape"].includes(error.kind);
  const actions = broken ? [reload] : error.kind === "device" ? [cpu, again] : choice === "cpu" || lastBundle === "cpu" || ["network", "no_model"].includes(error.kind) ? [again] : [again, cpu];
  fill(byId("progress"), errorNote(error, actions));
}

/** A wait that the person starts. @param {string} text */
function askNote(text) {
  return h("div", { class: "ask" }, h("p", null, text), h("p", { class: "acts" }, h("button", { type: "button", class: "go", id: "fetch-model", onclick: () => open(keptChoice()) }, t().open.fetch)));
}

/** @param {() => void} apply */
function showUpdate(apply) {
  document.getElementById("update")?.remove();
  const words = t().update;
  const bar = h("div", { class: "update", id: "update", role: "status" }, h("p", null, h("strong", null, words.ready), " ", words.kept),
    h("p", { class: "acts" }, h("button", { type: "button", class: "go", onclick: apply }, words.reload), h("button", { type: "button", class: "plain", onclick: () => bar.remove() }, words.later)));
  document.body.append(bar);
}

// An answer means that whatever the note said is over.
lab.room.on("scored", () => byId("progress").querySelector(".err")?.remove());

// ── language, theme, links ──
function drawLanguage() {
  document.title = t().title;
  for (const element of document.querySelectorAll("[data-aria]")) element.setAttribute("aria-label", named(element.getAttribute("data-aria") ?? ""));
  for (const button of byId("language").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang()));
  drawTheme();
  drawStatus();
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
  store.set(translated(store.state, lang()));
  lab.room.emit("language");
  if (session.status.phase === "failed" && session.status.error) showError(session.status.error);
});
mountTheme(() => lab.room.emit("theme"));

/** @param {import("./share.js").Shared} link */
function showLinkNotes(link) {
  const notes = [t().share.opened, ...link.notices.map((notice) => t().share[notice])];
  fill(byId("notices"), h("p", { class: "note link-note", role: "status" }, link.notices.includes("version") || link.notices.includes("lab") ? notes.slice(1).join(" ") : notes.join(" ")));
}
addEventListener("hashchange", () => {
  const link = readHash(location.hash);
  if (!link) return;
  history.replaceState(null, "", location.pathname + location.search);
  if (link.lang && link.lang !== lang()) setLanguage(link.lang);
  store.set(link.state);
  showLinkNotes(link);
});
addEventListener("pagehide", () => keepDraft(store.state));

/** A link must not start a download, and neither must a visit on a saved data plan. */
async function modelIsHere() {
  try {
    return Boolean(await caches.match(new URL(`./${MODEL.folder}model.safetensors`, document.baseURI), { ignoreSearch: true }));
  } catch {
    return false;
  }
}

/** What the first start fetches, as the list says; the constant where there is no list. */
async function downloadBytes() {
  try {
    /** @type {Precache} */
    const list = await (await fetch("./precache.json")).json();
    return list.files.filter(({ url }) => /^(\.\/)?(models\/encoder|wasm\/cpu)\//.test(url)).reduce((sum, { bytes }) => sum + bytes, 0) || MODEL.bytes;
  } catch {
    return MODEL.bytes;
  }
}

async function start() {
  drawLanguage();
  if (shared) {
    history.replaceState(null, "", location.pathname + location.search);
    showLinkNotes(shared);
  }
  const saving = /** @type {any} */ (navigator).connection?.saveData === true;
  if ((shared || saving) && !(await modelIsHere())) {
    fill(byId("progress"), askNote((shared ? t().open.ask : t().open.askSaving)(megabytes(await downloadBytes()))));
  } else {
    open(keptChoice());
  }
  visitOnly = !(await storageWorks());
  drawStatus();
}
// Inside is open beside the text where there is room for it.
const wide = matchMedia("(min-width: 1100px)");
const setInside = () => /** @type {HTMLDetailsElement} */ (byId("inside")).toggleAttribute("open", wide.matches);
wide.addEventListener("change", setInside);
setInside();
void start();
