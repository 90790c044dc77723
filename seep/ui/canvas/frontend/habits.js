/** Choices of the analyst, kept in this browser from one visit to the next. */

import { optionValues } from "./tools/index.js";
import { lookOf } from "./view/look.js";

/** @typedef {import("./editor.js").Editor} Editor */

const NAME = "seep.look";
const KEPT = /** @type {const} */ (["classId", "size", "overlay", "opacity", "habit", "options", "look", "touched", "fingerPaints"]);

/** @returns {Partial<Editor>} what was kept; nothing where a browser keeps nothing */
export function remembered() {
  try {
    const kept = JSON.parse(window.localStorage.getItem(NAME) ?? "{}");
    return { ...kept, options: optionValues(kept.options), look: lookOf(kept.look) };
  } catch {
    return {};
  }
}

/** @param {Editor} editor */
export function remember(editor) {
  try {
    window.localStorage.setItem(NAME, JSON.stringify(Object.fromEntries(KEPT.map((name) => [name, editor[name]]))));
  } catch {
    // a browser that keeps nothing works as well, only it starts from the defaults
  }
}
