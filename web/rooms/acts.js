// The row under every lab's answer: undo, redo, reset, share link, what can be saved, the keys.

import { fill, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { writeHash } from "../share.js";
import { offerLink, saveFile } from "../ui/save.js";
import { toast } from "../ui/toast.js";
import { escapeStops } from "./room.js";

/**
 * A file that the lab can make of what it shows.
 * @typedef {object} Saving
 * @property {string} name of the button's id, after the prefix
 * @property {() => string} label
 * @property {() => boolean} ready whether there is anything to save
 * @property {() => void | Promise<void>} run
 */

/**
 * @template State
 * @param {HTMLElement} row
 * @param {Room<State>} room
 * @param {object} options
 * @param {string} options.lab as share links name it
 * @param {string} options.prefix of the ids of this row's controls
 * @param {ShareCodec<State>} options.codec
 * @param {() => State} options.fresh what a reset goes back to
 * @param {Saving[]} options.savings
 * @param {RoomEvent[]} options.events after which something else may be ready to save
 */
export function mountActs(row, room, { lab, prefix, codec, fresh, savings, events }) {
  const { store } = room;
  const shown = h("input", { class: "link", readonly: true, hidden: true, "aria-label": "" });
  const check = h("input", { type: "checkbox", id: `${prefix}-escape`, onchange: () => escapeStops.set(check.checked) });
  /** @type {Map<string, HTMLButtonElement>} */
  const buttons = new Map();

  /** @param {string} name @param {string} text @param {() => void} run */
  function button(name, text, run) {
    const made = h("button", { type: "button", class: "plain", id: `${prefix}-${name}`, onclick: run }, text);
    buttons.set(name, made);
    return made;
  }

  function build() {
    const words = t().acts;
    fill(row,
      h("div", { class: "group" }, button("undo", words.undo, () => store.undo()), button("redo", words.redo, () => store.redo()), button("reset", words.reset, reset)),
      h("div", { class: "group" }, button("link", words.link, () => void offerLink(writeHash(lab, codec, store.state, lang()), shown)), button("lesson-link", t().lesson.maker.open, () => void ask()), ...savings.map(({ name, label, run }) => button(name, label(), () => void run()))),
      shown,
      h("p", { class: "keys note" }, h("kbd", null, /Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl"), "+", h("kbd", null, "Enter"), ` ${t().keys.run}`, h("label", null, check, t().keys.toggle)));
    shown.setAttribute("aria-label", words.linkShown);
    refresh();
  }

  /** @param {string} name @param {boolean} on */
  const enable = (name, on) => void (/** @type {HTMLButtonElement} */ (buttons.get(name)).disabled = !on);

  function refresh() {
    enable("undo", store.canUndo);
    enable("redo", store.canRedo);
    for (const { name, ready } of savings) enable(name, ready());
    check.checked = escapeStops.get();
  }

  /** The dialog's code comes down when someone wants to make a question. */
  async function ask() {
    try {
      (await import("./lesson-maker.js")).openMaker(lab, codec, store.state);
    } catch (error) {
      dispatchEvent(new Event("kindling-missing-part"));
      throw error;
    }
  }

  function reset() {
    store.set(fresh());
    toast(t().acts.resetDone);
  }

  store.onChange(refresh);
  // The key's setting is one for all labs, so another lab may have changed it meanwhile.
  for (const event of /** @type {RoomEvent[]} */ (["visit", ...events])) room.on(event, refresh);
  room.on("language", build);
  build();
}

/** With the mark by which spreadsheets know UTF-8. @param {Room<any>} room @param {string} name @param {string[]} columns @param {string[][]} rows */
export async function saveTable(room, name, columns, rows) {
  const text = await room.latest("csv", "writeTable", { columns, rows });
  if (text === null) return;
  saveFile(name, `\uFEFF${text}`, "text/csv");
  toast(t().acts.saved(name));
}

/** @param {string} name @param {unknown} content */
export function saveJson(name, content) {
  saveFile(name, JSON.stringify(content, null, 2), "application/json");
  toast(t().acts.saved(name));
}
