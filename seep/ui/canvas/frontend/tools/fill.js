/** The fill: one click gives the connected area under it the chosen class. */
import { blank } from "./sketch.js";

/** @param {import("../editor.js").Editor} editor @returns {import("../types.js").Tool} */
export function fill(editor) {
  return {
    down(at, value) {
      editor.flood(at, value);
    },
    move() {},
    up() {},
    cancel() {},
    sketch: blank,
  };
}
