/** The column at the right: its frame, classes and history; queue and slicks have files of their own. */
import { classCombo } from "../keys.js";
import { UNSURE, UNSURE_CLASS } from "../types.js";
import { dateTime, integer } from "../../../shared/format.js";
import { REVISION_KINDS } from "../text.js";
import { element, icon, updateChildren } from "../../../shared/dom.js";
import { rovingTabIndex } from "./roving.js";
import { worded } from "../../../shared/words.js";

/** @typedef {import("../types.js").SeepClass} SeepClass */
/** @typedef {import("../types.js").OpenTile} OpenTile */

/** @param {string} title in words of seeps @param {string} name @param {HTMLElement} body @param {HTMLElement} [note] @returns {HTMLElement} */
export function panel(title, name, body, note) {
  const shown = worded(title);
  const head = element("h2", {}, shown, ...(note ? [note] : []));
  return element("section", { class: `panel ${name}`, "aria-label": shown }, head, body);
}

/** @param {SeepClass} one @param {Uint32Array | null} areas @returns {string} pixels of the class in the mask, else whether it is never predicted */
export function areaText({ id, note }, areas) {
  if (areas && id && areas[id]) return integer(areas[id]);
  return note ? "not predicted" : "";
}

/**
 * @param {import("../editor.js").Editor} editor @param {(action: string) => void} act
 * @param {(action: string) => string} keyOf
 * @returns {{node: HTMLElement, show: (classes: SeepClass[], areas: Uint32Array | null) => void}}
 */
export function classPanel(editor, act, keyOf) {
  const list = element("ul", { class: "list classes" });
  const refresh = rovingTabIndex(list);
  const toggle = (/** @type {number} */ id) => {
    const hiddenClasses = new Set(editor.hiddenClasses);
    if (!hiddenClasses.delete(id)) hiddenClasses.add(id);
    editor.choose({ hiddenClasses });
  };
  const row = (/** @type {SeepClass} */ one) => {
    const eye = element(
      "button",
      { type: "button", class: "eye", "aria-label": `Show ${one.name}`, onclick: () => toggle(one.id) },
      icon("visibility"),
    );
    const swatch = element("i", {
      class: one.id === UNSURE ? "weave" : "",
      style: `background-color:${one.color}`,
    });
    const words = [element("kbd", {}, keyText(one)), swatch, element("span", { class: "what" }, one.name)];
    const area = element("span", { class: "value" });
    const pick = element(
      "button",
      { type: "button", tabIndex: -1, title: one.note ?? "", onclick: () => act(`class:${one.id}`) },
      ...words,
      area,
    );
    return element("li", { "data-class": String(one.id) }, pick, one.id && one.id !== UNSURE ? eye : null);
  };
  return {
    node: panel("Classes", "palette", list),
    show(classes, areas) {
      const all = [...classes, { ...UNSURE_CLASS, key: keyOf("unsure") }];
      updateChildren(list, JSON.stringify(all), () => all.map(row));
      for (const [at, node] of /** @type {HTMLElement[]} */ ([...list.children]).entries()) {
        const id = Number(node.dataset.class);
        node.ariaCurrent = String(id === editor.classId);
        node.classList.toggle("off", editor.hiddenClasses.has(id));
        const area = node.querySelector(".value");
        if (area && all[at]) area.textContent = areaText(all[at], areas);
      }
      refresh();
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
        const changed = one.correction_px ? `, ${integer(one.correction_px)} px corrected` : "";
        const kind = REVISION_KINDS[one.kind] ?? one.kind;
        const when = dateTime(one.created_at, Date.now());
        const undone = one.undone
          ? `, undone by ${one.undone[0]} ${dateTime(one.undone[1], Date.now())}`
          : "";
        const text = `${kind} ${when}${changed}${undone}`;
        const words = element(
          "span",
          { class: "what" },
          element("b", {}, one.author),
          element("small", {}, text),
        );
        words.title = `${one.author}: ${text}`;
        const current = one.id === tile?.base;
        const button = element(
          "button",
          {
            type: "button",
            class: "eye",
            "aria-label": "Restore this version",
            title: "Restore this version",
          },
          icon(current ? "check" : "settings_backup_restore"),
        );
        button.disabled = current;
        button.addEventListener("click", () => restore(one));
        return element(
          "li",
          { "data-revision": String(one.id) },
          element("div", { class: "entry" }, words),
          button,
        );
      };
      const rejections = tile?.info.rejections ?? [];
      const rows = [
        ...revisions.map((one) => ({ at: one.created_at, make: () => row(one) })),
        ...rejections.map((one) => ({ at: one.created_at, make: () => rejectionRow(one) })),
      ]
        .sort((one, other) => other.at.localeCompare(one.at))
        .map((one) => one.make);
      if (tile?.save.draft)
        rows.unshift(() => element("li", { class: "draft none" }, "Draft: accept to count it"));
      if (!rows.length) rows.push(() => element("li", { class: "faint none" }, "No saved versions"));
      const predictedBy = tile?.info.prediction?.checkpoint;
      if (predictedBy)
        rows.push(() => element("li", { class: "faint none predicted" }, `Prediction by ${predictedBy}`));
      updateChildren(
        list,
        JSON.stringify([revisions, rejections, tile?.base, Boolean(tile?.save.draft), predictedBy]),
        () => rows.map((make) => make()),
      );
    },
  };
}

/** @param {import("../types.js").Rejection} rejection @returns {HTMLElement} */
function rejectionRow({ author, created_at, reason }) {
  const text = `Rejected${reason ? `: ${reason}` : ""} ${dateTime(created_at, Date.now())}`;
  const words = [element("b", {}, author), element("small", {}, text)];
  const what = element("span", { class: "what", title: `${author}: ${text}` }, ...words);
  return element("li", { class: "rejected" }, element("div", { class: "entry" }, what));
}

/** The key of a class: a capital letter stands for Shift. That of Unsure is a label already. @param {SeepClass} one @returns {string} */
export function keyText({ id, key }) {
  return id !== UNSURE && key && classCombo(key) !== key ? `⇧${key}` : key;
}
