// A figure under the experiment that asks a question of its own about the same points. It asks only while
// it can be seen, only when its inputs are others, and only the newest answer counts.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { saveFigure } from "../ui/figure-png.js";
import { lessonError } from "./overfit-error.js";
import { debounced } from "./room.js";

const REST_MILLIS = 250;
/** So near to the window a figure begins to work. */
const MARGIN = 200;

/**
 * @template Value
 * @param {HTMLElement} place
 * @param {OverfitRoom} room
 * @param {object} figure
 * @param {() => {title: string, text: string}} figure.words
 * @param {HTMLElement[]} figure.parts what it shows
 * @param {() => unknown} figure.inputs what the answer depends on, beside the points; null where there is nothing to ask
 * @param {(signal: AbortSignal, sofar: (value: Value) => void) => Promise<Value>} figure.ask what takes long shows what it has so far
 * @param {(value: Value) => void} figure.draw
 * @param {boolean} [figure.anyTask] whether it also answers for classes: closed forms are there for one number over one number only
 * @param {{element: HTMLElement, name: string}} figure.png what is saved as a picture, and its file's name
 */
export function mountFigure(place, room, { words, parts, inputs, ask, draw, png, anyTask = false }) {
  const { run, store } = room;
  const caption = h("figcaption", null);
  const save = h("button", { type: "button", class: "plain", onclick: () => void saveFigure(png.element, { name: png.name, title: words().title, foot: "Kindling" }) });
  const body = h("div", null, ...parts, h("p", { class: "acts" }, save));
  const note = h("div", { class: "note" });
  const fault = h("div", null);
  place.append(caption, note, body, fault);
  /** @type {Value | null} */
  let value = null;
  let made = "";
  let visible = false;
  /** @type {AbortController | null} */
  let asking = null;

  const usable = () => (anyTask || store.state.task === "regression") && run.points?.task === store.state.task && (run.split?.train.length ?? 0) > 1;

  function show() {
    const { title, text } = words();
    fill(caption, h("b", null, title), text);
    save.textContent = t().acts.png;
    body.hidden = !usable() || value === null;
    note.textContent = usable() ? "" : !anyTask && store.state.task === "classification" ? t().overfit.figures.regressionOnly : t().overfit.figures.waits;
    note.hidden = !note.textContent;
    if (!body.hidden && value !== null) draw(value);
  }

  /** What was sighted last may be old on a busy page: where the figure lies now counts too. */
  function isSeen() {
    const { top, bottom, width } = place.getBoundingClientRect();
    return visible || (width > 0 && bottom > -MARGIN && top < innerHeight + MARGIN);
  }

  async function refresh() {
    if (!isSeen() || !usable()) return show();
    const key = JSON.stringify([run.points, run.split, inputs()]);
    if (key === made) return;
    asking?.abort();
    const mine = (asking = new AbortController());
    made = key;
    const take = (/** @type {Value} */ answer) => {
      if (mine.signal.aborted) return;
      value = answer;
      fill(fault);
      show();
    };
    try {
      take(await ask(mine.signal, take));
    } catch (caught) {
      if (mine.signal.aborted) return;
      made = "";
      const error = /** @type {KindlingError} */ (caught);
      if (error.kind === "cancelled") return;
      fill(fault, lessonError(error, [{ label: t().retry, run: () => void refresh() }]));
    }
  }
  const soon = debounced(() => void refresh(), REST_MILLIS);
  new IntersectionObserver((entries) => {
    // Of several since the last call, the newest: on a busy page it may have left and come back.
    visible = entries[entries.length - 1].isIntersecting;
    if (visible) soon();
  }, { rootMargin: `${MARGIN}px` }).observe(place);
  room.on("data", soon);
  store.onChange(soon);
  for (const event of /** @type {const} */ (["language", "theme"])) room.on(event, show);
  show();
  return { value: () => value, show };
}
