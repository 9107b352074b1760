// What the image–text lab saves, and its row of acts.

import { lang, t } from "../i18n/index.js";
import { mountActs, saveJson, saveTable } from "./acts.js";
import { imagesCodec } from "./images-share.js";
import { setOf } from "./samples.js";

/**
 * @param {HTMLElement} row
 * @param {ImagesRoom} room
 * @param {{fresh: () => ImagesState}} options
 */
export function mountImagesActs(row, room, { fresh }) {
  const ready = () => {
    const { pictures, labels } = room.table();
    return pictures.length > 0 && labels.length > 0;
  };
  mountActs(row, room, {
    lab: "images", prefix: "images", codec: imagesCodec, fresh, events: ["pictures", "vectors"],
    savings: [
      { name: "csv", label: () => t().acts.csv, ready, run: () => saveMatrix(room) },
      { name: "json", label: () => t().acts.json, ready, run: () => saveAll(room) },
    ],
  });
}

/** One line a picture: the closest label, then every cosine, then every share. @param {ImagesRoom} room */
function saveMatrix(room) {
  const { pictures, labels, cosines, shares, best } = room.table();
  const columns = ["picture", "format", "width", "height", "closest", ...labels.map((label) => `cos ${label}`), ...labels.map((label) => `share ${label}`)];
  const number = (/** @type {number | null} */ value) => (value === null ? "" : String(value));
  const rows = pictures.map(({ name, answer }, at) => [
    name[lang()], answer?.format ?? "", String(answer?.width ?? ""), String(answer?.height ?? ""), labels[best[at]] ?? "",
    ...cosines[at].map(number), ...shares[at].map(number),
  ]);
  return saveTable(room, t().images.saved.csv, columns, rows);
}

/** Numbers and names, never the pictures. @param {ImagesRoom} room */
function saveAll(room) {
  const { pictures, labels, cosines, shares, best } = room.table();
  const { models, opened } = room.session.status;
  const { across, template } = room.store.state;
  saveJson(t().images.saved.json, {
    lab: "images", version: 1, device: opened?.device, model: models.clip.info, scale: room.scale(), across, template,
    labels: labels.map((label) => ({ label, prompt: room.prompt(label), vector: [...(room.vectorOf(room.prompt(label)) ?? [])] })),
    pictures: pictures.map(({ id, name, answer }, at) => ({
      name: name[lang()], sample: setOf(id) ? id : undefined, format: answer?.format, width: answer?.width, height: answer?.height, crop: answer?.crop,
      closest: labels[best[at]] ?? null, cosines: cosines[at], shares: shares[at], vector: [...(answer?.vector ?? [])],
    })),
    failed: room.gallery.failed().map(({ name, error }) => ({ name: name[lang()], error })),
  });
}
