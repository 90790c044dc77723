/** Preferences of the analyst, stored in this browser. */

import { optionValues } from "./tools/index.js";
import { displaySettings } from "./view/display.js";

/** @typedef {import("./editor.js").Editor} Editor */

const NAME = "seep.look";
const KEPT = /** @type {const} */ (["classId", "size", "overlay", "opacity", "contrastDefaults", "options", "display", "hasTouch", "fingerPaints"]);

/** @returns {Partial<Editor>} the stored preferences; empty without storage */
export function loadPreferences() {
  try {
    const kept = JSON.parse(window.localStorage.getItem(NAME) ?? "{}");
    return { ...Object.fromEntries(KEPT.filter((name) => name in kept).map((name) => [name, kept[name]])), options: optionValues(kept.options), display: displaySettings(kept.display) };
  } catch {
    return {};
  }
}

const REST_MS = 400; // store the last value of a drag only
let timer = 0;

/** Store the preferences after a pause. @param {Editor} editor */
export function savePreferences(editor) {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => keep(editor), REST_MS);
}

/** @param {Editor} editor */
function keep(editor) {
  try {
    window.localStorage.setItem(NAME, JSON.stringify(Object.fromEntries(KEPT.map((name) => [name, editor[name]]))));
  } catch {
    // without storage, the next visit starts with the defaults
  }
}
