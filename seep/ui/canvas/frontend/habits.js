/** Choices of the analyst, kept in this browser from one visit to the next. */

/** @typedef {import("./editor.js").Editor} Editor */

const NAME = "seep.look";
const KEPT = /** @type {const} */ (["classId", "size", "overlay", "opacity", "habit"]);

/** @returns {Partial<Editor>} what was kept; nothing where a browser keeps nothing */
export function remembered() {
  try {
    return JSON.parse(window.localStorage.getItem(NAME) ?? "{}");
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
