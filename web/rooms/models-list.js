// The models on this device by what they are for: those that come with the page, then one's own.

import { MODELS } from "../base/constants.js";
import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { listed, readList } from "../listed.js";
import { checked } from "./models-core.js";
import { keyOf, LABS_OF, own, usable } from "./models-own.js";
import { nameOf } from "./models-plan.js";
import { dayText, memoryOf, sizeText, sourceFace, sourceText } from "./models-words.js";

const KINDS = /** @type {StoreKind[]} */ (["encoder", "clip", "text2image"]);

/** @param {HTMLElement} figure @param {ModelsRoom} room */
export function mountList(figure, room) {
  const place = h("div", { id: "model-list" });
  const caption = h("figcaption", null);
  void readList().then(() => draw());
  /** The one whose deletion is being asked about. */
  let asked = "";
  figure.append(caption, place);

  /** @param {string} id @param {string} label @param {() => void} run @param {Record<string, any>} [more] */
  const act = (id, label, run, more = {}) => h("button", { type: "button", class: "plain small", "data-act": id, onclick: run, ...more }, label);

  /** @param {StoreKind} kind */
  function bundled(kind) {
    const words = t().models.list;
    const { folder } = MODELS[kind];
    const bytes = listed.models[kind];
    const status = room.session.status.models[kind];
    const loaded = status.phase === "ready" && !status.own;
    return h("li", { "data-bundled": kind },
      h("p", { class: "what" }, h("strong", null, t().model[kind].title), h("span", { class: "val" }, sizeText(status.own ? bytes : status.bytes || bytes))),
      h("p", { class: "note" }, [words.bundled, loaded ? words.loaded : ""].filter(Boolean).join(t().open.comma)),
      h("p", { class: "acts" }, ...LABS_OF[kind].map((lab) => act(`use-${lab}`, words.use(t().models.labs[lab]), () => own.use(lab, ""))),
        h("a", { class: "plain small", href: `./${folder}README.md`, target: "_blank", rel: "noopener" }, words.card)));
  }

  /** @param {StoredModel} model */
  function stateOf(model) {
    const words = t().models.list;
    if (model.busy) return words.busy;
    if (model.state === "part") return words.states.part(sizeText(model.held), sizeText(model.bytes));
    if (model.state !== "whole") return words.states[model.state];
    const status = room.session.status.models[model.kind];
    const loaded = status.phase === "ready" && status.own === keyOf(model) ? `${words.loaded}${t().open.comma}` : "";
    return loaded + (model.verifiedAt ? words.verified(dayText(model.verifiedAt)) : words.never);
  }

  /** @param {StoredModel} model */
  function acts(model) {
    const words = t().models.list;
    const whole = usable(model);
    const working = room.transfers.some(({ id, phase }) => id === model.id && phase === "running");
    if (working || model.busy) return null;
    const resume = model.state === "part" ? words.go : model.state === "evicted" ? words.again : words.mend;
    const first = /** @type {typeof LABS_OF[StoreKind]} */ (LABS_OF[model.kind]);
    return h("p", { class: "acts" },
      ...(whole ? first.map((lab) => act(`use-${lab}`, words.use(t().models.labs[lab]), () => own.use(lab, keyOf(model)))) : []),
      !whole && model.refetchable ? act("fetch", resume, () => void room.download(model.plan, model.variant)) : null,
      whole || model.state === "damaged" ? act("verify", words.verify, () => void room.verify(model)) : null,
      whole ? act("pack", words.pack, () => void room.pack([model])) : null,
      act("remove", words.remove, () => ask(model.id)));
  }

  /** @param {StoredModel} model */
  function precision(model) {
    const words = t().models.list;
    const [variant] = model.plan.variants;
    const [full, int8] = [false, true].map((smaller) => memoryOf(variant, room.session, smaller));
    if (full === null || int8 === null || full <= int8) return null;
    const label = full === variant.weightBytes ? words.asFile : words.full;
    const key = keyOf(model);
    const options = /** @type {const} */ ([["", label(sizeText(full))], ["int8", words.int8(sizeText(int8))]]);
    const id = `as-${key.replace(/[^\w-]/g, "-")}`;
    const select = h("select", { id, "data-act": "store-as", onchange: () => {
      own.setStoreAs(key, select.value === "int8" ? "int8" : undefined);
      own.changedPrecision(key);
    } }, ...options.map(([value, name]) => h("option", { value, selected: value === (own.storeAs(key) ?? "") }, name)));
    return h("p", { class: "field store-as" }, h("label", { for: id }, words.storeAs), select);
  }

  /** @param {StoredModel} model */
  function question(model) {
    const words = t().models.list;
    return h("div", { class: "ask", role: "group", "aria-label": words.ask(model.title, sizeText(model.held)) },
      h("p", null, h("strong", null, words.ask(model.title, sizeText(model.held)))), h("p", { class: "note" }, model.refetchable ? words.askFetch : words.askFolder),
      h("p", { class: "acts" }, h("button", { type: "button", class: "go", "data-act": "really", onclick: () => { asked = ""; void room.remove(model).then(() => focusNear(model.kind)); } }, words.really),
        h("button", { type: "button", class: "plain", "data-act": "keep", onclick: () => { ask(""); focusOn(model.id, "remove"); } }, words.keep)));
  }

  /** @param {string} id */
  function ask(id) {
    asked = id;
    draw();
    if (id) focusOn(id, "keep");
  }
  /** @param {string} id @param {string} which */
  const focusOn = (id, which) => /** @type {HTMLElement | null} */ (place.querySelector(`[data-model="${CSS.escape(id)}"] [data-act=${which}]`))?.focus();
  /** @param {StoreKind} kind */
  const focusNear = (kind) => /** @type {HTMLElement | null} */ (place.querySelector(`[data-bundled=${kind}] button`))?.focus();

  /** @param {StoredModel} model */
  function row(model) {
    const words = t().models.list;
    const found = checked.get(model.id);
    const placed = model.place === "disk" ? "" : words.places[model.place];
    return h("li", { "data-model": model.id, "data-state": model.state },
      h("p", { class: "what" }, h("strong", { dir: "auto" }, model.title), placed ? h("span", { class: "badge", title: model.placeReason ? words.reasons[model.placeReason] : null }, placed) : null, h("span", { class: "val" }, sizeText(model.bytes))),
      h("p", { class: "note" }, h("bdi", { class: sourceFace(model.source) }, sourceText(model.source)), t().open.comma, h("bdi", null, model.architecture), t().open.comma, nameOf(model.plan.variants[0])),
      h("p", { class: "note state" }, stateOf(model)),
      model.place === "memory" && model.placeReason ? h("p", { class: "note" }, words.reasons[model.placeReason]) : null,
      found ? h("p", { class: "note", role: "status" }, found.passed ? words.passed(model.files.length) : words.bad(found.bad.length)) : null,
      found && !found.passed ? badPieces(found.bad) : null,
      usable(model) ? precision(model) : null,
      asked === model.id ? question(model) : acts(model));
  }

  /** @param {BadChunk[]} bad */
  function badPieces(bad) {
    const words = t().models.list;
    return h("dl", { class: "facts" }, ...bad.slice(0, 4).flatMap(({ path, chunk, expected, found }) => [
      h("dt", null, t().models.errors.fileLabel), h("dd", null, h("bdi", null, `${path} #${chunk + 1}`)),
      h("dt", null, words.saved), h("dd", null, h("code", null, expected)), ...(found ? [h("dt", null, words.now), h("dd", null, h("code", null, found))] : [])]));
  }

  function draw() {
    const words = t().models.list;
    const at = focusedPlace();
    fill(caption, h("b", null, words.name), words.text);
    const whole = own.list.filter(usable);
    fill(place,
      ...KINDS.map((kind) => h("section", { class: "kind" }, h("h2", null, t().models.kinds[kind], h("small", { class: "note" }, t().models.usedIn[kind])),
        h("ol", null, bundled(kind), ...own.list.filter((model) => model.kind === kind).map(row)))),
      own.list.length ? null : h("p", { class: "note none" }, own.loaded ? words.none : words.working),
      whole.length > 1 ? h("p", { class: "acts" }, act("pack-all", words.packAll, () => void room.pack(whole))) : null);
    if (at) /** @type {HTMLElement | null} */ (place.querySelector(at))?.focus();
  }

  /** The list is drawn anew while someone stands in it. */
  function focusedPlace() {
    const button = document.activeElement?.closest("#model-list [data-act]");
    const item = button?.closest("[data-model]");
    if (!button) return "";
    const inRow = item ? `[data-model="${CSS.escape(item.getAttribute("data-model") ?? "")}"] ` : "";
    return `${inRow}[data-act=${button.getAttribute("data-act")}]`;
  }

  own.onChange(draw);
  for (const event of /** @type {const} */ (["stored", "transfers", "language", "visit", "waiting"])) room.on(event, draw);
  draw();
}
