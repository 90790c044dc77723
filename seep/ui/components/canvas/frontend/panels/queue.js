/** The queue beside the canvas: thumbnails, states, what the order goes by, how far one is. */
import { rankReason } from "../../../shared/orders.js";
import { isOpen, stateOf } from "../../../shared/states.js";
import { plural } from "../../../shared/format.js";
import { element, icon, updateChildren } from "../../../shared/dom.js";
import { panel } from "./lists.js";
import { rovingTabIndex } from "./roving.js";

/** @typedef {import("../types.js").QueueItem} QueueItem */

const LONGEST_TEXT = 80;
const SAMPLE =
  "Drawn at random to measure the quality of predictions. Its place does not follow the order of the queue.";

/**
 * @typedef {object} QueueHandlers
 * @property {(id: number) => void} open
 * @property {(item: QueueItem, version: string) => string} thumbnail address
 * @property {(order: string, text: string) => void} changeQueue
 * @property {(item: QueueItem) => string} valueOf what the queue is ordered by, short
 */
/**
 * @typedef {object} QueueShown
 * @property {QueueItem[]} items @property {number | null} id of the open tile
 * @property {Map<number, string>} states newer than the items'
 * @property {Map<number, string>} versions newer than the items'
 * @property {Set<number>} skippedIds
 * @property {import("../../../shared/orders.js").QueueOrder} order
 * @property {string} filter in words, "" for none
 * @property {[string, string][]} orders key and label of those that can be chosen; empty for a fixed queue
 * @property {string} text that is searched for
 */

/** @param {QueueHandlers} on @returns {{node: HTMLElement, show: (shown: QueueShown) => void}} */
export function queuePanel(on) {
  const list = element("ol", { class: "list" });
  const left = element("span", { class: "faint" });
  const why = element("summary", { class: "why" });
  const about = element("p", { class: "about faint" });
  const reason = element("details", {}, why, about);
  const filtered = element("p", { class: "filtered" });
  const change = () => on.changeQueue(choice.value, search.value.trim());
  const choice = element("select", { "aria-label": "Order of the queue", onchange: change });
  const search = element("input", {
    type: "text",
    placeholder: "Search",
    maxLength: LONGEST_TEXT,
    autocomplete: "off",
    "aria-label": "Search the queue by name, note or person",
  });
  const find = element("form", { class: "find" }, choice, search);
  find.addEventListener("submit", (event) => (event.preventDefault(), change()));
  find.addEventListener("keydown", (event) => event.stopPropagation()); // letters are shortcuts of Streamlit
  let shownText = "";
  let opened = false;
  const toggle = element(
    "button",
    {
      type: "button",
      class: "finder",
      "aria-label": "Order and search",
      title: "Order and search",
      onclick() {
        opened = find.hidden;
        find.hidden = !opened;
        toggle.ariaExpanded = String(opened);
      },
    },
    icon("filter_alt"),
  );
  const bar = element("progress", { class: "done", max: 1, value: 0 });
  /** @type {Map<number, HTMLElement>} */
  let rows = new Map();
  const refresh = rovingTabIndex(list);
  // The panel of wide areas takes from this one's height.
  new ResizeObserver(() =>
    list.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" }),
  ).observe(list);
  const body = element("div", { class: "queued" }, bar, find, filtered, reason, list);
  return {
    node: panel("Queue", "queue", body, element("span", { class: "counted" }, left, toggle)),
    show({ items, id, states, versions, skippedIds, order, filter, orders, text }) {
      toggle.hidden = !orders.length;
      find.hidden = !orders.length || !(opened || text);
      toggle.ariaExpanded = String(!find.hidden);
      updateChildren(choice, JSON.stringify(orders), () =>
        orders.map(([value, label]) => element("option", { value }, label)),
      );
      if (choice.dataset.shown !== order.key) choice.value = choice.dataset.shown = order.key;
      if (shownText !== text) search.value = shownText = text;
      const before = rows;
      updateChildren(list, items.map((item) => `${item.id} ${item.value}`).join(), () => {
        rows = new Map(items.map((item) => [item.id, row(item, on)]));
        return [...rows.values()];
      });
      filtered.hidden = !filter;
      updateChildren(filtered, filter, () => [
        icon("filter_alt"),
        element("span", { title: filter }, filter),
      ]);
      let waiting = 0;
      let changed = before !== rows;
      for (const item of items) {
        const state = states.get(item.id) ?? item.state;
        if (isOpen(state)) waiting += 1;
        const node = rows.get(item.id);
        const version = versions.get(item.id) ?? item.version ?? "";
        const skipped = isOpen(state) && skippedIds.has(item.id);
        if (node && showRow(node, item, { state, version, id, skipped }, on)) changed = true;
      }
      if (changed) refresh();
      left.textContent = items.length ? `${waiting} of ${plural(items.length, "tile")} open` : "";
      bar.value = items.length ? (items.length - waiting) / items.length : 0;
      bar.title = items.length ? `${items.length - waiting} of ${items.length} decided` : "";
      bar.setAttribute("aria-label", bar.title);
      const item = items.find((one) => one.id === id);
      why.textContent = item ? rankReason(item, order) : order.label;
      why.title = why.textContent ?? "";
      about.textContent = item?.in_sample ? SAMPLE : order.help;
    },
  };
}

/** @param {QueueItem} item @param {QueueHandlers} on @returns {HTMLElement} */
function row(item, on) {
  const picture = element("img", { loading: "lazy", decoding: "async", alt: "", width: 34, height: 34 });
  picture.addEventListener("error", () => picture.classList.add("broken"));
  picture.addEventListener("load", () => picture.classList.remove("broken"));
  const words = element("span", { class: "what" }, element("b", {}, item.name), element("small", {}));
  const button = element(
    "button",
    { type: "button", tabIndex: -1, onclick: () => on.open(item.id) },
    picture,
    words,
  );
  if (item.comments) {
    const title = plural(item.comments, "open comment");
    button.append(
      element("span", { class: "faint commented", title }, icon("chat_bubble"), `${item.comments}`),
    );
  }
  button.append(element("span", { class: "value" }, on.valueOf(item)));
  return element("li", { "data-id": String(item.id) }, button);
}

/**
 * @param {HTMLElement} node @param {QueueItem} item @param {{state: string, version: string, id: number | null, skipped: boolean}} now @param {QueueHandlers} on
 * @returns {boolean} whether anything changed
 */
function showRow(node, item, { state, version, id, skipped }, on) {
  const current = String(item.id === id);
  const picture = /** @type {HTMLImageElement} */ (node.querySelector("img"));
  if (node.dataset.version !== version) {
    node.dataset.version = version;
    picture.src = on.thumbnail(item, version);
  }
  const notes = `${item.in_sample ? ", sample" : ""}${skipped ? ", skipped" : ""}`;
  if (node.dataset.state === state && node.ariaCurrent === current && node.dataset.notes === notes)
    return false;
  const tileState = stateOf(state);
  const label = (tileState?.label ?? state).toLowerCase();
  node.dataset.state = state;
  node.dataset.notes = notes;
  node.ariaCurrent = current;
  node.style.setProperty("--state", tileState?.color_dark ?? "");
  node.querySelector("small")?.replaceChildren(icon(tileState?.icon ?? ""), `${label}${notes}`);
  if (item.id === id) node.scrollIntoView({ block: "nearest" });
  return true;
}
