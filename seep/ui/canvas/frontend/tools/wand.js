/**
 * The wand: idle -> choosing -> idle. The pointer goes down on a pixel, and pixels of like raw value are shown; a
 * drag to the right takes more of them, to the left fewer; letting go paints them.
 */
import { Smoothed, alike, isValid, robustSigma } from "../raw.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {import("../types.js").Tool} Tool */

const DOUBLE_PX = 80; // on the screen: a drag this far doubles the tolerance
const WARM_MS = 4; // of a frame, spent on smoothing ahead of the click

/** @implements {Tool} */
export class Wand {
  /** @param {import("../editor.js").Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {{at: Point, start: number, value: number, painted: boolean, before: number, option: string} | null} */
    this.choosing = null;
    /** @type {import("../types.js").Cells | null} */
    this.cells = null;
    /** Kept for the tile on the table and the size that is set. @type {{smoothed: Smoothed, sigma: number, size: number} | null} */
    this.kept = null;
  }

  /** @param {Point} at @param {number} value @param {import("../types.js").Held} keys */
  down(at, value, { shift }) {
    const { editor } = this;
    const { tile } = editor;
    const start = editor.indexAt(at);
    if (!tile || start < 0) return;
    if (!isValid(tile.pixels[start], tile.info.nodata)) {
      editor.tell("message", { text: "There is no data here." });
      return;
    }
    const option = editor.options.wand.measure === "raw" ? "raw" : "sigmas";
    this.choosing = { at, start, value, painted: shift, before: editor.options.wand[option], option };
    editor.showAnnotation();
    this.look();
  }

  /** @param {Point[]} points */
  move(points) {
    const { choosing, editor } = this;
    if (!choosing) return;
    const across = (points[points.length - 1].x - choosing.at.x) * (editor.tile?.view?.scale ?? 1);
    editor.setOption("wand", choosing.option, choosing.before * 2 ** (across / DOUBLE_PX));
    this.look();
  }

  up() {
    const { cells, choosing, editor } = this;
    if (!choosing) return;
    this.choosing = null;
    this.cells = null;
    if (cells) editor.stamp(cells, choosing.value, choosing.painted);
    else editor.tell("message", { text: tooMany(editor.options.wand.limit_px) });
  }

  cancel() {
    const { choosing } = this;
    this.choosing = null;
    this.cells = null;
    if (choosing) this.editor.setOption("wand", choosing.option, choosing.before);
  }

  /** @param {Point | null} at */
  hover(at) {
    if (at && this.editor.tile) this.prepared().smoothed.warm(WARM_MS);
  }

  /** @returns {import("../types.js").Sketch} */
  sketch() {
    return { lines: [], nodes: [], cells: this.cells };
  }

  /** Find what would be painted now. */
  look() {
    if (!this.choosing) return;
    const { connected, limit_px, measure, raw, sigmas } = this.editor.options.wand;
    const { smoothed, sigma } = this.prepared();
    const tolerance = measure === "raw" ? raw : sigmas * sigma;
    this.cells = alike(smoothed, this.choosing.start, tolerance, connected === "connected", limit_px);
  }

  /** @returns {{smoothed: Smoothed, sigma: number}} of the tile on the table */
  prepared() {
    const { pixels, info } = /** @type {import("../types.js").OpenTile} */ (this.editor.tile);
    const size = this.editor.options.wand.smoothing_px;
    if (this.kept?.smoothed.pixels !== pixels || this.kept.size !== size) {
      const smoothed = new Smoothed(pixels, info.width, info.height, info.nodata, size);
      this.kept = { smoothed, sigma: robustSigma(pixels, info.nodata), size };
    }
    return this.kept;
  }
}

/** @param {number} limit @returns {string} */
function tooMany(limit) {
  return `More than ${limit.toLocaleString("en")} px are alike, so nothing was painted: lower the tolerance or raise the limit.`;
}
