/**
 * The wand: idle -> choosing -> idle. The pointer goes down on a pixel, and pixels of like raw value are shown; a
 * drag to the right takes more of them, to the left fewer; letting go paints them.
 */
import { Smoothed, alike, isValid, robustSigma } from "../raw.js";

/** @typedef {import("../types.js").Point} Point */

const DOUBLE_PX = 80; // on the screen: a drag this far doubles the tolerance
const WARM_MS = 4; // of a frame, spent on smoothing ahead of the click

/** @param {import("../editor.js").Editor} editor @returns {import("../types.js").Tool} */
export function wand(editor) {
  const likeness = preparing(editor);
  /** @type {{at: Point, start: number, value: number, painted: boolean, before: number, option: string} | null} */
  let choosing = null;
  /** @type {import("../types.js").Cells | null} */
  let cells = null;
  const look = () => {
    if (!choosing) return;
    const { connected, limit_px } = editor.options.wand;
    const { smoothed, toRaw } = likeness();
    cells = alike(smoothed, choosing.start, toRaw(), connected === "connected", limit_px);
  };
  const end = () => {
    choosing = null;
    cells = null;
  };
  return {
    down(at, value, { shift }) {
      const { tile } = editor;
      const start = editor.indexAt(at);
      if (!tile || start < 0) return;
      if (!isValid(tile.pixels[start], tile.info.nodata)) {
        editor.tell("message", { text: "There is no data here." });
        return;
      }
      const option = optionOf(editor);
      choosing = { at, start, value, painted: shift, before: editor.options.wand[option], option };
      editor.showAnnotation();
      look();
    },
    move(points) {
      if (!choosing) return;
      const across = (points[points.length - 1].x - choosing.at.x) * (editor.tile?.view?.scale ?? 1);
      const tolerance = choosing.before * 2 ** (across / DOUBLE_PX);
      editor.setOption("wand", choosing.option, tolerance);
      look();
    },
    up() {
      if (!choosing) return;
      const { painted, value } = choosing;
      if (cells) editor.stamp(cells, value, painted);
      else editor.tell("message", { text: tooMany(editor.options.wand.limit_px) });
      end();
    },
    cancel() {
      if (choosing) editor.setOption("wand", choosing.option, choosing.before);
      end();
    },
    hover(at) {
      if (at && editor.tile) likeness().smoothed.warm(WARM_MS);
    },
    sketch: () => ({ lines: [], nodes: [], cells }),
  };
}

/** @param {import("../editor.js").Editor} editor @returns {"sigmas" | "raw"} the option that holds the tolerance */
function optionOf(editor) {
  return editor.options.wand.measure === "raw" ? "raw" : "sigmas";
}

/** @param {number} limit @returns {string} */
function tooMany(limit) {
  return `More than ${limit.toLocaleString("en")} px are alike, so nothing was painted: lower the tolerance or raise the limit.`;
}

/**
 * The smoothed values of the tile on the table, made once for each tile and size.
 * @param {import("../editor.js").Editor} editor
 * @returns {() => {smoothed: Smoothed, toRaw: () => number}} toRaw: the tolerance in raw units
 */
function preparing(editor) {
  /** @type {{smoothed: Smoothed, sigma: number, size: number} | null} */
  let kept = null;
  return () => {
    const { pixels, info } = /** @type {import("../types.js").OpenTile} */ (editor.tile);
    const options = editor.options.wand;
    const size = options.smoothing_px;
    if (kept?.smoothed.pixels !== pixels || kept.size !== size) {
      const smoothed = new Smoothed(pixels, info.width, info.height, info.nodata, size);
      kept = { smoothed, sigma: robustSigma(pixels, info.nodata), size };
    }
    const { smoothed, sigma } = kept;
    return { smoothed, toRaw: () => (options.measure === "raw" ? options.raw : options.sigmas * sigma) };
  };
}
