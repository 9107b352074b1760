// Adding a model: an address, a folder, a kit; and which hub a name is looked up on.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { HUB, parseBase } from "../store/address.js";
import { hubBase, setHub } from "./models-core.js";
import { listenForModels, pickedFolder } from "./models-drop.js";
import { storeError, wordsOf } from "./models-error.js";

/** @param {HTMLElement} body @param {HTMLElement} element the whole room, which takes what is dropped @param {ModelsRoom} room */
export function mountAdd(body, element, room) {
  const { store } = room;
  const field = h("input", { id: "model-address", type: "text", inputmode: "url", autocapitalize: "off", autocomplete: "off", spellcheck: "false", maxlength: "1000", dir: "ltr", "data-runs": true, "aria-describedby": "model-hint" });
  const label = h("label", { class: "lbl", for: "model-address" });
  const look = h("button", { type: "button", class: "go", id: "model-look" });
  const hub = h("div", { class: "hub", id: "model-hub" });
  const hint = h("p", { class: "note", id: "model-hint" });
  const device = h("div", { class: "acts from-here" });
  const fault = h("div", { id: "model-fault" });
  const cover = h("p", { class: "cover", "aria-hidden": "true" }, h("span", null));
  let changing = false;

  const go = () => void room.look();
  look.addEventListener("click", go);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing && !event.ctrlKey && !event.metaKey) go();
  });
  field.addEventListener("input", () => store.set({ address: field.value }, { group: "address" }));
  room.on("run", go);
  room.on("cancel", () => {
    if (room.planning) room.dismiss();
  });
  store.onChange(() => {
    if (field.value !== store.state.address) field.value = store.state.address;
  });

  function drawHub() {
    const words = t().models.add;
    if (!changing) {
      return fill(hub, h("p", { class: "note" }, `${words.hub} `, h("bdi", { class: "mono" }, hubBase().replace(/^https:\/\//, "")), " ",
        h("button", { type: "button", class: "plain small", id: "hub-change", onclick: () => { changing = true; drawHub(); /** @type {HTMLElement} */ (hub.querySelector("input")).focus(); } }, words.change)));
    }
    const base = h("input", { id: "hub-base", type: "url", value: hubBase(), spellcheck: "false", autocomplete: "off", dir: "ltr", maxlength: "300" });
    const wrong = h("p", { class: "note", role: "alert" });
    const done = (/** @type {string} */ value) => {
      const clean = parseBase(/^[a-z]+:\/\//i.test(value.trim()) ? value : `https://${value}`);
      if (typeof clean !== "string") return void (wrong.textContent = wordsOf(clean)?.join(" ") ?? "");
      setHub(clean);
      changing = false;
      drawHub();
      /** @type {HTMLElement} */ (hub.querySelector("#hub-change")).focus();
    };
    base.addEventListener("keydown", (event) => {
      if (event.key === "Enter") done(base.value);
      if (event.key === "Escape") event.stopPropagation(), done(hubBase());
    });
    fill(hub, h("p", { class: "field" }, h("label", { for: "hub-base" }, words.hubLabel), base), wrong,
      h("p", { class: "acts" }, h("button", { type: "button", class: "plain", id: "hub-set", onclick: () => done(base.value) }, words.set), h("button", { type: "button", class: "plain", onclick: () => done(HUB) }, words.usual)));
  }

  function drawDevice() {
    const words = t().models.add;
    const kit = h("label", { class: "pick" }, words.kit, h("input", { type: "file", id: "model-kit", accept: ".zip,application/zip" }));
    const kitInput = /** @type {HTMLInputElement} */ (kit.querySelector("input"));
    kitInput.addEventListener("change", () => {
      const [zip] = kitInput.files ?? [];
      if (zip) void room.addKit(zip, zip.name);
      kitInput.value = "";
    });
    fill(device, h("span", { class: "note" }, words.or), folderControl(words.folder, room), kit, h("span", { class: "note grow" }, words.drop));
  }

  function drawFault() {
    if (!room.fault) return fill(fault);
    fill(fault, storeError(room.fault, room.fault.kind === "network" ? [{ label: t().retry, run: go }] : []));
  }

  function build() {
    const words = t().models.add;
    label.textContent = words.label;
    field.placeholder = words.placeholder;
    hint.textContent = words.hint;
    /** @type {HTMLElement} */ (cover.firstChild).textContent = t().models.over;
    drawHub();
    drawDevice();
    draw();
  }
  function draw() {
    look.textContent = room.planning ? t().models.add.looking : t().models.add.look;
    // One primary action at a time: with a plan on show it is the download.
    const next = room.plan !== null || room.fault?.kind === "network" || room.transfers.some(({ phase }) => phase === "failed");
    look.classList.toggle("go", !next);
    look.classList.toggle("plain", next);
    field.setAttribute("aria-invalid", String(room.fault?.kind === "address"));
    drawFault();
  }

  body.append(h("div", { class: "add" }, label, h("div", { class: "address" }, field, look), hint, hub, device), fault);
  element.append(cover);
  listenForModels(element, {
    folder: (folder, name) => void room.addFolder(folder, name),
    kit: (zip) => void room.addKit(zip, zip.name),
    neither: () => room.emit("not-a-model"),
  });
  const notice = h("p", { class: "note", role: "status" });
  room.on("not-a-model", () => {
    notice.textContent = t().models.add.notFolder;
    fault.replaceChildren(notice);
  });
  room.on("plan", draw);
  room.on("transfers", draw);
  room.on("language", build);
  field.value = store.state.address;
  build();
}

/** A directory that the browser lets one choose, else the directory form of a file field. @param {string} name @param {ModelsRoom} room */
function folderControl(name, room) {
  const pick = /** @type {any} */ (window).showDirectoryPicker;
  if (pick) {
    return h("button", { type: "button", class: "plain", id: "model-folder", onclick: async () => {
      const folder = await pick({ mode: "read" }).catch(() => null); // taken back
      if (folder) void room.addFolder(folder, folder.name);
    } }, name);
  }
  const input = h("input", { type: "file", id: "model-folder", webkitdirectory: true, multiple: true });
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    if (files.length) void room.addFolder(files, pickedFolder(files));
    input.value = "";
  });
  return h("label", { class: "pick" }, name, input);
}
