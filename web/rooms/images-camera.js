// The camera, with a plain word before the browser asks, and no dead end where it is refused.

import { fill, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";

/** @param {(sources: PictureSource[]) => void} add */
export function cameraPanel(add) {
  const element = h("div", { class: "panel", id: "camera-panel", hidden: true });
  /** @type {MediaStream | null} */
  let stream = null;
  /** @type {string[] | null} */
  let refused = null;
  let taken = 0;
  const video = h("video", { class: "camera", playsinline: true, muted: true });

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
    build();
  }

  async function start() {
    refused = null;
    const { errors } = t().images.camera;
    const known = /** @type {Record<string, string[]>} */ (errors);
    if (!navigator.mediaDevices?.getUserMedia) refused = errors.insecure;
    else {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
        for (const track of stream.getTracks()) track.addEventListener("ended", stop);
        video.muted = true;
        video.srcObject = stream;
        await video.play().catch(() => {});
      } catch (error) {
        refused = known[/** @type {Error} */ (error).name] ?? errors.other;
      }
    }
    build();
    /** @type {HTMLElement | null} */ (element.querySelector("button"))?.focus();
  }

  /** The frame on show, without loss. */
  async function take() {
    if (!stream || !video.videoWidth) return;
    const canvas = h("canvas", null);
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ resolve) => canvas.toBlob(resolve, "image/png"));
    if (!blob) return;
    const name = `${t().images.tray.photo} ${++taken}`;
    add([{ name: { en: name, zh: name }, bytes: blob.size, read: async () => new Uint8Array(await blob.arrayBuffer()) }]);
  }

  function build() {
    const words = t().images.camera;
    video.setAttribute("aria-label", words.video);
    fill(element,
      stream ? video : null,
      h("p", { class: "acts" }, ...(stream
        ? [h("button", { type: "button", class: "go", id: "camera-take", onclick: () => void take() }, words.take), h("button", { type: "button", class: "plain", onclick: stop }, words.stop)]
        : [h("button", { type: "button", class: "go", id: "camera-start", onclick: () => void start() }, words.start)])),
      refused ? h("p", { class: "note", role: "alert" }, h("strong", null, refused[0]), lang() === "zh" ? "" : " ", refused[1]) : h("p", { class: "note" }, words.note));
  }

  addEventListener("pagehide", stop);
  return { element, build, stop };
}
