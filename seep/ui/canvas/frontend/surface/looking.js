/** The parts for looking: the bar below, contrast, the read-out. */
import { bar, contrastPanel } from "../panels/bar.js";
import { readout } from "../panels/readout.js";

/** @typedef {{act: (action: string) => void}} OnLooking act: a key or a button */

/** @param {import("../editor.js").Editor} editor @param {(action: string) => string} keyOf @param {OnLooking} on */
export function lookingParts(editor, keyOf, on) {
  return {
    bar: bar(editor, on.act, keyOf),
    contrast: contrastPanel(editor),
    readout: readout(),
  };
}
