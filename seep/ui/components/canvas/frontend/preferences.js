/** Preferences of the analyst, stored in this browser. */

import { optionValues, TOOLS } from "./tools/index.js";
import { displaySettings } from "./view/display.js";

/** @typedef {import("./editor.js").Editor} Editor */

const NAME = "seep.look";
const WIDEST_FIRST = 40; // px; that of the tracer
const KEPT = /** @type {const} */ ([
  "tool",
  "classId",
  "size",
  "overlay",
  "opacity",
  "contrastDefaults",
  "options",
  "display",
  "hasTouch",
  "fingerPaints",
  "optionsOpen",
]);

/**
 * @param {number} [slickWidthPx] first width of brush and tracer, until the analyst has one of their own; 0 if not known
 * @returns {Partial<Editor>} the stored preferences
 */
export function loadPreferences(slickWidthPx = 0) {
  const first = slickWidthPx ? { size: Math.min(slickWidthPx, WIDEST_FIRST) } : {};
  const firstOptions = slickWidthPx ? { tracer: { px: slickWidthPx } } : {};
  try {
    const kept = JSON.parse(window.localStorage.getItem(NAME) ?? "{}");
    return {
      ...first,
      ...Object.fromEntries(KEPT.filter((name) => name in kept).map((name) => [name, kept[name]])),
      ...(kept.tool in TOOLS ? {} : { tool: "brush" }), // a tool of another version
      options: optionValues(kept.options ?? firstOptions),
      display: displaySettings(kept.display),
    };
  } catch {
    return { ...first, options: optionValues(firstOptions) };
  }
}

const REST_MS = 400; // store the last value of a drag only
let timer = 0;
/** Stores what is not stored yet, for a page that is left during the pause. @type {(() => void) | null} */
let leaving = null;

/** Store the preferences after a pause, or when the page is left. @param {Editor} editor */
export function savePreferences(editor) {
  window.clearTimeout(timer);
  if (leaving) window.removeEventListener("pagehide", leaving);
  leaving = () => keep(editor);
  window.addEventListener("pagehide", leaving);
  timer = window.setTimeout(leaving, REST_MS);
}

/** @param {Editor} editor */
function keep(editor) {
  window.clearTimeout(timer);
  if (leaving) window.removeEventListener("pagehide", leaving);
  leaving = null;
  try {
    window.localStorage.setItem(
      NAME,
      JSON.stringify(Object.fromEntries(KEPT.map((name) => [name, editor[name]]))),
    );
  } catch {
    // without storage, the next visit starts with the defaults
  }
}
