// What was started from what: each picture under the one it grew from, as a tree of this visit.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { thumbOf } from "../ui/enlarge.js";

const SIDE = 44;
const DEEPEST = 12;

/** @typedef {{key: string, name: string, face: HTMLCanvasElement | null, show: (() => void) | null, on: boolean}} Branch */

/** @param {GenerateRoom} room */
export function editTree(room) {
  const title = h("p", { class: "lbl" });
  const list = h("ul", { class: "tree", id: "edit-tree" });
  const element = h("div", { class: "family", hidden: true }, title, list);
  /** Pictures of one's own that something was started from. @type {Map<SourcePicture, string>} */
  const own = new Map();

  /** @param {GenerateRun} run @param {number} picture @returns {Branch} */
  const branchOf = (run, picture) => ({
    key: `${run.id}-${picture}`, face: run.images[picture] ?? null, show: () => room.show(run, picture), on: room.shown === run && Math.min(room.picture, run.images.length - 1) === picture,
    name: run.origin ? t().generate.source.grown(run.options.seed + picture, run.options.strength.toFixed(2), run.from === "mask") : t().generate.gallery.name(run.options.prompt, run.options.seed + picture),
  });

  /** @param {SourcePicture} origin @returns {Branch} */
  function rootOf(origin) {
    if (origin.of) return branchOf(origin.of.run, origin.of.picture);
    own.set(origin, own.get(origin) ?? `own-${own.size}`);
    return { key: own.get(origin) ?? "", name: origin.name, face: origin.seen, show: null, on: false };
  }

  function draw() {
    /** @type {Map<string, {branch: Branch, children: Branch[]}>} */
    const nodes = new Map();
    /** @type {Set<string>} */
    const grown = new Set();
    for (const { run, picture } of [...room.gallery.pictures].reverse()) {
      if (!run.origin) continue;
      const parent = rootOf(run.origin), child = branchOf(run, picture);
      const node = nodes.get(parent.key) ?? { branch: parent, children: [] };
      node.children.push(child);
      nodes.set(parent.key, node);
      grown.add(child.key);
    }
    element.hidden = !nodes.size;
    title.textContent = t().generate.source.family;
    /** @param {Branch} branch @param {number} depth @returns {HTMLElement} */
    const item = (branch, depth) => {
      const children = depth < DEEPEST ? (nodes.get(branch.key)?.children ?? []) : [];
      const face = thumbOf(branch.face, SIDE);
      const words = h("span", { dir: "auto" }, branch.name);
      return h("li", null,
        branch.show ? h("button", { type: "button", "aria-pressed": String(branch.on), onclick: branch.show }, face, words) : h("span", { class: "leaf" }, face, words),
        children.length ? h("ul", null, ...children.map((child) => item(child, depth + 1))) : null);
    };
    fill(list, ...[...nodes.values()].filter(({ branch }) => !grown.has(branch.key)).map(({ branch }) => item(branch, 0)));
  }

  for (const event of /** @type {const} */ (["gallery", "shown", "language", "run-ended"])) room.on(event, draw);
  return { element, draw };
}
