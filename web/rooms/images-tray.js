// The pictures themselves: how they come in, which one is chosen, and what went wrong with some.

import { MAX_PICTURES } from "../base/constants.js";
import { fill, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { listenForFiles } from "../ui/drop.js";
import { progressNote } from "../ui/progress.js";
import { thumb } from "../ui/thumb.js";
import { cameraPanel } from "./images-camera.js";
import { emojiPanel } from "./images-emoji.js";
import { pictureError, worthAnotherTry } from "./picture-error.js";
import { sampleSets, setOf, setWithLabels, sourcesOf } from "./samples.js";

const SIDE = 48;

/** @param {HTMLElement} body @param {HTMLElement} lab the whole of it takes what is dropped @param {ImagesRoom} room */
export function mountTray(body, lab, room) {
  const { store, gallery } = room;
  const label = h("span", { class: "lbl", id: "tray-label" });
  const count = h("span", { class: "count" });
  const list = h("ul", { class: "tray", id: "tray", role: "listbox", "aria-labelledby": "tray-label", "aria-orientation": "horizontal" });
  const empty = h("p", { class: "empty" });
  const tools = h("div", { class: "acts tools" });
  const state = h("div", { id: "tray-state" });
  const bad = h("div", { id: "bad-pictures" });
  const picker = h("input", { type: "file", id: "picture-files", multiple: true, accept: "image/png,image/jpeg,image/webp,image/gif,.png,.jpg,.jpeg,.webp,.gif" });
  const emoji = emojiPanel(add);
  const camera = cameraPanel(add);
  const cover = h("p", { class: "cover", "aria-hidden": "true" });
  /** The samples that the page itself put there; a person's own pictures take their place. */
  let placed = false;
  let note = "";
  const said = h("p", { class: "note", role: "status", id: "tray-note", hidden: true });
  let pasted = 0;
  /** @type {ReturnType<typeof progressNote> | null} */
  let progress = null;

  picker.addEventListener("change", () => {
    take([...(picker.files ?? [])]);
    picker.value = "";
  });
  listenForFiles(lab, (files) => {
    if (files.length) return take(files);
    note = t().images.tray.noFiles;
    render();
  });

  /** @param {File[]} files */
  const take = (files) => add(files.map((file) => {
    const name = /^image\.\w+$/.test(file.name) ? `${t().images.tray.pasted} ${++pasted}` : file.name || String(++pasted);
    return { name: { en: name, zh: name }, bytes: file.size, read: async () => new Uint8Array(await file.arrayBuffer()) };
  }));

  /** @param {PictureSource[]} sources */
  function add(sources) {
    if (!sources.length) return;
    const replaces = placed && store.state.pictures.every((id) => setOf(id) !== null);
    const before = replaces ? [] : store.state.pictures;
    const fitting = sources.slice(0, Math.max(0, MAX_PICTURES - before.length));
    const left = sources.length - fitting.length;
    note = [left && t().images.tray.tooMany(left, MAX_PICTURES), replaces && before.length === 0 && store.state.pictures.length && t().images.tray.replaced].filter(Boolean).join(" ");
    placed = false;
    const ids = gallery.know(fitting);
    store.set({ pictures: [...before, ...ids] });
    if (ids[0]) room.choose(ids[0]); // what someone adds is what they want to see answered
    render();
  }

  /** Shows a set of samples: in place of other samples, beside a person's own pictures. @param {SampleSet} set @param {Partial<ImagesState>} [patch] */
  function show(set, patch) {
    const own = store.state.pictures.filter((id) => setOf(id) === null);
    const ids = gallery.know(sourcesOf(set)).slice(0, MAX_PICTURES - own.length);
    const untouched = setWithLabels(store.state.labels, lang());
    const labels = patch ?? (untouched || !own.length ? { labels: [...set.labels[lang()]], ...(set.template ? { template: set.template[lang()] } : {}) } : {});
    placed = false; // asked for by hand
    note = "";
    store.set({ pictures: [...own, ...ids], ...labels, ...(store.state.sort.startsWith("label:") ? { sort: "added" } : {}) });
    if (ids[0]) room.choose(ids[0]);
  }

  /** @param {string[]} ids */
  function remove(ids) {
    note = "";
    store.set({ pictures: store.state.pictures.filter((id) => !ids.includes(id)) });
  }

  // ── the row of thumbnails ──
  /** @type {Map<string, HTMLElement>} */
  const items = new Map();
  /** @param {Picture} picture */
  function item(picture) {
    const known = items.get(picture.id);
    if (known) return known;
    const made = h("li", { role: "option", "data-id": picture.id, onclick: () => room.choose(picture.id) }, thumb(picture, SIDE));
    items.set(picture.id, made);
    return made;
  }
  function renderTray() {
    const shown = gallery.shown();
    const wanted = shown.map(item);
    if (wanted.length !== list.children.length || wanted.some((one, at) => one !== list.children[at])) list.replaceChildren(...wanted);
    shown.forEach((picture, at) => {
      const name = picture.name[lang()];
      const chosen = picture === room.chosen;
      wanted[at].setAttribute("aria-label", name);
      wanted[at].title = name;
      wanted[at].setAttribute("aria-selected", String(chosen));
      wanted[at].tabIndex = chosen ? 0 : -1;
    });
    const words = t().images.tray;
    list.hidden = !shown.length;
    empty.hidden = store.state.pictures.length > 0;
    empty.textContent = words.empty;
    const clear = /** @type {HTMLButtonElement | null} */ (tools.querySelector("#tool-clear"));
    if (clear) clear.disabled = !store.state.pictures.length;
    count.textContent = words.count(store.state.pictures.length, MAX_PICTURES);
  }
  list.addEventListener("keydown", (event) => {
    const shown = gallery.shown();
    const at = shown.findIndex((picture) => picture === room.chosen);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const to = step ? at + step : event.key === "Home" ? 0 : event.key === "End" ? shown.length - 1 : null;
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      const next = shown[at + 1] ?? shown[at - 1];
      if (shown[at]) remove([shown[at].id]);
      if (next) focus(next.id);
    } else if (to !== null && shown[to]) {
      event.preventDefault();
      focus(shown[to].id);
    }
  });
  /** @param {string} id */
  function focus(id) {
    room.choose(id);
    items.get(id)?.focus();
  }

  // ── progress and faults ──
  function renderState() {
    const words = t().images.tray;
    const { running } = gallery;
    if (said.textContent !== note) said.textContent = note;
    said.hidden = !note;
    if (running) {
      if (!progress) fill(state, (progress = progressNote({ name: words.working, onCancel: () => gallery.cancel() })).element, said);
      return progress.update({ phase: "pictures", done: running.done, total: running.total, unit: "pictures" });
    }
    progress = null;
    const waiting = gallery.waiting();
    const parts = [];
    if (waiting.length && gallery.cancelled) {
      parts.push(h("p", { class: "note", role: "status", id: "left-over" }, words.cancelled(waiting.length)), h("p", { class: "acts" },
        h("button", { type: "button", class: "go", id: "go-on", onclick: () => gallery.go() }, words.goOn),
        h("button", { type: "button", class: "plain", id: "leave-out", onclick: () => remove(gallery.waiting().map(({ id }) => id)) }, words.leaveOut)));
    } else if (waiting.length && !room.ready) parts.push(h("p", { class: "note" }, words.waitingModel(waiting.length)));
    fill(state, ...parts, said);
  }
  function renderBad() {
    const failed = gallery.failed();
    const words = t().images.tray;
    if (!failed.length) return fill(bad);
    fill(bad, h("div", { class: "err", role: "alert", "data-kind": "image" }, h("p", null, h("strong", null, words.bad(failed.length))),
      h("ul", { class: "bad" }, ...failed.map(({ id, name, error }) => {
        const [cause, next] = pictureError(/** @type {KindlingError} */ (error));
        return h("li", { "data-code": String(/** @type {any} */ (error?.detail)?.code ?? error?.kind) },
          h("p", null, h("bdi", null, name[lang()]), h("span", null, cause), lang() === "zh" ? "" : " ", next),
          h("p", { class: "acts" },
            error && worthAnotherTry(error) ? h("button", { type: "button", class: "plain small", onclick: () => gallery.retry(id) }, t().retry) : null,
            h("button", { type: "button", class: "plain small", "aria-label": words.removeName(name[lang()]), onclick: () => remove([id]) }, words.remove)));
      }))));
  }

  function render() {
    renderTray();
    renderState();
    renderBad();
  }

  /** @param {typeof emoji | typeof camera} panel */
  function toggle(panel) {
    const open = panel.element.hidden;
    emoji.element.hidden = camera.element.hidden = true;
    camera.stop();
    panel.element.hidden = !open;
    for (const name of ["emoji", "camera"]) tools.querySelector(`#tool-${name}`)?.setAttribute("aria-expanded", String(!(name === "emoji" ? emoji : camera).element.hidden));
    if (open && panel === emoji) emoji.focus();
  }

  function build() {
    const words = t().images.tray;
    label.textContent = words.name;
    fill(cover, h("span", null, words.over));
    const plain = (/** @type {string} */ id, /** @type {string} */ text, /** @type {() => void} */ run) => h("button", { type: "button", class: "plain", id, onclick: run }, text);
    const sets = sampleSets();
    fill(tools,
      h("label", { class: "pick" }, picker, h("span", null, words.choose)),
      plain("tool-camera", words.camera, () => toggle(camera)), plain("tool-emoji", words.emoji, () => toggle(emoji)),
      plain("tool-clear", words.clear, () => remove([...store.state.pictures])),
      h("p", { class: "note" }, h("span", { class: "by-mouse" }, words.drop), words.stays),
      sets.length ? h("p", { class: "samples note" }, h("span", null, words.samples), ...sets.map((set) => h("button", { type: "button", class: "plain small", "data-set": set.id, title: words.licence(set.licence), onclick: () => show(set) }, set.title[lang()]))) : null);
    for (const [name, panel] of /** @type {const} */ ([["camera", camera], ["emoji", emoji]])) {
      const button = tools.querySelector(`#tool-${name}`);
      button?.setAttribute("aria-expanded", String(!panel.element.hidden));
      button?.setAttribute("aria-controls", panel.element.id);
      panel.build();
    }
    progress = null;
    render();
  }

  body.append(h("div", { class: "over" }, label, count), list, empty, tools, camera.element, emoji.element, state, bad);
  lab.append(cover);
  room.on("pictures", render);
  room.on("chosen", () => {
    renderTray();
    const chosen = room.chosen && items.get(room.chosen.id);
    if (!chosen) return;
    // Only the row itself scrolls: the choice may have been made far down the page.
    list.scrollTop = Math.min(Math.max(list.scrollTop, chosen.offsetTop + chosen.offsetHeight - list.clientHeight), chosen.offsetTop);
    list.scrollLeft = Math.min(Math.max(list.scrollLeft, chosen.offsetLeft + chosen.offsetWidth - list.clientWidth), chosen.offsetLeft);
  });
  room.on("leave", () => camera.stop());
  room.on("waiting", render);
  room.on("ready", render);
  room.on("language", build);
  store.onChange((changed, source) => {
    if (source === "history") note = "";
    if (changed.has("pictures")) render();
  });
  build();
  return { show, placeSamples: () => void (placed = true) };
}
