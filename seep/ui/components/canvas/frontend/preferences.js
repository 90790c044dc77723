/** Choices of the analyst, kept in this browser from one visit to the next. */

import { optionValues } from "./tools/index.js";
import { displaySettings } from "./view/display.js";

/** @typedef {import("./editor.js").Editor} Editor */

const NAME = "seep.look";
const KEPT = /** @type {const} */ (["classId", "size", "overlay", "opacity", "contrastDefaults", "options", "display", "hasTouch", "fingerPaints"]);

/** @returns {Partial<Editor>} what was kept; nothing where a browser keeps nothing */
export function loadPreferences() {
  try {
    const kept = JSON.parse(window.localStorage.getItem(NAME) ?? "{}");
    return { ...Object.fromEntries(KEPT.filter((name) => name in kept).map((name) => [name, kept[name]])), options: optionValues(kept.options), display: displaySettings(kept.display) };
  } catch {
    return {};
  }
}

const REST_MS = 400; // a drag changes the look with every move; what it ends with is enough
let timer = 0;

/** Keep the choices when the hand rests. @param {Editor} editor */
export function savePreferences(editor) {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => keep(editor), REST_MS);
}

/** @param {Editor} editor */
function keep(editor) {
  try {
    window.localStorage.setItem(NAME, JSON.stringify(Object.fromEntries(KEPT.map((name) => [name, editor[name]]))));
  } catch {
    // a browser that keeps nothing works as well, only it starts from the defaults
  }
}
