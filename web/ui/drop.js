// Files that arrive: dropped (folders too), or pasted.

const MOST = 2000;
/** @param {DataTransfer | null} data */
const brings = (data) => [...(data?.types ?? [])].includes("Files");

/**
 * The whole area is the target, and the window beside it too while the area is on show: a file that
 * misses must not replace the page.
 * @param {HTMLElement} area
 * @param {(data: DataTransfer) => void} files called at once: what came can be asked for only now
 * @param {(event: DragEvent, data: DataTransfer) => void} [other] something came that is no file
 */
export function listenForDrops(area, files, other) {
  const over = (/** @type {boolean} */ on) => area.toggleAttribute("data-dropping", on);
  document.addEventListener("dragover", (event) => {
    if (area.hidden || !brings(event.dataTransfer)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    over(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over(false);
  });
  document.addEventListener("dragend", () => over(false));
  document.addEventListener("drop", (event) => {
    if (area.hidden) return;
    over(false);
    const { dataTransfer } = event;
    if (!dataTransfer) return;
    if (!brings(dataTransfer)) return other?.(event, dataTransfer);
    event.preventDefault();
    files(dataTransfer);
  });
}

/**
 * Files that are dropped on the area or pasted.
 * @param {HTMLElement} area
 * @param {(files: File[]) => void} dropped an empty list where something came that is no file
 */
export function listenForFiles(area, dropped) {
  listenForDrops(area, (data) => void filesOf(data).then(dropped), (event, data) => {
    // Text goes into fields as usual; a picture dragged out of another page brings no file.
    if ((event.target instanceof Element && event.target.closest("input, textarea")) || !data.types.includes("text/uri-list")) return;
    event.preventDefault();
    dropped([]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (area.hidden || !files.length) return;
    // A table program pastes text and a picture of it; in a field the text is meant.
    const inField = event.target instanceof Element && event.target.closest("input, textarea");
    if (inField && event.clipboardData?.types.includes("text/plain")) return;
    event.preventDefault();
    dropped(files);
  });
}

/** @param {DataTransfer} data @returns {Promise<File[]>} */
async function filesOf(data) {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = [...data.files];
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  /** @type {File[]} */
  const files = [];
  for (const entry of entries) if (entry) await walkEntry(entry, files);
  return files;
}

/** All files below, but hidden ones; each keeps its path, as with the directory form of a file field. @param {FileSystemEntry} entry @param {File[]} files @param {string} [path] */
export async function walkEntry(entry, files, path = entry.name) {
  if (files.length >= MOST || entry.name.startsWith(".")) return;
  if (entry.isFile) {
    const file = await new Promise((resolve) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, () => resolve(null)));
    if (file) files.push(Object.defineProperty(file, "webkitRelativePath", { value: path }));
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) return;
    for (const one of some) await walkEntry(one, files, `${path}/${one.name}`);
  }
}
