// The page's colours as canvases need them: resolved for the theme in force, worked out once for each.

const NAMES = /** @type {const} */ (["paper", "well", "ink", "ink-2", "ink-3", "rule", "edge", "ember", "steel"]);
/** @typedef {Record<typeof NAMES[number], string>} Colours */
/** @type {Colours | null} */
let known = null;

/** @returns {Colours} */
export function colours() {
  if (known) return known;
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  known = /** @type {Colours} */ (Object.fromEntries(NAMES.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  })));
  probe.remove();
  return known;
}

/** The theme is another one. */
export const forgetColours = () => void (known = null);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", forgetColours);

/** The family of labels inside canvases. */
export const labelFont = () => getComputedStyle(document.body).fontFamily;
