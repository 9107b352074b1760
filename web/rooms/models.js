// The models room: what is on this device, and how to add to it. It computes nothing by itself.

import { byId, clip, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { mountAdd } from "./models-add.js";
import { calledOff, withModels } from "./models-core.js";
import { mountInside } from "./models-inside.js";
import { mountList } from "./models-list.js";
import { own } from "./models-own.js";
import { mountPlan } from "./models-plan.js";
import { mountTransfers } from "./models-transfers.js";
import { mountUsage } from "./models-usage.js";
import { createRoom, listenForKeys } from "./room.js";

const ADDRESS_CHARS = 500;

/** @type {LabDefinition<ModelsState>["mount"]} */
function mount(element, session, store, { onError, useCpu }) {
  const room = withModels(createRoom(session, store, null, onError));
  const body = byId("models-body"), figures = byId("models-figures");
  const figure = (/** @type {string} */ id) => {
    const place = h("figure", { class: "fig", id });
    figures.append(place);
    return place;
  };
  mountAdd(body, element, room);
  mountTransfers(body, room);
  mountPlan(body, room);
  mountList(figure("fig-models"), room);
  mountUsage(figure("fig-usage"), room);
  mountInside(byId("models-inside-body"), room, { useCpu: () => useCpu?.() });
  listenForKeys(element, room);

  /** Those that another tab fetches are watched from here too. */
  function watch() {
    for (const { id, busy, state, refetchable, plan, variant } of own.list) {
      // One that was called off is busy until it has put away what it had: it must not be taken up again.
      if (!busy) calledOff.delete(id);
      else if (state === "part" && refetchable && !calledOff.has(id) && !room.transfers.some((transfer) => transfer.id === id)) void room.download(plan, variant);
    }
  }
  room.on("visit", () => {
    room.emit("waiting"); // another model may have been loaded meanwhile
    void own.load().then(() => room.refresh(), (/** @type {KindlingError} */ error) => onError(typeof error?.kind === "string" ? error : { kind: "network", message: String(error), detail: {} })).then(watch);
  });
  own.onChange(watch);
  return { room, refresh: () => room.emit("waiting") };
}

/** @type {ShareCodec<ModelsState>} */
const codec = {
  write: ({ address }, put) => put("address", address, ADDRESS_CHARS),
  read(take) {
    const address = take("address", ADDRESS_CHARS);
    return address === null ? {} : { address: address.replace(/\s+/g, "") };
  },
  readDraft: ({ address }) => (typeof address === "string" ? { address: clip(address, ADDRESS_CHARS) } : {}),
};

/** @type {LabDefinition<ModelsState>} */
export const modelsLab = { id: "models", model: null, plain: true, codec, title: () => t().models.title, fresh: () => ({ address: "" }), translated: () => ({}), mount };
