// Everything that the map shows, as rows: the way to it without a pointer, the lasso's included.

import { fill, h, langOf } from "../base/dom.js";
import { percent } from "../base/format.js";
import { t } from "../i18n/index.js";
import { debounced } from "./room.js";

const PAGE = 100;

/** @param {HTMLElement} place @param {MapRoom} room */
export function mountTable(place, room) {
  const body = h("tbody", null);
  const head = h("tr", null);
  const caption = h("caption", { class: "hidden" });
  const more = h("button", { type: "button", class: "plain small", onclick: () => { shown += PAGE; draw(); } });
  const box = h("div", { class: "scroll", tabindex: "0", role: "region" }, h("table", { class: "plain-table map-table", id: "map-table" }, caption, h("thead", null, head), body), more);
  const summary = h("summary", null);
  const details = h("details", { class: "as-table", id: "map-as-table" }, summary, box);
  let shown = PAGE;

  /** @param {number} at */
  function row(at) {
    const { content, layout, clusters, chosen, selected } = room;
    const point = content.points[at];
    const words = t().map.table;
    const answer = layout?.answer;
    const check = h("input", { type: "checkbox", checked: selected.has(at), "aria-label": words.select(point.name), onchange: () => {
      const next = new Set(room.selected);
      if (check.checked) next.add(at);
      else next.delete(at);
      room.select(next);
    } });
    const number = (/** @type {number | undefined} */ value) => (value === undefined ? "" : value.toFixed(2).replace("-", "\u2212"));
    return h("tr", { class: at === chosen ? "on" : null },
      h("th", { scope: "row" }, h("span", { class: "map-row" }, h("label", { class: "tick" }, check), h("button", { type: "button", "aria-pressed": String(at === chosen), onclick: () => room.choose(at) }, h("bdi", { lang: langOf(point.name) }, point.name)))),
      h("td", null, point.group === null ? "" : content.groups[point.group]), h("td", null, number(layout?.positions[2 * at])), h("td", null, number(layout?.positions[2 * at + 1])),
      h("td", null, clusters ? String(clusters.clusters[at] + 1) : ""), h("td", null, answer && answer.kept !== null && answer.kept_by_point[at] !== undefined ? percent(answer.kept_by_point[at]) : t().undefined));
  }

  function draw() {
    if (!details.open) return;
    const words = t().map.table;
    const { content } = room;
    const matches = room.matches();
    const points = room.store.state.query.trim() ? [...matches] : content.points.map((_, at) => at);
    caption.textContent = words.caption;
    box.setAttribute("aria-label", words.caption);
    fill(head, ...words.columns.map((name) => h("th", { scope: "col" }, name)));
    const focused = /** @type {HTMLElement | null} */ (body.contains(document.activeElement) ? document.activeElement : null);
    const cell = focused ? [...body.querySelectorAll("input, button")].indexOf(focused) : -1;
    fill(body, ...points.slice(0, shown).map(row));
    if (cell >= 0) /** @type {HTMLElement | undefined} */ ([...body.querySelectorAll("input, button")][cell])?.focus({ preventScroll: true });
    more.hidden = points.length <= shown;
    more.textContent = words.more(Math.min(PAGE, points.length - shown));
  }

  details.addEventListener("toggle", draw);
  const build = () => {
    summary.textContent = t().table;
    draw();
  };
  place.append(details);
  const soon = debounced(draw, 60);
  room.on("content", () => {
    shown = PAGE;
    soon();
  });
  for (const event of /** @type {const} */ (["chosen", "selected", "clusters"])) room.on(event, soon);
  room.on("layout", debounced(draw, 250)); // once the points have come to rest
  room.on("language", build);
  room.store.onChange((changed) => {
    if (changed.has("query")) soon();
  });
  build();
}
