// From a source to points: texts, numbers or pictures, with the groups they came with. Vectors come later.

/** More than this is neither readable as a map nor quick to lay out. */
export const MAX_POINTS = 5_000;
const NUMERIC_SHARE = 0.9;
/** The true minus, as this page and others print it. */
const MINUS = 0x2212;
/** A column whose cells are longer than this on average is taken for texts, whatever else the table holds. */
const TEXT_CHARS = 18;

/** @returns {MapContent} */
export const noContent = () => ({ kind: "texts", points: [], groups: [], links: [], skipped: 0, cut: 0, table: null, columns: [] });

/** @param {string} name @param {number | null} [group] @param {Partial<MapPoint>} [more] @returns {MapPoint} */
const pointOf = (name, group = null, more = {}) => ({ name, group, text: name, picture: null, numbers: null, ...more });

/** Groups in the order in which they appear; empty names are none. @param {string[]} given */
function grouped(given) {
  /** @type {string[]} */
  const groups = [];
  const indices = given.map((name) => {
    const plain = name.trim();
    if (!plain) return null;
    if (!groups.includes(plain)) groups.push(plain);
    return groups.indexOf(plain);
  });
  return { groups, indices };
}

/** @param {MapExample} example @param {Lang} lang @returns {MapContent} */
export function contentOfExample(example, lang) {
  const content = noContent();
  if (example.pairs) {
    example.pairs.forEach(({ group, words }, at) => {
      content.groups.push(group[lang]);
      for (const [en, zh] of words) {
        content.points.push(pointOf(en, at), pointOf(zh, at));
        content.links.push([content.points.length - 2, content.points.length - 1]);
      }
    });
  } else if (example.items) {
    example.items.forEach(({ group, ...texts }, at) => {
      content.groups.push(group[lang]);
      content.points.push(...texts[lang].map((text) => pointOf(text, at)));
    });
  } else if (example.texts) content.points = example.texts[lang].map((text) => pointOf(text));
  return content;
}

/** Pictures, and captions beside them. @param {Picture[]} pictures @param {{name: string, text: string}[]} captions @param {Lang} lang @param {[string, string]} sides @param {boolean} tied the nth picture and the nth caption belong together @returns {MapContent} */
export function contentOfPictures(pictures, captions, lang, sides, tied) {
  const content = noContent();
  content.kind = "pictures";
  content.groups = captions.length && pictures.length ? [...sides] : [];
  const group = (/** @type {number} */ side) => (content.groups.length ? side : null);
  content.points = [
    ...pictures.map((picture) => pointOf(picture.name[lang], group(0), { text: null, picture })),
    ...captions.map(({ name, text }) => pointOf(name, group(1), { text })),
  ];
  if (tied && pictures.length === captions.length) content.links = pictures.map((_, at) => [at, pictures.length + at]);
  return content;
}

/** @param {string} cell */
const toNumber = (cell) => {
  const plain = cell.trim();
  return plain ? Number(plain.charCodeAt(0) === MINUS ? `-${plain.slice(1)}` : plain) : NaN;
};
/** @param {string} cell */
const isNumber = (cell) => Number.isFinite(toNumber(cell));

/** Columns that hold numbers nearly everywhere. @param {Table} table */
export function numericColumns({ columns, rows }) {
  return columns.map((_, at) => at).filter((at) => rows.length > 0 && rows.filter((row) => isNumber(row[at] ?? "")).length >= NUMERIC_SHARE * rows.length);
}

/** Two columns of numbers and no column of texts: numbers. @param {Table} table @returns {"texts" | "numbers"} */
export function looksLike(table) {
  const numeric = numericColumns(table);
  const longest = table.columns.reduce((most, _, at) => (numeric.includes(at) ? most : Math.max(most, table.rows.reduce((sum, row) => sum + (row[at] ?? "").length, 0) / Math.max(1, table.rows.length))), 0);
  return numeric.length >= 2 && longest <= TEXT_CHARS ? "numbers" : "texts";
}

/** @param {Table} table @param {Pick<MapState, "readAs" | "textColumn" | "groupColumn">} how @returns {MapContent} */
export function contentOfTable(table, how) {
  const kind = how.readAs === "auto" ? looksLike(table) : how.readAs;
  const inRange = (/** @type {number | null} */ at) => (at !== null && at >= 0 && at < table.columns.length ? at : null);
  const group = how.groupColumn === -1 ? null : (inRange(how.groupColumn) ?? table.label_column ?? null);
  return kind === "numbers" ? ofNumbers(table, inRange(how.textColumn), how.groupColumn === null ? null : group) : ofTexts(table, inRange(how.textColumn) ?? table.text_column, group);
}

/** @param {Table} table @param {number} column @param {number | null} groupColumn @returns {MapContent} */
function ofTexts(table, column, groupColumn) {
  /** @type {Map<string, string>} */
  const rows = new Map(); // the same text twice is one point
  let empty = 0;
  for (const row of table.rows) {
    const text = (row[column] ?? "").trim();
    if (!text) empty += 1;
    else if (!rows.has(text)) rows.set(text, groupColumn === null || groupColumn === column ? "" : (row[groupColumn] ?? ""));
  }
  const texts = [...rows.keys()].slice(0, MAX_POINTS);
  const { groups, indices } = grouped(texts.map((text) => rows.get(text) ?? ""));
  return { ...noContent(), points: texts.map((text, at) => pointOf(text.replace(/\s+/g, " "), indices[at], { text })), groups, skipped: table.rows.length - rows.size, cut: Math.max(0, rows.size - MAX_POINTS), table, columns: [] };
}

/** @param {Table} table @param {number | null} nameColumn @param {number | null} groupColumn @returns {MapContent} */
function ofNumbers(table, nameColumn, groupColumn) {
  const numeric = numericColumns(table);
  const named = nameColumn ?? table.columns.findIndex((_, at) => !numeric.includes(at));
  const columns = numeric.filter((at) => at !== named && at !== groupColumn);
  const usable = table.rows.filter((row) => columns.every((at) => isNumber(row[at] ?? "")));
  const rows = columns.length ? usable.slice(0, MAX_POINTS) : [];
  const { groups, indices } = grouped(rows.map((row) => (groupColumn === null ? "" : (row[groupColumn] ?? ""))));
  const points = rows.map((row, at) => pointOf((row[named] ?? "").trim() || String(at + 1), indices[at], { text: null, numbers: columns.map((column) => toNumber(row[column])) }));
  return { ...noContent(), kind: "numbers", points, groups, skipped: table.rows.length - usable.length, cut: usable.length - rows.length, table, columns: columns.map((at) => table.columns[at]) };
}
