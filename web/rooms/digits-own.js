// Digits of one's own: MNIST's files, or a table. They stay in this visit's memory.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { listenForFiles } from "../ui/drop.js";
import { digitsError } from "./digits-error.js";
import { readDigits, unpack } from "./digits-files.js";

/** @param {HTMLElement} place @param {HTMLElement} lab @param {DigitsRoom} room */
export function mountOwn(place, lab, room) {
  const { store, run } = room;
  const words = () => t().digits.own;
  const summary = h("summary", null);
  const text = h("p", { class: "note" });
  const input = h("input", { type: "file", id: "digits-file", multiple: true, accept: ".gz,.csv,.tsv,.txt,.idx,.idx1-ubyte,.idx3-ubyte,application/gzip,application/octet-stream,text/csv" });
  const choose = h("label", { class: "pick" });
  const drop = h("p", { class: "note" });
  const said = h("div", { id: "digits-own-said", role: "status" });
  const back = h("button", { type: "button", class: "plain", id: "digits-drawn", onclick: () => store.set({ own: null }) });
  const details = h("details", { class: "more-knobs", id: "digits-own" }, summary, h("div", { class: "drawer" }, text, h("p", { class: "acts" }, choose, drop), said, h("p", { class: "acts" }, back)));
  /** A file whose other half has not come yet. @type {import("./digits-files.js").Unpacked | null} */
  let half = null;
  /** What was last said, told again in another language. @type {() => (Node | null)[]} */
  let tell = () => [];
  const say = (/** @type {() => (Node | null)[]} */ next) => {
    tell = next;
    details.open = true;
    fill(said, ...tell());
  };
  const line = (/** @type {() => string} */ next) => say(() => [h("p", { class: "note" }, next())]);

  /** @param {File[]} files */
  async function read(files) {
    if (!files.length) return;
    line(() => words().reading);
    try {
      /** @type {import("./digits-files.js").Unpacked[]} */
      const parts = half ? [half] : [];
      for (const file of files.slice(0, 8)) parts.push(await unpack(file));
      const found = await readDigits(parts);
      if ("waiting" in found) {
        half = found.waiting;
        const { kind, name } = found.waiting;
        return line(() => words().half(kind === "images", name));
      }
      half = null;
      const { name, pictures } = found;
      store.set({ own: run.keep(name, pictures), example: 0, strokes: [], dx: 0, dy: 0 });
      run.restart(true);
      line(() => [words().read(pictures.count, pictures.found, name), pictures.side.some((side) => side !== 28) && words().side(pictures.side), pictures.skipped.length && words().skipped(pictures.skipped)].filter(Boolean).join(t().digits.space));
    } catch (caught) {
      const error = /** @type {KindlingError} */ (caught);
      if (error.kind === "cancelled") return;
      half = null;
      say(() => [digitsError(typeof error.kind === "string" ? error : { kind: "digits_unread", message: String(caught), detail: {} }, [])]);
    }
  }
  input.addEventListener("change", () => {
    void read([...(input.files ?? [])]);
    input.value = "";
  });
  listenForFiles(lab, (files) => void read(files));

  function build() {
    const own = words();
    fill(summary, h("span", null, own.title));
    text.textContent = own.text;
    fill(choose, own.choose, input);
    drop.textContent = own.drop;
    back.textContent = own.back;
    back.hidden = store.state.own === null;
    fill(said, ...tell());
  }
  store.onChange((changed) => {
    if (!changed.has("own")) return;
    back.hidden = store.state.own === null;
    if (store.state.own === null) fill(said);
  });
  room.on("language", build);
  build();
  place.append(details);
}
