// What rooms of the labs that train have around their figures: the question before anything is fetched, the cover while a file
// is dragged over them, and how a run begins.

import { byId, fill, h } from "../base/dom.js";
import { megabytes } from "../base/format.js";
import { classroom } from "../classroom.js";
import { t } from "../i18n/index.js";

/** Places for the figures below the stage, one after the other. @param {string} lab @returns {(id: string) => HTMLElement} */
export const figuresOf = (lab) => (id) => {
  const place = h("figure", { class: "fig", id });
  byId(`${lab}-figures`).append(place);
  return place;
};

/** A link or a saved data plan: nothing is fetched before a click. @param {string} lab @param {HTMLElement} place @param {OverfitRoom | DigitsRoom} room */
function mountHeld(lab, place, { run, on }) {
  function draw() {
    if (run.phase !== "held") return fill(place);
    const words = t().overfit.held;
    fill(place, h("div", { class: "ask" }, h("p", null, words.text(megabytes(run.heldBytes ?? 0))),
      h("p", { class: "acts" }, h("button", { type: "button", class: "go", id: `${lab}-fetch`, onclick: () => run.restart(true) }, words.fetch))));
  }
  on("phase", draw);
  on("language", draw);
}

/**
 * @template {OverfitRoom | DigitsRoom} AnyRoom
 * @param {string} lab @param {HTMLElement} element @param {AnyRoom} room
 * @param {() => string} over what is said while a file is over the lab
 */
export function mountTraining(lab, element, room, over) {
  const { run } = room;
  mountHeld(lab, /** @type {HTMLElement} */ (element.querySelector("[data-place=progress]")), room);
  const said = h("span", null);
  element.append(h("p", { class: "cover", "aria-hidden": "true" }, said));
  const translate = () => void (said.textContent = over());
  room.on("language", translate);
  translate();
  room.on("run", () => (run.phase === "running" ? run.pause() : run.play()));
  return {
    room, refresh: () => {},
    /** @param {{byLink: boolean, bytes: number | null}} how */
    start({ byLink, bytes }) {
      if (bytes !== null && classroom.phase !== "ready") run.hold(bytes); // what is here already need not be asked for
      else run.restart(!byLink);
    },
  };
}
