/**
 * The wand: paints pixels of similar raw value.
 *
 *   idle --down--> choosing --up, result known--> idle (painted)
 *                  choosing --up, search running--> finishing --result--> idle (painted)
 *   choosing or finishing --cancel--> idle
 *
 * A drag to the right raises the tolerance, a drag to the left lowers it.
 */
import { isValid } from "../similar.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {import("../types.js").Tool} Tool */
/**
 * One press of the pointer.
 * @typedef {object} Gesture
 * @property {Point} at @property {number} start index of the pixel
 * @property {number} value class to paint @property {boolean} painted only pixels that have a class
 * @property {string} option name of the tolerance @property {number} tolerance when the gesture began
 * @property {import("../types.js").Cells | null} cells result of the last search; null for more than the limit
 * @property {boolean} released the pointer is up
 */

const DOUBLE_PX = 80; // a drag of this many screen pixels doubles the tolerance

/** @implements {Tool} */
export class Wand {
  /** @param {import("../editor.js").Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Gesture | null} */
    this.gesture = null;
    /** The search that is running. Outdated: the tolerance changed since. @type {{gesture: Gesture, outdated: boolean} | null} */
    this.search = null;
    /** The image and window that were averaged ahead of the click. @type {{pixels: import("../types.js").Pixels | null, size: number}} */
    this.prepared = { pixels: null, size: 0 };
  }

  /** @returns {"idle" | "choosing" | "finishing"} */
  get state() {
    if (!this.gesture) return "idle";
    return this.gesture.released ? "finishing" : "choosing";
  }

  /** @param {Point} at @param {number} value @param {import("../types.js").Held} keys */
  down(at, value, { shift }) {
    const { editor } = this;
    const { tile } = editor;
    const start = editor.indexAt(at);
    if (!tile || start < 0 || this.state !== "idle" || editor.rejectWhilePending()) return;
    if (!isValid(tile.pixels[start], tile.info.nodata)) {
      editor.emit("message", { kind: "nodata", text: "No data at this pixel." });
      return;
    }
    const option = editor.options.wand.measure === "raw" ? "raw" : "sigmas";
    const tolerance = editor.options.wand[option];
    this.gesture = { at, start, value, painted: shift, option, tolerance, cells: null, released: false };
    editor.showAnnotation();
    this.find();
  }

  /** @param {Point[]} points */
  move(points) {
    const { editor, gesture } = this;
    if (!gesture || this.state !== "choosing") return;
    const across = (points[points.length - 1].x - gesture.at.x) * (editor.tile?.view?.scale ?? 1);
    editor.setOption("wand", gesture.option, gesture.tolerance * 2 ** (across / DOUBLE_PX));
    this.find();
  }

  up() {
    if (!this.gesture) return;
    this.gesture.released = true;
    if (!this.search) this.paint(this.gesture);
  }

  cancel() {
    const { gesture } = this;
    this.gesture = null;
    if (gesture) this.editor.setOption("wand", gesture.option, gesture.tolerance);
  }

  /** @param {Gesture} gesture */
  paint({ cells, painted, value }) {
    const { editor } = this;
    this.gesture = null;
    const { limit_percent, over } = editor.options.wand;
    // Erasing and Shift change painted pixels by intent.
    if (cells) editor.fillCells(cells, value, painted, over === "background" && !painted && value !== 0);
    else editor.emit("message", { kind: "area-too-large", text: tooMany(limit_percent) });
  }

  busy() {
    return this.state === "finishing";
  }

  pending() {
    return this.state === "finishing";
  }

  /** Average the image ahead of the click. @param {Point | null} at */
  hover(at) {
    const { worker, options, tile } = this.editor;
    if (!at || !tile) return;
    const size = options.wand.smoothing_px;
    if (this.prepared.pixels === tile.pixels && this.prepared.size === size) return;
    this.prepared = { pixels: tile.pixels, size };
    worker.setImage(tile);
    worker.post({ type: "warm", size });
  }

  /** @returns {import("../types.js").Sketch} */
  sketch() {
    return { lines: [], nodes: [], cells: this.gesture?.cells ?? null };
  }

  /** Search the pixels of the gesture. While a search is running, only the newest request waits. */
  find() {
    const { editor, gesture } = this;
    const { tile } = editor;
    if (!gesture || !tile) return;
    if (this.search) {
      this.search.outdated = true;
      return;
    }
    const { connected, limit_percent, measure, raw, sigmas, smoothing_px } = editor.options.wand;
    const amount = measure === "raw" ? raw : sigmas;
    const query = {
      measure,
      amount,
      size: smoothing_px,
      connected: connected === "connected",
      limit: Math.floor((tile.pixels.length * limit_percent) / 100),
    };
    const search = { gesture, outdated: false };
    this.search = search;
    editor.worker.setImage(tile);
    editor.worker.request({ type: "alike", start: gesture.start, ...query }, (cells) =>
      this.found(search, cells),
    );
  }

  /** @param {{gesture: Gesture, outdated: boolean}} search @param {import("../types.js").Cells | null} cells */
  found(search, cells) {
    this.search = null;
    search.gesture.cells = cells;
    const { gesture } = this;
    if (gesture && (search.outdated || search.gesture !== gesture)) this.find();
    else if (gesture && this.state === "finishing") this.paint(gesture);
    this.editor.emit("sketch");
  }
}

/** @param {number} limitPercent @returns {string} */
function tooMany(limitPercent) {
  return `Nothing painted: more than ${limitPercent} % of the tile matches. Decrease the tolerance or increase the limit.`;
}
