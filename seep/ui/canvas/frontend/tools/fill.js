/** The fill: one click gives the area under it the chosen class; gaps in its outline up to `gap_px` count as closed. */
import { blank } from "./sketch.js";

/** @param {import("../editor.js").Editor} editor @returns {import("../types.js").Tool} */
export function fill(editor) {
  return {
    down(at, value) {
      if (editor.fill(at, value, editor.options.fill.gap_px)) return;
      const text = "Open to the tile's edge, so nothing was filled: close the outline, or let wider gaps count as closed.";
      editor.tell("message", { text });
    },
    move() {},
    up() {},
    cancel() {},
    sketch: blank,
  };
}
