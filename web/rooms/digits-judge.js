// What the numbers of a run say, in the terms of the lesson. Pure: the same for the page and its tests.

/** Share of right answers below which a network has not even learned its own digits. */
const LEARNED = 0.8;
/** Shares of right answers that lie so far apart are a gap. */
const GAP = 0.1;
/** Before this many epochs nothing is judged. */
const EARLY = 3;

/** @typedef {"none" | "early" | "diverged" | "underfit" | "memorising" | "good" | "middling" | "unchecked"} Verdict */
/**
 * @typedef {object} Judgement
 * @property {Verdict} verdict
 * @property {number} epoch at the last look
 * @property {number | null} best epoch of the lowest validation loss
 * @property {Record<PartName, number | null>} right share of right answers at the last look
 * @property {Record<PartName, number | null>} loss
 * @property {boolean} risen whether the validation loss has risen from its lowest
 */

/** Right answers on unseen digits that count as good. */
const GOOD = 0.85;
/** Validation loss that lies by this share above its lowest has risen. */
const RISEN = 0.1;

/** @param {{history: DigitsHistory, frame: PictureFrame | null}} run @returns {Judgement} */
export function judge({ history, frame }) {
  const now = frame?.now ?? null;
  const of = (/** @type {"loss" | "accuracy"} */ what) => ({ train: now?.train[what] ?? null, validation: now?.validation[what] ?? null, test: now?.test[what] ?? null });
  const right = of("accuracy"), loss = of("loss");
  const epoch = frame?.now_epoch ?? 0;
  const best = frame?.best_epoch ?? null;
  const lowest = best === null ? null : (history.loss.validation[history.epochs.indexOf(best)] ?? null);
  const last = history.loss.validation.at(-1) ?? null;
  const risen = lowest !== null && last !== null && last > lowest * (1 + RISEN);
  /** @param {Verdict} verdict @returns {Judgement} */
  const say = (verdict) => ({ verdict, epoch, best, right, loss, risen });
  if (!frame || !now) return say("none");
  if (frame.ended === "diverged" || right.train === null) return say("diverged");
  if (epoch < EARLY) return say(epoch === 0 ? "none" : "early");
  if (right.validation === null) return say("unchecked");
  if (right.train - right.validation > GAP) return say("memorising");
  if (right.train < LEARNED) return say("underfit");
  return say(right.validation >= GOOD ? "good" : "middling");
}
