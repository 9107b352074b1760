// Texts that have broken other programs. Every one must be tokenised and embedded without a fault.

export const PLEASED =
  "买的银色版真的很好看，一天就到了，晚上就开始拿起来完系统很丝滑流畅，做工扎实，手感细腻，很精致哦苹果一如既往的好品质";
export const DISPLEASED = "降价厉害，保价不合理，不推荐";

/** @type {Record<string, string>} */
export const HARD_TEXTS = {
  "empty": "",
  "spaces alone": " \t\n\u3000 ",
  "NUL": "good\0bad\0",
  "a family joined by joiners": "👨‍👩‍👧‍👦 went out 👩🏽‍🚀🏳️‍🌈",
  "flags and keycaps": "🇨🇳🇬🇧 1️⃣",
  "right to left": "هذا المنتج رائع جدًا שלום עולם",
  "both directions": "I said \u202Eevil\u202C and מה?",
  "zero-width marks": "in\u200Bvis\u200Cib\u200Dle\uFEFF \u2060word",
  "lone high surrogate": "before \uD83D after",
  "lone low surrogate": "before \uDE00 after",
  "composed and decomposed": "café cafe\u0301 Å A\u030A",
  "stacked marks": `z${"\u0301\u0316".repeat(200)}`,
  "characters beyond the first plane": "𰻝𰻝面 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
  "control characters": "\u0001\u0007\u001b[31mred\u001b[0m \u007f \u0085",
  "a word without end": "a".repeat(5000),
  "markup": `<img src=x onerror="globalThis.injected = true"><script>globalThis.injected = true</script>`,
};

/** One megabyte of mixed text. */
export const MEGABYTE = "The soup came cold, 不过服务员很热心。🙂 ".repeat(22_000).slice(0, 1_000_000);
