/** The threshold brush: a brush that paints only pixels darker than their background; the right button erases all. */
import { Darkness } from "../darkness.js";
import { stroking } from "./brush.js";

/** @param {import("../editor.js").Editor} editor @returns {import("../types.js").Tool} */
export function threshold(editor) {
  /** Kept from stroke to stroke: what is dark does not change while one paints. @type {Darkness | null} */
  let darkness = null;
  let made = "";
  const fresh = () => {
    if (!editor.tile) return null;
    const { pixels, info } = editor.tile;
    const { measure, sigmas, db, window_px, smoothing_px } = editor.options.threshold;
    const darker = { measure, depth: measure === "db" ? db : sigmas, window_px, smoothing_px };
    if (darkness?.pixels !== pixels || made !== JSON.stringify(darker)) {
      darkness = new Darkness(pixels, info.width, info.height, info.nodata, info.unit ?? "dn", darker);
      made = JSON.stringify(darker);
    }
    return darkness;
  };
  /** @type {import("../stroke.js").Allowed | null} */
  let allowed = null;
  const painter = stroking(editor, (from, to, value) => editor.paint(from, to, value, allowed));
  return {
    ...painter,
    down(at, value, held) {
      const dark = value === 0 ? null : fresh();
      allowed = dark && ((x, y) => dark.at(x, y));
      painter.down(at, value, held);
    },
    hover(at) {
      if (at) fresh()?.warm(at, editor.size / 2);
    },
  };
}
