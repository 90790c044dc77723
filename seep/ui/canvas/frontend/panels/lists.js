/** The column at the right: queue, classes, slicks, history. */
import { UNSURE } from "../types.js";
import { KINDS, STATES, moment } from "../words.js";
import { element, icon, renew } from "./dom.js";

/** @typedef {import("../types.js").QueueItem} QueueItem */
/** @typedef {import("../types.js").SeepClass} SeepClass */
/** @typedef {import("../types.js").OpenTile} OpenTile */
/** @typedef {import("../regions.js").Slick} Slick */

/** @param {string} title @param {string} name @param {HTMLElement} body @param {HTMLElement} [note] @returns {HTMLElement} */
function panel(title, name, body, note) {
  const head = element("h2", {}, title, ...(note ? [note] : []));
  return element("section", { class: `panel ${name}`, "aria-label": title }, head, body);
}

/**
 * @param {(id: number) => void} open @param {(item: QueueItem) => string} thumbnail
 * @param {(item: QueueItem) => string} valueOf what the queue is ordered by
 * @returns {{node: HTMLElement, show: (items: QueueItem[], id: number | null, states: Map<number, string>) => void}}
 */
export function queuePanel(open, thumbnail, valueOf) {
  const list = element("ol", { class: "list" });
  const left = element("span", { class: "faint" });
  /** @type {Map<number, HTMLElement>} */
  let rows = new Map();
  const row = (/** @type {QueueItem} */ item) => {
    const picture = element("img", { loading: "lazy", alt: "", width: 40, height: 40, src: thumbnail(item) });
    const words = element("span", { class: "what" }, element("b", {}, item.name), element("small", {}));
    const button = element("button", { type: "button", onclick: () => open(item.id) }, picture, words);
    button.append(element("span", { class: "value" }, valueOf(item)));
    return element("li", { "data-id": String(item.id) }, button);
  };
  return {
    node: panel("Queue", "queue", list, left),
    show(items, id, states) {
      renew(list, items.map((item) => item.id).join(), () => {
        rows = new Map(items.map((item) => [item.id, row(item)]));
        return [...rows.values()];
      });
      let waiting = 0;
      for (const item of items) {
        const state = states.get(item.id) ?? item.state;
        const { word, colour } = STATES[state] ?? STATES.unreviewed;
        if (["unreviewed", "draft", "flagged"].includes(state)) waiting += 1;
        const node = rows.get(item.id);
        if (!node || (node.dataset.state === state && node.ariaCurrent === String(item.id === id))) continue;
        node.dataset.state = state;
        node.ariaCurrent = String(item.id === id);
        node.style.setProperty("--state", colour);
        const small = node.querySelector("small");
        if (small) small.textContent = word;
        if (item.id === id) node.scrollIntoView({ block: "nearest" });
      }
      left.textContent = items.length ? `${waiting} open` : "";
    },
  };
}

/**
 * @param {import("../editor.js").Editor} editor @param {(action: string) => void} act
 * @param {(action: string) => string} keyOf
 * @returns {{node: HTMLElement, show: (classes: SeepClass[], areas: Uint32Array | null) => void}}
 */
export function classPanel(editor, act, keyOf) {
  const list = element("ul", { class: "list classes" });
  const toggle = (/** @type {number} */ id) => {
    const off = new Set(editor.off);
    if (!off.delete(id)) off.add(id);
    editor.choose({ off });
  };
  const row = (/** @type {SeepClass} */ one) => {
    const eye = element(
      "button",
      { type: "button", class: "eye", "aria-label": `Show ${one.name}`, onclick: () => toggle(one.id) },
      icon("visibility"),
    );
    const swatch = element("i", { class: one.id === UNSURE ? "weave" : "", style: `background-color:${one.colour}` });
    const words = [element("kbd", {}, one.key), swatch, element("span", { class: "what" }, one.name)];
    const area = element("span", { class: "value" });
    const pick = element("button", { type: "button", onclick: () => act(`class:${one.id}`) }, ...words, area);
    return element("li", { "data-class": String(one.id) }, pick, one.id && one.id !== UNSURE ? eye : null);
  };
  return {
    node: panel("Classes", "palette", list),
    show(classes, areas) {
      const all = [...classes, { id: UNSURE, name: "Unsure", colour: "#8f8f95", key: keyOf("unsure") }];
      renew(list, JSON.stringify(all), () => all.map(row));
      for (const node of /** @type {HTMLCollectionOf<HTMLElement>} */ (list.children)) {
        const id = Number(node.dataset.class);
        node.ariaCurrent = String(id === editor.classId);
        node.classList.toggle("off", editor.off.has(id));
        const area = node.querySelector(".value");
        if (area) area.textContent = areas && id && areas[id] ? areas[id].toLocaleString("en") : "";
      }
    },
  };
}

/**
 * @param {(slick: Slick) => void} open @param {(slick: Slick | null) => void} point
 * @returns {{node: HTMLElement, show: (slicks: Slick[], classes: SeepClass[]) => void}}
 */
export function slickPanel(open, point) {
  const list = element("ol", { class: "list", onpointerleave: () => point(null) });
  const count = element("span", { class: "faint" });
  const most = 200;
  return {
    node: panel("Slicks", "slicks", list, count),
    show(slicks, classes) {
      count.textContent = slicks.length ? String(slicks.length) : "none";
      const row = (/** @type {Slick} */ slick) => {
        const colour = classes.find((one) => one.id === slick.classId)?.colour ?? "#888888";
        const parts = [
          element("i", { style: `background-color:${colour}` }),
          element("span", { class: "what" }, `${slick.width} × ${slick.height}`),
          element("span", { class: "value" }, `${slick.areaPx.toLocaleString("en")} px`),
        ];
        const see = { onclick: () => open(slick), onpointerenter: () => point(slick), onfocus: () => point(slick) };
        return element("li", {}, element("button", { type: "button", title: "Go there", ...see }, ...parts));
      };
      const none = element("li", { class: "faint none" }, "No slick in this mask.");
      const rows = () => (slicks.length ? slicks.slice(0, most).map(row) : [none]);
      renew(list, JSON.stringify([slicks, classes]), rows);
    },
  };
}

/**
 * @param {(revision: import("../types.js").Revision) => void} restore
 * @returns {{node: HTMLElement, show: (tile: OpenTile | null) => void}}
 */
export function historyPanel(restore) {
  const list = element("ol", { class: "list" });
  return {
    node: panel("History", "history", list),
    show(tile) {
      const revisions = tile?.info.history ?? [];
      const row = (/** @type {import("../types.js").Revision} */ one) => {
        const changed = one.correction_px ? `, ${one.correction_px.toLocaleString("en")} px changed` : "";
        const words = element("span", { class: "what" }, element("b", {}, one.author), element("small", {}));
        words.lastElementChild?.append(`${KINDS[one.kind] ?? one.kind} ${moment(one.created_at, Date.now())}${changed}`);
        const current = one.id === tile?.base;
        const button = element(
          "button",
          { type: "button", class: "eye", "aria-label": "Restore this version", title: "Restore this version" },
          icon(current ? "check" : "settings_backup_restore"),
        );
        button.disabled = current;
        button.addEventListener("click", () => restore(one));
        return element("li", { "data-revision": String(one.id) }, element("div", { class: "entry" }, words), button);
      };
      const none = element("li", { class: "faint none" }, "No saved version yet.");
      renew(list, JSON.stringify([revisions, tile?.base]), () => (revisions.length ? revisions.map(row) : [none]));
    },
  };
}
