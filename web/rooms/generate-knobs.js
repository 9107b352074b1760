// The prompt and the one button; the knobs, for beside the picture; the rarer ones, for a drawer.

import { MAX_BATCH, MAX_GUIDANCE, MAX_SEED, MAX_STEPS, PROMPT_CHARS, TYPING_MILLIS } from "../base/constants.js";
import { clip, fill, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { growAll, guardLength, oneLine, onSettled, setField } from "../ui/field.js";
import { checkField, numberField, selectField } from "../ui/number-field.js";
import { PROMPTS, promptWith } from "./generate-examples.js";
import { fitSize, randomSeed, SAMPLER_NAMES, SAMPLERS, sizesOf, SPACINGS } from "./generate-settings.js";
import { debounced } from "./room.js";

/** @param {HTMLElement} body @param {GenerateRoom} room */
export function mountKnobs(body, room) {
  const { store } = room;
  const words = () => t().generate.knobs;
  /** @param {Partial<GenerateState>} patch @param {string} [group] */
  const set = (patch, group = "") => store.set(patch, { group });

  const prompt = textField("prompt"), negative = textField("negative");
  const tries = h("p", { class: "note tries" });
  const why = h("p", { class: "note", id: "prompt-why", role: "status" });
  const clampNote = h("p", { class: "note", id: "knob-note", role: "status" });
  const go = h("button", { type: "button", class: "go", id: "draw", onclick: () => room.emit("run") });
  const clamped = (/** @type {number} */ least, /** @type {number} */ most) => void (clampNote.textContent = words().clamped(least, most));
  /** @param {keyof GenerateState} name @param {number} least @param {number} most @param {number} [step] */
  const number = (name, least, most, step) => numberField({ id: `knob-${name}`, least, most, step, clamped, changed: (value) => {
    if (clampNote.textContent && value !== least && value !== most) clampNote.textContent = "";
    set({ [name]: value }, name);
  } });
  const seed = number("seed", 0, MAX_SEED), steps = number("steps", 1, MAX_STEPS), guidance = number("guidance", 1, MAX_GUIDANCE, 0.1), batch = number("batch", 1, MAX_BATCH), eta = number("eta", 0, 1, 0.05);
  const sampler = selectField({ id: "knob-sampler", changed: (value) => set({ sampler: /** @type {SamplerName} */ (value) }) });
  const spacing = selectField({ id: "knob-spacing", changed: (value) => set({ spacing: value === "own" ? null : /** @type {Spacing} */ (value) }) });
  const width = selectField({ id: "knob-width", changed: (value) => set({ width: Number(value) }) });
  const height = selectField({ id: "knob-height", changed: (value) => set({ height: Number(value) }) });
  const locked = checkField({ id: "knob-locked", changed: (on) => set({ locked: on }) });
  const karras = checkField({ id: "knob-karras", changed: (on) => set({ karras: on }) });
  const panels = checkField({ id: "knob-panels", changed: (on) => set({ panels: on }) });
  const dice = h("button", { type: "button", class: "plain small", id: "dice", onclick: () => set({ seed: randomSeed() }) });
  const more = h("details", { class: "more-knobs", id: "more-knobs" });
  const summary = h("summary", null), karrasNote = h("p", { class: "note" }), etaNote = h("p", { class: "note" }), sizeNote = h("p", { class: "note" }), negativeNote = h("p", { class: "note" });

  /** @param {"prompt" | "negative"} name */
  function textField(name) {
    const field = h("textarea", { id: `generate-${name}`, class: name === "prompt" ? "write" : "write small", rows: "1", dir: "auto", spellcheck: "false", autocomplete: "off" });
    const label = h("label", { class: "lbl", for: field.id });
    const count = h("span", { class: "count" });
    /** @type {{text: string, view: TokenView} | null} */
    let tokens = null;
    oneLine(field);
    guardLength(field, PROMPT_CHARS, (whole) => {
      setField(field, clip(whole.replace(/\s*\n\s*/g, " "), PROMPT_CHARS));
      set({ [name]: field.value }, name);
      clampNote.textContent = words().cut(PROMPT_CHARS);
    });
    onSettled(field, (value) => set({ [name]: clip(value, PROMPT_CHARS) }, name));
    const ask = debounced(async () => {
      const text = store.state[name].trim().toWellFormed();
      const view = await room.latest(`tokens-${name}`, "generatorTokens", { text });
      if (view) tokens = { text, view };
      draw();
      room.emit(name === "prompt" ? "answer" : "vectors"); // Inside shows the same tokens
    }, TYPING_MILLIS);
    function draw() {
      const view = tokens?.text === store.state[name].trim().toWellFormed() ? tokens.view : null;
      count.textContent = view && store.state[name].trim() ? words().tokens(view.kept, view.total, view.truncated) : "";
    }
    return { field, label, count, ask, draw, get view() { return tokens?.view ?? null; } };
  }

  function draw() {
    const { state } = store;
    const own = words();
    const info = room.info;
    setField(prompt.field, state.prompt);
    setField(negative.field, state.negative);
    seed.set(state.seed);
    steps.set(state.steps);
    guidance.set(state.guidance);
    batch.set(state.batch);
    eta.set(state.eta);
    sampler.set(own.sampler, SAMPLER_NAMES.map((name) => [name, SAMPLERS[name].title]), state.sampler);
    spacing.set(own.spacing, [["own", own.spacings.own], ...SPACINGS.map((name) => /** @type {[string, string]} */ ([name, own.spacings[name]]))], state.spacing ?? "own");
    const sizes = sizesOf(info).map((side) => /** @type {[string, string]} */ ([String(side), `${side} px`]));
    width.set(own.width, sizes, String(fitSize(state.width, info)));
    height.set(own.height, sizes, String(fitSize(state.height, info)));
    sizeNote.textContent = info ? own.sizeNote(info.size, info.factor) : "";
    locked.set(own.keep, state.locked);
    karras.set(own.karras, state.karras && SAMPLERS[state.sampler].karras, SAMPLERS[state.sampler].karras);
    karrasNote.textContent = SAMPLERS[state.sampler].karras ? own.karrasNote : own.karrasNot(SAMPLERS[state.sampler].title);
    eta.element.hidden = etaNote.hidden = !SAMPLERS[state.sampler].eta;
    panels.set(own.panels, state.panels, state.guidance > 1);
    go.textContent = room.shown && room.shown.kind !== "recorded" ? own.again : own.draw;
    go.disabled = !room.ready;
    const example = promptWith(state.prompt);
    why.textContent = example?.why?.[lang()] ?? "";
    why.hidden = !example?.why;
    for (const button of tries.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.id === example?.id));
    prompt.draw();
    negative.draw();
    // What is turned in the closed drawer is said on its front.
    fill(summary, h("span", null, own.more), h("span", { class: "ms" }, [state.negative.trim() && own.has.negative, state.batch > 1 && own.has.batch(state.batch), (state.width !== null || state.height !== null) && `${fitSize(state.width, info)} × ${fitSize(state.height, info)}`,
      karras.input.checked && "Karras", state.spacing && own.spacings[state.spacing], SAMPLERS[state.sampler].eta && state.eta > 0 && `η ${state.eta}`].filter(Boolean).join(t().open.comma)));
  }

  function build() {
    const own = words();
    prompt.label.textContent = own.prompt;
    negative.label.textContent = own.negative;
    negativeNote.textContent = own.negativeNote;
    for (const [field, name] of /** @type {const} */ ([[seed, own.seed], [steps, own.steps], [guidance, own.guidance], [batch, own.batch], [eta, "η (eta)"]])) field.name(name);
    etaNote.textContent = own.etaNote;
    dice.textContent = own.dice;
    fill(tries, h("span", null, own.tries), ...PROMPTS.map(({ id, title, text, why: beyond }) =>
      h("button", { type: "button", class: "plain small", "data-id": id, title: text[lang()], onclick: () => set({ prompt: text[lang()] }) }, title[lang()], beyond ? h("i", { class: "beyond" }, own.beyondMark) : null)));
    draw();
  }

  more.append(summary, h("div", { class: "drawer" },
    h("div", { class: "negative" }, h("div", { class: "over" }, negative.label, negative.count), negative.field, negativeNote),
    h("div", { class: "row" }, batch.element, width.element, height.element, spacing.element, eta.element), sizeNote, etaNote,
    karras.element, karrasNote, panels.element));
  more.addEventListener("toggle", () => growAll(more));
  body.append(h("div", { class: "over" }, prompt.label, prompt.count), h("div", { class: "ask-line" }, prompt.field, go), tries, why);
  const core = h("div", { class: "knobs" }, sampler.element, steps.element, guidance.element, seed.element, h("div", { class: "seed-acts" }, dice, locked.element), clampNote);

  const askTokens = () => {
    prompt.ask();
    negative.ask();
  };
  store.onChange((changed) => {
    draw();
    if (changed.has("prompt")) prompt.ask();
    if (changed.has("negative")) negative.ask();
  });
  for (const event of /** @type {const} */ (["ready", "waiting", "shown", "run-started"])) room.on(event, draw);
  room.on("ready", askTokens);
  room.on("language", build);
  const grown = () => growAll(body);
  addEventListener("resize", grown);
  room.on("visit", () => requestAnimationFrame(grown));
  build();
  return { core, drawer: more, tokens: () => ({ prompt: prompt.view, negative: negative.view }) };
}
