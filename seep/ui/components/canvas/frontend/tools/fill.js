/** The fill: one click gives the area under it the chosen class; gaps in its outline up to `gap_px` count as closed. */
import { emptySketch } from "../types.js";

const OPEN = "Not filled: the area reaches the edge of the tile. Close the outline, or increase Close gaps.";

/** @param {import("../editor.js").Editor} editor @returns {import("../types.js").Tool} */
export function fill(editor) {
  return {
    down(at, value) {
      const index = editor.indexAt(at);
      if (index < 0) return;
      editor.runEdit({ what: "fill", index, value, gapPx: editor.options.fill.gap_px }, (closed) => {
        if (!closed) editor.emit("message", { kind: "area-open", text: OPEN });
      });
    },
    move() {},
    up() {},
    cancel() {},
    sketch: emptySketch,
  };
}
