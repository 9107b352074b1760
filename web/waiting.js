// What a lab shows while its model is not there: the question before a download, progress, or a
// cause with a next action. One of these for each lab, drawn in that lab's own place.

import { fill, h } from "./base/dom.js";
import { t } from "./i18n/index.js";
import { spoken } from "./rooms/models-own.js";
import { errorNote } from "./ui/error-note.js";
import { progressNote } from "./ui/progress.js";

/**
 * A lab that loads no model waits for nothing; it only has a place to say what went wrong.
 * @param {{place: HTMLElement, onRetry: () => void}} options
 */
export function createNoWaiting({ place, onRetry }) {
  /** @type {KindlingError | null} */
  let shown = null;
  /** @param {KindlingError} error */
  function showError(error) {
    shown = error;
    fill(place, errorNote(error, [{ label: t().retry, run: () => { fill(place); onRetry(); } }]));
  }
  return {
    ask: () => {}, forgive: () => {}, update: () => false, showError,
    clearError: () => place.querySelector(".err")?.remove(),
    redraw: () => void (shown && place.querySelector(".err") && showError(shown)),
  };
}

const FILES_BROKEN = ["tokenizer", "config", "weights", "missing_tensor", "shape"];

/**
 * @param {{place: HTMLElement, live: HTMLElement, model: ModelName, session: Session, open: (choice: DeviceChoice) => void, load: () => void, onReady: () => void, bundled: () => void}} options
 */
export function createWaiting({ place, live, model, session, open, load, onReady, bundled }) {
  /** @type {ReturnType<typeof progressNote> | null} */
  let progress = null;
  /** @type {SessionPhase | ""} */
  let lastPhase = "";
  /** Whose model it was about. */
  let lastOwn = "";
  /** After a breakdown the note stays and nothing is asked again by itself: the same text might break it again. */
  let brokeDown = false;

  const words = () => t().open;
  const mine = () => session.status.models[model];

  /** A wait that the person starts. @param {string} text @param {{label: string, run: () => void, id?: string}[]} [actions] the first one is primary */
  function ask(text, actions = [{ label: words().fetch, run: load, id: `fetch-${model === "encoder" ? "model" : model}` }]) {
    fill(place, h("div", { class: "ask" }, h("p", null, text), h("p", { class: "acts" }, ...actions.map(({ label, run, id }, at) => h("button", { type: "button", class: at ? "plain" : "go", id, onclick: run }, label)))));
  }

  /** @param {KindlingError} error */
  function showError(error) {
    const { choice, opened } = session.status;
    const { phase } = mine();
    if (error.kind === "panic" || error.kind === "worker") brokeDown = phase !== "ready";
    if (error.kind === "cancelled") return ask(words().cancelled);
    const again = { label: t().retry, run: () => { fill(place); if (mine().phase === "ready") onReady(); else load(); } };
    const cpu = { label: t().errors.useCpu, run: () => open("cpu") };
    const reload = { label: t().errors.reload, run: () => location.reload() };
    const { own } = mine();
    if (own && FILES_BROKEN.includes(error.kind)) {
      const said = t().models.choice;
      return fill(place, errorNote(error, [{ label: said.bundledInstead, run: bundled }], [said.fails(spoken(own)), [/** @type {Record<string, string[]>} */ (t().errors.kinds)[error.kind]?.[0], said.failsNext].filter(Boolean).join(" ")]));
    }
    const onCpu = choice === "cpu" || opened?.bundle === "cpu" || lastBundle === "cpu";
    const actions = FILES_BROKEN.includes(error.kind) ? [reload] : error.kind === "device" ? [cpu, again] : onCpu || ["network", "no_model"].includes(error.kind) ? [again] : [again, cpu];
    fill(place, errorNote(error, actions));
  }

  /** @type {DeviceKind | null} */
  let lastBundle = null;
  return {
    ask,
    showError,
    /** The person starts anew by hand: whatever broke down is forgiven. */
    forgive: () => void (brokeDown = false),
    clearError: () => place.querySelector(".err")?.remove(),
    /** @returns {boolean} whether the phase is another one, or the model */
    update() {
      const { phase, progress: step, error, own } = mine();
      lastBundle = session.status.opened?.bundle ?? lastBundle;
      const changed = phase !== lastPhase || own !== lastOwn;
      if (changed) {
        lastPhase = phase;
        lastOwn = own;
        progress = null;
        live.dataset.phase = phase;
        if (brokeDown && phase !== "failed") {
          // The note is worth more than the progress of a restart that takes a moment.
        } else if (phase === "opening") {
          progress = progressNote({ name: words().phases.device, onCancel: () => session.cancel(model), note: own ? "" : words().next });
          fill(place, progress.element);
        } else if (phase === "failed") {
          if (error) showError(error);
        } else if (phase === "ready") fill(place);
        if (phase === "ready") {
          if (!brokeDown) onReady();
          brokeDown = false;
        }
      }
      const phases = /** @type {Record<string, string>} */ (words().phases);
      if (step && progress) progress.update(step, phases[step.phase]);
      return changed;
    },
    /** In the other language. */
    redraw() {
      const { phase, error } = mine();
      if (phase === "failed" && error) showError(error);
    },
  };
}
