// The text-to-image lab: words in, a film of guesses out. Sections share a room, not each other.

import { LONG_MILLIS } from "../base/constants.js";
import { byId, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { listenForFiles } from "../ui/drop.js";
import { PROMPTS, promptWith } from "./generate-examples.js";
import { mountGenerateActs } from "./generate-acts.js";
import { mountFilm } from "./generate-film.js";
import { mountGallery } from "./generate-gallery.js";
import { mountInside } from "./generate-inside.js";
import { mountKnobs } from "./generate-knobs.js";
import { mountPanels } from "./generate-panels.js";
import { mountPlot } from "./generate-plot.js";
import { bytesOf, settingsIn } from "./generate-png.js";
import { mountRace } from "./generate-race.js";
import { loadRecorded } from "./generate-recorded.js";
import { freshState } from "./generate-settings.js";
import { generateCodec } from "./generate-share.js";
import { mountSource } from "./generate-source.js";
import { about, mountState } from "./generate-state.js";
import { withStudio } from "./generate-studio.js";
import { createRoom, listenForKeys } from "./room.js";

/** The text of a PNG lies before or after the picture; no honest one is larger. */
const PNG_BYTES = 64 * 2 ** 20;

/** @type {LabDefinition<GenerateState>["mount"]} */
function mount(element, session, store, { onError }) {
  const room = withStudio(createRoom(session, store, "text2image", onError));
  const figures = byId("generate-figures");
  const figure = (/** @type {string} */ id) => {
    const place = h("figure", { class: "fig", id });
    figures.append(place);
    return place;
  };
  const body = byId("generate-body");
  const stage = h("figure", { class: "fig film", id: "fig-film" });
  const knobs = mountKnobs(body, room);
  const state = mountState(body, room);
  body.append(stage, knobs.drawer);
  mountFilm(stage, room, knobs.core);
  mountInside(byId("generate-inside-body"), room, knobs.tokens);
  mountPanels(figure("fig-panels"), room);
  const source = mountSource(figure("fig-source"), room);
  mountRace(figure("fig-race"), room);
  mountPlot(figure("fig-plot"), room);
  mountGallery(figure("fig-shelf"), room, async ({ run, picture }) => {
    const bytes = await bytesOf(run.images[picture]);
    if (bytes) await source.use(t().generate.gallery.name(run.options.prompt, run.options.seed + picture), bytes, { run, picture });
    document.getElementById("fig-source")?.scrollIntoView({ block: "nearest" });
  });
  mountGenerateActs(byId("generate-acts"), room, { fresh: () => freshState(lang()) });
  listenForKeys(element, room);

  room.on("run", () => void room.draw());
  room.on("cancel", () => room.cancel());
  room.on("recorded", () => void showRecorded());

  async function showRecorded() {
    const run = await loadRecorded(lang());
    if (run) room.show(run);
    else state.notice(t().generate.run.noRecording);
  }

  // ── files that are dropped or pasted: settings where there are some, else a picture to start from ──
  const cover = h("p", { class: "cover", "aria-hidden": "true" }, h("span", null));
  element.append(cover);
  listenForFiles(element, (files) => {
    const [file] = files;
    if (file) void take(file);
    else state.notice(t().images.tray.noFiles);
  });
  /** What came before the program that can read it. @type {File | null} */
  let waits = null;
  room.on("ready", () => {
    const file = waits;
    waits = null;
    if (file) state.notice("");
    if (file) void take(file);
  });
  /** @param {File} file */
  async function take(file) {
    const words = t().generate.restore;
    if (!room.ready) {
      waits = file;
      return state.notice(words.waits);
    }
    const found = file.size <= PNG_BYTES ? await settingsOf(file) : null;
    if (!found) return source.add(file);
    store.set(found.state);
    state.notice([words.done, found.cut ? words.cut : ""].filter(Boolean).join(t().generate.space), [{ label: words.asPicture, run: () => void source.add(file) }]);
  }
  /** @param {File} file */
  async function settingsOf(file) {
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      if (bytes[0] !== 0x89 || bytes[1] !== 0x50) return null;
      return settingsIn(await session.request("readPngText", { bytes }, { transfer: [bytes.buffer] }));
    } catch {
      return null; // then it is a picture, or says itself what is wrong with it
    }
  }

  let visited = false;
  room.on("visit", () => {
    if (visited) return;
    visited = true;
    // Something to see before any choice, and plainly not of this device.
    if (!room.shown) void loadRecorded(lang()).then((run) => { if (run && !room.shown) room.show(run); });
  });
  const translate = () => {
    /** @type {HTMLElement} */ (cover.firstChild).textContent = t().generate.over;
    if (room.shown?.kind === "recorded") void loadRecorded(lang()).then((run) => { if (run && room.shown?.kind === "recorded") room.show(run); });
  };
  room.on("language", translate);
  translate();
  room.on("ready", () => {
    const { millis, measured } = room.estimate(room.options());
    if (measured && millis > LONG_MILLIS) state.notice(t().generate.run.slow(about(millis)), [{ label: t().generate.run.recorded, run: () => void showRecorded() }]);
  });

  return { room, refresh: () => room.emit("waiting") };
}

/** What the page itself put in follows the language; what a person wrote stays. @param {GenerateState} state @param {Lang} language */
function translated({ prompt }, language) {
  const example = PROMPTS.find((one) => one === promptWith(prompt));
  return example ? { prompt: example.text[language] } : {};
}

/** @type {LabDefinition<GenerateState>} */
export const generateLab = { id: "generate", model: "text2image", codec: generateCodec, title: () => t().generate.title, fresh: freshState, translated, mount };
