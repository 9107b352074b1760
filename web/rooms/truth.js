// What a column of given labels means. Only words that can be read without guessing are read.

const POSITIVE = new Set(["1", "+1", "pos", "positive", "good", "pleased", "praise", "好评", "正面", "积极", "正", "满意", "5", "5.0"]);
const NEGATIVE = new Set(["0", "-1", "neg", "negative", "bad", "disappointed", "complaint", "差评", "负面", "消极", "负", "不满意"]);

/**
 * The label of ours that a given one stands for, or null where it stands for none.
 * @param {string} given
 * @param {string[]} labels labels[0] is the plus end where there are two ends
 * @param {{ends: boolean, facing: number}} how facing −1 where the ends were swapped
 */
export function truthOf(given, labels, { ends, facing }) {
  const plain = given.trim().toLowerCase();
  if (!plain) return null;
  const same = labels.find((label) => label.trim().toLowerCase() === plain);
  if (same !== undefined) return same;
  if (!ends) return null;
  const [plus, minus] = facing < 0 ? [labels[1], labels[0]] : labels;
  if (POSITIVE.has(plain)) return plus;
  return NEGATIVE.has(plain) ? minus : null;
}

/** Bytes of a file as text: UTF-8, UTF-16 by its mark, else the common Chinese encoding. @param {ArrayBuffer} bytes */
export function decodeText(bytes) {
  const head = new Uint8Array(bytes.slice(0, 2));
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (head[0] === 0xfe && head[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    // A cut at the size limit may split the last character, hence the stream flag.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}
