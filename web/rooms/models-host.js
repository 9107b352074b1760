// A visitor's own model in a lab: which one a lab wants, what happens when it is not here, and the
// check on a graphics device. main.js calls this; the labs themselves know nothing of it.

import { fill, h } from "../base/dom.js";
import { magnitude } from "../base/format.js";
import { keptChoice } from "../early.js";
import { lang, t } from "../i18n/index.js";
import { travels } from "../share.js";
import { hasOwn, keyOf, own, spoken, usable } from "./models-own.js";
import { sizeText } from "./models-words.js";

/**
 * @typedef {{definition: LabDefinition<any>, store: Store<any>, session: Session, room: Room<any>, waiting: {ask(text: string, actions?: {label: string, run: () => void, id?: string}[]): void, update(): boolean}, place(name: string): HTMLElement, visited: boolean}} HostedLab
 */

/** @param {{session: Session, labs: () => HostedLab[], current: () => HostedLab, open: (id: string, model?: string) => Promise<HostedLab>, choose: (choice: DeviceChoice, model: ModelName) => void, redraw: () => void}} page */
export function createModelHost({ session, labs, current, open, choose, redraw }) {
  /** What stands in a lab's place for notes, so that it is said once. @type {Map<HostedLab, string>} */
  const said = new Map();
  /** Checks that have run or are running. @type {Set<string>} */
  const checking = new Set();
  /** What they found; and where numbers were wrong, by how much. @type {Map<string, string>} */
  const verdicts = new Map(), wrong = new Map();

  /** @param {HostedLab} lab @returns {string} */
  const keyOfLab = (lab) => lab.store.state.model ?? "";
  /** @param {string} key */
  const isHere = (key) => {
    const model = own.find(key);
    return model !== undefined && usable(model);
  };

  /** What a model needs is looked up because somebody asked; nothing large comes down before they say so. @param {string} key */
  async function see(key) {
    const known = own.find(key);
    const lab = await open("models");
    if (!travels(key) || (known && known.refetchable)) return; // it stands in the list, with what can be done
    lab.store.set({ address: key.split("#")[0] });
    await /** @type {ModelsRoom} */ (lab.room).look();
  }

  /** @param {HostedLab} lab @param {string} key */
  function ask(lab, key) {
    const words = t().models.choice;
    lab.waiting.update();
    lab.room.emit("waiting");
    const size = own.find(key)?.bytes;
    lab.waiting.ask(words.missing(spoken(key)) + (size ? ` ${t().open.toFetch(sizeText(size))}${t().open.stop}` : ""), [
      { label: words.see, run: () => void see(key), id: "own-see" }, { label: words.bundledInstead, run: () => { lab.place("progress").replaceChildren(); lab.store.set({ model: "" }); }, id: "own-bundled" },
    ]);
    redraw();
  }

  /** @param {HostedLab} lab @param {string} key */
  const load = (lab, key, again = false) => lab.session.load(/** @type {ModelName} */ (lab.definition.model), keptChoice(), key, again);

  /** The first visit to a lab that wants an own model. @param {HostedLab} lab @param {boolean} byLink @returns {Promise<boolean>} whether it is seen to */
  async function visit(lab, byLink) {
    const key = keyOfLab(lab);
    if (!lab.definition.model || !key) return false;
    await own.load().catch(() => {});
    if (keyOfLab(lab) !== key) return true; // changed meanwhile, and seen to
    if (byLink && !isHere(key)) ask(lab, key);
    else load(lab, key);
    return true;
  }

  /** A lab that comes back into view, while another has loaded its own choice. @param {HostedLab} lab */
  function ensure(lab) {
    const { model } = lab.definition;
    if (!model || !lab.visited) return;
    const key = keyOfLab(lab);
    const { phase } = lab.session.status.models[model];
    const slot = session.status.models[model];
    if (slot.instead && slot.instead === key && isHere(key)) return load(lab, key, true);
    if (phase === "idle" && (key ? isHere(key) : slot.phase !== "idle")) load(lab, key);
  }

  /** Somebody chose another model in a lab, or took that back. @param {HostedLab} lab */
  async function changed(lab) {
    unsay(lab);
    if (!lab.visited || lab !== current()) return;
    const key = keyOfLab(lab);
    if (!key) return load(lab, "");
    await own.load().catch(() => {});
    if (keyOfLab(lab) !== key) return;
    if (isHere(key)) load(lab, key);
    else ask(lab, key);
  }

  /** @param {HostedLab} lab @param {string} id @param {string} text @param {{label: string, run: () => void}[]} actions */
  function note(lab, id, text, actions) {
    if (said.get(lab) === id) return;
    said.set(lab, id);
    fill(lab.place("notices"), h("div", { class: "note link-note own-note", role: "status" }, h("p", null, text), h("p", { class: "acts" }, ...actions.map(({ label, run }) => h("button", { type: "button", class: "plain small", onclick: run }, label)))));
  }
  /** @param {HostedLab} lab */
  function unsay(lab) {
    if (!said.delete(lab)) return;
    lab.place("notices").querySelector(".own-note")?.remove();
  }

  /** After every change of the session: says what stands in for what, and checks what was loaded. @param {HostedLab} lab */
  function update(lab) {
    const { model } = lab.definition;
    if (!model) return;
    const { instead, own: key, phase } = session.status.models[model];
    const wanted = keyOfLab(lab);
    const words = t().models.choice;
    if (instead && instead === wanted) return note(lab, `gone ${instead}`, words.gone(spoken(instead)), [{ label: words.again, run: () => void again(lab, instead) }, { label: words.manage, run: () => void open("models") }]);
    if (said.get(lab)?.startsWith("gone")) unsay(lab);
    if (phase === "ready") void placeCheck(lab, model);
    if (phase === "ready" && key && key === wanted && session.status.opened?.bundle === "webgpu") void check(lab, model, key);
  }

  /** Where each lab's check stands, and for which model and language it was drawn. @type {Map<HostedLab, {place: HTMLElement, drawn: string}>} */
  const checks = new Map();
  /** In every lab's inside: the model that is loaded, compared on demand. @param {HostedLab} lab @param {ModelName} model */
  async function placeCheck(lab, model) {
    const inside = lab.place("status").closest(".lab")?.querySelector("details.inside");
    if (!inside) return;
    if (!checks.has(lab)) {
      const place = h("section", { class: "how check-place" });
      checks.set(lab, { place, drawn: "" });
      inside.append(place);
      lab.room.on("language", () => void placeCheck(lab, model));
    }
    const { checkBlock, checkOf } = await import("./models-check.js");
    const mine = /** @type {{place: HTMLElement, drawn: string}} */ (checks.get(lab));
    const { own: key, phase } = session.status.models[model];
    const drawn = [lang(), key, phase === "ready", session.status.opened?.device.name, checkOf(session, model)?.millis].join();
    if (mine.drawn === drawn) return;
    mine.drawn = drawn;
    fill(mine.place, ...(phase === "ready" ? [h("h2", { class: "lbl" }, t().models.inside.ofLab), h("p", { class: "note" }, t().models.inside.compareText), checkBlock(session, model, () => choose("cpu", model))] : []));
  }

  /** @param {HostedLab} lab @param {string} key */
  async function again(lab, key) {
    const model = own.find(key);
    if (!model?.refetchable) return see(key);
    const room = /** @type {ModelsRoom} */ ((await open("models")).room);
    await room.download(model.plan, model.variant);
    if (isHere(key)) ensure(lab);
  }

  /** One's own model on a graphics device, against the CPU. Where it is wrong, the CPU takes over. @param {HostedLab} lab @param {ModelName} model @param {string} key */
  async function check(lab, model, key) {
    const name = `${key} ${session.status.opened?.device.name}`;
    const words = t().models.choice;
    const useCpu = { label: t().models.inside.useCpu, run: () => { unsay(lab); choose("cpu", model); } };
    const known = wrong.get(name);
    // The person has gone back to the device all the same.
    if (known !== undefined) return note(lab, `wrong ${name}`, words.wrong(known), [useCpu]);
    if (checking.has(name)) return;
    checking.add(name);
    verdicts.set(name, words.checking);
    redraw();
    const { farthest, runCheck } = await import("./models-check.js");
    const found = await runCheck(session, model).catch(() => null);
    const apart = found && magnitude(farthest(found));
    verdicts.set(name, apart === null ? words.unchecked : found?.passed ? words.checked(apart) : t().models.inside.failed(apart));
    redraw();
    void placeCheck(lab, model);
    if (apart === null || found?.passed || session.status.models[model].own !== key) return;
    wrong.set(name, apart);
    note(lab, `fell back ${name}`, words.fellBack(apart), [{ label: words.anyway, run: () => { unsay(lab); session.open(keptChoice(), model); } }]);
    session.open(session.status.choice, model, "wrong-numbers");
  }

  own.onUse((id, key) => void open(id, key));
  // Deleted by hand: the lab goes back to what comes with the page.
  own.onRemoved((key) => {
    for (const lab of labs()) if (keyOfLab(lab) === key) lab.store.set({ model: "" }, { quiet: true });
  });
  own.onPrecision((key) => {
    for (const [name, { own: loaded, phase }] of Object.entries(session.status.models)) if (loaded === key && phase === "ready") session.load(/** @type {ModelName} */ (name), keptChoice(), key, true);
  });
  addEventListener("storage", ({ key }) => {
    if (key === "kindling.stored-models" && hasOwn()) void own.load().catch(() => {});
  });
  own.onChange(() => {
    redraw();
    ensure(current());
  });

  return {
    visit, ensure, changed, update,
    /** The models that a lab may be used with. @param {HostedLab} lab */
    choices(lab) {
      const key = keyOfLab(lab);
      const kind = lab.definition.model;
      const stored = own.list.filter((one) => one.kind === kind && usable(one)).map((one) => ({ key: keyOf(one), name: one.title }));
      return {
        key, verdict: verdicts.get(`${key} ${session.status.opened?.device.name}`) ?? "", stored: key && !stored.some((one) => one.key === key) ? [...stored, { key, name: spoken(key) }] : stored,
        choose: (/** @type {string} */ next) => lab.store.set({ model: next }), add: () => void open("models"),
      };
    },
  };
}
