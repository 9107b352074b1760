// What a model needs, before anything of it is fetched: what it is, which of its files, how large, how long.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { plainTable, tableOnDemand } from "../ui/table.js";
import { keptRate } from "./models-core.js";
import { memoryOf, sizeText, sourceFace, sourceText, timeText } from "./models-words.js";

/** @param {HTMLElement} body @param {ModelsRoom} room */
export function mountPlan(body, room) {
  const place = h("section", { class: "plan", id: "model-plan", hidden: true });
  const about = h("p", { class: "note", id: "plan-time" });
  const go = h("button", { type: "button", class: "go", id: "plan-download" });
  body.append(place);
  go.addEventListener("click", () => {
    const { plan, variant } = room;
    if (plan) void room.download(plan, plan.variants[variant].name);
  });

  /** @param {ModelPlan} plan */
  function choices(plan) {
    const words = t().models.plan;
    return h("fieldset", { class: "variants" }, h("legend", { class: "lbl" }, words.choose),
      ...plan.variants.map((variant, at) => {
        const here = plan.stored.includes(variant.name);
        const memory = memoryOf(variant, room.session);
        const notes = [memory === null ? "" : words.memory(sizeText(memory)), at === plan.recommended && plan.variants.length > 1 ? words.suits : "", here ? words.here : ""].filter(Boolean);
        const input = h("input", { type: "radio", name: "variant", value: variant.name, checked: at === room.variant, onchange: () => room.setVariant(at) });
        return h("label", { class: "option" }, input,
          h("span", null, h("strong", null, nameOf(variant)), notes.length ? h("small", { class: "note" }, notes.join(" · ")) : null),
          h("span", { class: "val" }, sizeText(variant.bytes)));
      }));
  }

  function draw() {
    const { plan } = room;
    place.hidden = !plan;
    if (!plan) return fill(place);
    const words = t().models.plan;
    const files = tableOnDemand(() => plainTable(words.files(2), [words.file, words.size], plan.variants[room.variant].files.map(({ path, bytes }) => [path, sizeText(bytes)])));
    /** @type {HTMLElement} */ (files.element.querySelector("summary")).textContent = words.files(plan.variants[room.variant].files.length);
    const title = h("h2", { tabindex: "-1" }, h("bdi", null, plan.title));
    fill(place, title,
      h("p", { class: "note" }, t().models.kind[plan.kind], t().open.comma, h("bdi", null, plan.architecture), t().open.comma, h("bdi", { class: sourceFace(plan.source) }, sourceText(plan.source))),
      choices(plan), files.element, about,
      h("p", { class: "acts" }, go, h("button", { type: "button", class: "plain", id: "plan-dismiss", onclick: () => room.dismiss() }, words.dismiss)));
    drawChoice();
    return title;
  }

  function drawChoice() {
    const { plan, variant: at } = room;
    if (!plan) return;
    const words = t().models.plan;
    const variant = plan.variants[at];
    const here = plan.stored.includes(variant.name);
    const rate = rateNow();
    const left = plan.room === null ? "" : plan.room < variant.bytes ? words.tight(sizeText(plan.room)) : words.room(sizeText(plan.room));
    const time = rate ? t().models.plan.time(timeText(variant.bytes / rate)) : "";
    about.textContent = here ? words.use : [time && capital(time) + t().open.stop, left].filter(Boolean).join(t().generate.space);
    go.textContent = words.download(sizeText(variant.bytes));
    go.disabled = here;
    const count = place.querySelector(".as-table summary");
    if (count) count.textContent = words.files(variant.files.length);
  }

  room.on("plan", () => {
    const title = draw();
    title?.scrollIntoView({ block: "nearest" });
    title?.focus({ preventScroll: true });
  });
  room.on("variant", () => {
    drawChoice();
    const open = place.querySelector("details");
    if (open?.open) open.dispatchEvent(new Event("toggle"));
  });
  room.on("language", draw);
}

/** @param {PlanVariant} variant */
export function nameOf({ name, dtype }) {
  const words = t().models.plan;
  const known = /** @type {Record<string, string>} */ (words.variants)[name] ?? name;
  return dtype === "unknown" ? known : `${known}${t().open.comma}${words.dtypes[dtype]}`;
}

/** Bytes a second: as the last download went, else as the browser guesses. */
function rateNow() {
  const guess = /** @type {any} */ (navigator).connection?.downlink;
  return keptRate() ?? (typeof guess === "number" && guess > 0 ? (guess * 1e6) / 8 : null);
}
/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
