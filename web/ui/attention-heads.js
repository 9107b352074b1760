// Which layer and which head: real radio buttons, so that arrow keys go through them, each head with a small picture of its weights.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { paintPlane } from "./attention-matrix.js";
import { planeOf } from "./attention-numbers.js";

/** @param {{onPick: (layer: number, head: number) => void}} options head −1 is the mean */
export function attentionHeads({ onPick }) {
  const layers = h("fieldset", { class: "att-layers", id: "attention-layers" });
  const heads = h("fieldset", { class: "att-heads", id: "attention-heads" });
  const element = h("div", { class: "att-picks" }, layers, heads);
  /** @type {HTMLCanvasElement[]} */
  let pictures = [];
  /** @type {Attention | null} */
  let data = null;
  let layer = 0, head = -1;

  /** @param {string} group @param {number} value @param {boolean} checked @param {string} name @param {(value: number) => void} pick @param {...(Node | string)} face */
  function radio(group, value, checked, name, pick, ...face) {
    return h("label", null, h("input", { type: "radio", name: group, value: String(value), checked, "aria-label": name, onchange: () => pick(value) }), ...face);
  }

  function build() {
    if (!data) return;
    const words = t().attention;
    const numbers = (/** @type {number} */ count) => Array.from({ length: count }, (_, at) => at);
    pictures = [];
    fill(layers, h("legend", null, words.layer), h("div", null, ...numbers(data.layers).map((at) => radio("attention-layer", at, at === layer, `${words.layer} ${at + 1}`, (value) => {
      layer = value;
      draw();
      onPick(layer, head);
    }, h("span", null, String(at + 1))))));
    const pick = (/** @type {number} */ value) => {
      head = value;
      onPick(layer, head);
    };
    fill(heads, h("legend", null, words.head), h("div", null, ...[-1, ...numbers(data.heads)].map((at) => {
      const picture = h("canvas", { "aria-hidden": "true" });
      pictures.push(picture);
      return radio("attention-head", at, at === head, at < 0 ? words.meanName : words.headName(at + 1), pick, picture, h("span", null, at < 0 ? words.mean : String(at + 1)));
    })));
    draw();
  }

  function draw() {
    const now = data;
    if (now) pictures.forEach((picture, at) => paintPlane(picture, planeOf(now, layer, at - 1), now.tokens));
  }

  return {
    element,
    build,
    draw,
    /** @param {Attention} next */
    set(next) {
      const other = next.layers !== data?.layers || next.heads !== data?.heads;
      data = next;
      layer = Math.min(layer, next.layers - 1);
      head = Math.min(head, next.heads - 1);
      if (other) build();
      else draw();
      return { layer, head };
    },
  };
}
