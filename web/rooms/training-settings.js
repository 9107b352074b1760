// What the settings of the labs that train have in common: kinds of knobs, what of a stranger's values can be used, and how a
// link carries them. Pure: no page, no program.

/** @type {PartName[]} */
export const PARTS = ["train", "validation", "test"];
/** Steps of a slider whose values span decades. */
export const RATE_STEPS = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1];

export const MAX_SEED = 9999;
export const randomSeed = () => Math.floor(Math.random() * (MAX_SEED + 1));

/** The name in a link; what a link's words mean; whether a value can be used as it is; what becomes of another. @typedef {{key: string, read: (raw: string) => unknown, fits: (value: any) => boolean, fit?: (value: any) => unknown}} Field */
/** @param {number} least @param {number} most @param {boolean} [whole] @returns {Omit<Field, "key">} */
export const number = (least, most, whole = false) => ({
  read: Number,
  fits: (value) => typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value)),
  fit: (value) => (typeof value === "number" && Number.isFinite(value) ? Math.min(most, Math.max(least, whole ? Math.round(value) : value)) : undefined),
});
/** @param {readonly (string | number)[]} values @returns {Omit<Field, "key">} */
export const oneOf = (values) => ({ read: (raw) => values.find((value) => String(value) === raw), fits: (value) => values.includes(value) });
/** @returns {Omit<Field, "key">} */
export const yesOrNo = () => ({ read: (raw) => (raw === "1" ? true : raw === "0" ? false : undefined), fits: (value) => typeof value === "boolean" });
/** A whole number, or null. @param {number} least @param {number} most @returns {Omit<Field, "key">} */
export const orOff = (least, most) => {
  const { fits, fit } = number(least, most, true);
  return { read: (raw) => (raw === "off" ? null : Number(raw)), fits: (value) => value === null || fits(value), fit };
};

/**
 * What of a stranger's values can be used; a number beyond its range is brought back into it.
 * @template {string} Name
 * @param {Record<Name, Field>} fields
 * @param {(name: Name, field: Field) => unknown} get undefined where there is none
 * @param {() => void} changed told of each value that was not taken as it came
 * @returns {Partial<Record<Name, unknown>>}
 */
export function readState(fields, get, changed) {
  /** @type {Partial<Record<Name, unknown>>} */
  const state = {};
  for (const name of /** @type {Name[]} */ (Object.keys(fields))) {
    const field = fields[name];
    const value = get(name, field);
    if (value === undefined) continue;
    const used = field.fits(value) ? value : field.fit?.(value);
    if (used !== value) changed();
    if (used !== undefined) state[name] = used;
  }
  return state;
}

const VALUE_CHARS = 24;
/** @param {unknown} value */
const printed = (value) => (value === null ? "off" : typeof value === "boolean" ? String(Number(value)) : String(value));

/**
 * A link of every knob, in the fields' order, and behind them of what else the lab holds.
 * @template {{seed: number, locked: boolean}} State
 * @param {{[Name in keyof State & string]?: Field}} fields
 * @param {object} more each adds to what is written, or to the state that is read
 * @param {ShareCodec<State>["write"]} more.write
 * @param {(state: Partial<State>, take: TakeParameter, clamped: () => void) => void} more.read
 * @param {(state: Partial<State>, draft: Record<string, unknown>) => void} more.readDraft
 * @returns {ShareCodec<State>}
 */
export function knobCodec(fields, more) {
  const all = /** @type {Record<keyof State & string, Field>} */ (fields);
  const taken = (/** @type {Parameters<typeof readState>[1]} */ get, /** @type {() => void} */ changed) => /** @type {Partial<State>} */ (readState(all, get, changed));
  return {
    write(state, put, leftOut) {
      for (const name of /** @type {(keyof State & string)[]} */ (Object.keys(all))) put(all[name].key, printed(state[name]), VALUE_CHARS);
      more.write(state, put, leftOut);
    },
    read(take, params, note) {
      const clamped = () => note("clamped");
      const state = taken((_, { key, read }) => {
        const raw = take(key, VALUE_CHARS);
        if (raw === null || raw.trim() === "") return undefined;
        const value = read(raw.trim());
        return value === undefined ? NaN : value; // null is a value: off
      }, clamped);
      more.read(state, take, clamped);
      // A seed that someone sends is meant to be kept.
      if (state.seed !== undefined && !params.has(all.locked.key)) state.locked = true;
      return state;
    },
    readDraft(draft) {
      const state = taken((name) => (Object.hasOwn(draft, name) ? draft[name] : undefined), () => {});
      more.readDraft(state, draft);
      return state;
    },
  };
}
