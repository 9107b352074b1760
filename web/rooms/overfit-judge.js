// What the numbers of a run say, in the terms of the lesson. Pure: the same for the page and its tests.

/** Validation loss that has risen by this share over its lowest counts as risen. */
const RISEN = 0.1;
/** Share of what guessing the mean would lose, above which a model has hardly learned its own points. */
const LEARNED = { regression: 0.35, classification: 0.5 };
/** Validation loss so many times the training loss is a gap. */
const GAP = 2;
/** Before this many epochs nothing is judged. */
const EARLY = 12;

/** @typedef {"none" | "early" | "diverged" | "underfit" | "memorising" | "gap" | "good" | "unchecked"} Verdict */
/**
 * @typedef {object} Judgement
 * @property {Verdict} verdict
 * @property {number} epoch
 * @property {number | null} best epoch of the lowest validation loss
 * @property {{train: number | null, validation: number | null, test: number | null}} now
 * @property {{train: number | null, validation: number | null, test: number | null}} last losses after the last epoch: not those of `now` where patience went back to the best one
 * @property {{train: number | null, validation: number | null, test: number | null} | null} kept losses at the best epoch
 * @property {number} base what a model would lose that always says the same
 */

/** Loss of always answering with the training rows' mean, or with their share of class 1. @param {LessonPoints} points @param {LessonSplit} split */
export function baseLoss({ y, classes }, { train }) {
  if (!train.length) return NaN;
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  if (!classes) {
    const middle = mean(train.map((row) => y[row]));
    return mean(train.map((row) => (y[row] - middle) ** 2));
  }
  const share = mean(train.map((row) => classes[row]));
  return share === 0 || share === 1 ? 0 : -share * Math.log(share) - (1 - share) * Math.log(1 - share);
}

/** @param {{points: LessonPoints | null, split: LessonSplit | null, history: OverfitHistory, frame: FitFrame | null}} run @returns {Judgement} */
export function judge({ points, split, history, frame }) {
  const epoch = history.epochs.at(-1) ?? 0;
  const now = { train: frame?.now.train.loss ?? null, validation: frame?.now.validation.loss ?? null, test: frame?.now.test.loss ?? null };
  const last = { train: history.train.at(-1) ?? null, validation: history.validation.at(-1) ?? null, test: history.test.at(-1) ?? null };
  const base = points && split ? baseLoss(points, split) : NaN;
  const best = frame?.best_epoch ?? null;
  const place = best === null ? -1 : history.epochs.indexOf(best);
  const kept = place < 0 ? null : { train: history.train[place], validation: history.validation[place], test: history.test[place] };
  /** @param {Verdict} verdict @returns {Judgement} */
  const say = (verdict) => ({ verdict, epoch, best, now, last, kept, base });
  if (!frame || !points) return say("none");
  if (frame.ended === "diverged" || now.train === null) return say("diverged");
  if (epoch < EARLY) return say("early");
  if (now.validation === null) return say("unchecked");
  const risen = kept?.validation !== null && kept?.validation !== undefined && now.validation > kept.validation * (1 + RISEN) && epoch > (best ?? 0);
  const learned = now.train <= base * LEARNED[points.task];
  if (!learned && now.validation < now.train * GAP) return say("underfit");
  if (risen && now.train < (kept?.train ?? Infinity)) return say("memorising");
  if (now.validation > now.train * GAP) return say("gap");
  return say("good");
}
