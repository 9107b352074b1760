// A model's folder or a kit that is dropped anywhere on the room. Folders keep their paths: the
// parts of a model are told apart by where they lie.

import { listenForDrops, walkEntry } from "../ui/drop.js";

/** @typedef {{folder: (folder: FileSystemDirectoryHandle | File[], name: string) => void, kit: (zip: File) => void, neither: () => void}} Receivers */

/** The folder that was chosen, by the paths of its files. @param {File[]} files */
export const pickedFolder = (files) => files[0]?.webkitRelativePath.split("/")[0] || files[0]?.name || "";

/** @param {HTMLElement} area @param {Receivers} receivers */
export function listenForModels(area, receivers) {
  listenForDrops(area, (data) => void take(data, receivers));
}

/** What came must be asked for before the first wait: afterwards the list is empty. @param {DataTransfer} data @param {Receivers} receivers */
async function take(data, { folder, kit, neither }) {
  const items = [...data.items].filter(({ kind }) => kind === "file");
  const handles = items.map((item) => /** @type {any} */ (item).getAsFileSystemHandle?.() ?? null);
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
  const files = [...data.files];
  const held = await Promise.all(handles.map((handle) => handle?.catch(() => null)));
  const directory = held.find((handle) => handle?.kind === "directory");
  if (directory) return folder(directory, directory.name);
  const entry = entries.find((one) => one?.isDirectory);
  if (entry) {
    /** @type {File[]} */
    const found = [];
    await walkEntry(entry, found);
    return folder(found, entry.name);
  }
  const zip = files.find(({ name, type }) => /\.zip$/i.test(name) || type === "application/zip");
  if (zip) return kit(zip);
  if (files.some(({ name }) => /\.(json|safetensors)$/i.test(name))) return folder(files, files.find(({ name }) => /\.safetensors$/i.test(name))?.name.replace(/\.safetensors$/i, "") ?? files[0].name);
  return neither();
}
