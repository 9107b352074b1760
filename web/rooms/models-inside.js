// How a stranger's file becomes numbers that can be trusted, in the same three beats as every lab.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { plainTable } from "../ui/table.js";
import { checkBlock } from "./models-check.js";
import { own } from "./models-own.js";
import { sizeText } from "./models-words.js";

const PARTS = /** @type {const} */ ([["store", "web/store"], ["weights", "crates/weights"], ["models", "crates/models"], ["page", "web/rooms"]]);
/** Digits of a hash that are shown. */
const DIGITS = 12;

/** @param {HTMLElement} body @param {ModelsRoom} room @param {{useCpu: () => void}} options */
export function mountInside(body, room, { useCpu }) {
  const files = h("div", { class: "scroll", id: "inside-files", tabindex: "0", role: "region" });
  const checks = h("div", { id: "inside-checks" });

  function drawFiles() {
    const words = t().models.inside;
    const model = own.list.find(({ state }) => state === "whole");
    files.setAttribute("aria-label", model ? words.piecesOf(model.title) : words.pieces);
    if (!model) return fill(files, h("p", { class: "note" }, words.none));
    fill(files, plainTable(words.piecesOf(model.title), [words.file, words.size, words.hash], model.files.map(({ path, bytes, sha256 }) => [path, sizeText(bytes), h("code", null, sha256?.slice(0, DIGITS) ?? "·")])));
  }

  function drawChecks() {
    const { models, opened } = room.session.status;
    const ready = /** @type {ModelName[]} */ (Object.keys(models)).filter((name) => models[name].phase === "ready");
    if (!ready.length) return fill(checks, h("p", { class: "note" }, t().models.inside.nothing));
    fill(checks, ...ready.map((name) => checkBlock(room.session, name, useCpu)), opened?.bundle === "cpu" ? h("p", { class: "note" }, t().models.inside.onCpu) : null);
  }

  function build() {
    const words = t().models.inside;
    fill(body, h("ol", { class: "steps" },
      h("li", null, h("h2", null, words.head), h("p", { class: "note" }, words.headText)),
      h("li", null, h("h2", null, words.pieces), h("p", { class: "note" }, words.piecesText), files),
      h("li", null, h("h2", null, words.compare), h("p", { class: "note" }, words.compareText), checks)),
    h("section", { class: "how" }, h("h2", { class: "lbl" }, t().inside.words), h("p", null, words.three),
      h("p", { class: "note" }, t().inside.code, " ", ...PARTS.flatMap(([key, path], at) => [at ? t().open.comma : "", h("code", null, path), ` ${words.code[key]}`]))));
    drawFiles();
    drawChecks();
  }
  own.onChange(drawFiles);
  room.on("language", build);
  room.on("visit", drawChecks);
  room.on("waiting", drawChecks);
  build();
}
