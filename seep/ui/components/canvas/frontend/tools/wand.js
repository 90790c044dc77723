/**
 * The wand: idle -> choosing -> idle. The pointer goes down on a pixel, and pixels of like raw value are shown; a
 * drag to the right takes more of them, to the left fewer; letting go paints them.
 */
import { pixelText } from "../../../shared/format.js";
import { isValid } from "../similar.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {import("../types.js").Tool} Tool */

const DOUBLE_PX = 80; // on the screen: a drag this far doubles the tolerance

/** @implements {Tool} */
export class Wand {
  /** @param {import("../editor.js").Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {{at: Point, start: number, value: number, painted: boolean, before: number, option: string} | null} */
    this.choosing = null;
    /** @type {import("../types.js").Cells | null} */
    this.cells = null;
    /** A look is on its way, and another is wanted after it. */
    this.looking = false;
    this.again = false;
    /** The pointer was let go before the last look came. */
    this.ending = false;
    /** What was smoothed ahead of the click. @type {{pixels: import("../types.js").Pixels | null, size: number}} */
    this.warmed = { pixels: null, size: 0 };
  }

  /** @param {Point} at @param {number} value @param {import("../types.js").Held} keys */
  down(at, value, { shift }) {
    const { editor } = this;
    const { tile } = editor;
    const start = editor.indexAt(at);
    if (!tile || start < 0 || this.choosing || editor.rejectWhilePending()) return;
    if (!isValid(tile.pixels[start], tile.info.nodata)) {
      editor.emit("message", { text: "No data at this pixel." });
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
    if (!choosing || this.ending) return;
    const across = (points[points.length - 1].x - choosing.at.x) * (editor.tile?.view?.scale ?? 1);
    editor.setOption("wand", choosing.option, choosing.before * 2 ** (across / DOUBLE_PX));
    this.look();
  }

  up() {
    if (!this.choosing) return;
    this.ending = this.looking;
    if (!this.looking) this.paint();
  }

  paint() {
    const { cells, choosing, editor } = this;
    this.rest();
    if (!choosing) return;
    if (cells) editor.fillCells(cells, choosing.value, choosing.painted);
    else editor.emit("message", { text: tooMany(editor.options.wand.limit_px) });
  }

  rest() {
    this.choosing = null;
    this.cells = null;
    this.ending = false;
  }

  cancel() {
    const { choosing } = this;
    this.rest();
    if (choosing) this.editor.setOption("wand", choosing.option, choosing.before);
  }

  /** A click that is let go paints even where the pixels are still looked for. */
  busy() {
    return this.ending;
  }

  /** @param {Point | null} at */
  hover(at) {
    const { worker, options, tile } = this.editor;
    if (!at || !tile) return;
    const size = options.wand.smoothing_px;
    if (this.warmed.pixels === tile.pixels && this.warmed.size === size) return;
    this.warmed = { pixels: tile.pixels, size };
    worker.setImage(tile);
    worker.post({ type: "warm", size });
  }

  /** @returns {import("../types.js").Sketch} */
  sketch() {
    return { lines: [], nodes: [], cells: this.cells };
  }

  /** Find what would be painted now; of many wishes, only the newest waits. */
  look() {
    const { choosing, editor } = this;
    const { tile } = editor;
    if (!choosing || !tile) return;
    this.again = this.looking;
    if (this.looking) return;
    const { connected, limit_px, measure, raw, sigmas, smoothing_px } = editor.options.wand;
    const amount = measure === "raw" ? raw : sigmas;
    const how = { measure, amount, size: smoothing_px, connected: connected === "connected", limit: limit_px };
    this.looking = true;
    editor.worker.setImage(tile);
    editor.worker.request({ type: "alike", start: choosing.start, ...how }, (cells) => this.found(choosing, cells));
  }

  /** @param {Wand["choosing"]} asked whose look it was @param {import("../types.js").Cells | null} cells */
  found(asked, cells) {
    this.looking = false;
    if (this.choosing === asked) this.cells = cells;
    if (this.again || this.choosing !== asked) this.look();
    else if (this.ending) this.paint();
    this.editor.emit("sketch");
  }
}

/** @param {number} limit @returns {string} */
function tooMany(limit) {
  return `Nothing painted: more than ${pixelText(limit)} match. Decrease the tolerance or increase the limit.`;
}
