/**
 * The threshold brush: idle -> painting -> idle. A brush that paints only pixels darker than their background; the
 * right button erases all. Looking at the background takes time: a stroke over fresh ground follows in turns.
 */
import { DarkPixels } from "../dark_pixels.js";
import { emptySketch } from "../types.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {import("../types.js").Tool} Tool */

const AT_ONCE = 6; // blocks looked at in a turn: one takes 2 ms, 5 where the surroundings are widest

/** @implements {Tool} */
export class Threshold {
  /** @param {import("../editor.js").Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** Kept from stroke to stroke: what is dark does not change while one paints. @type {DarkPixels | null} */
    this.darkness = null;
    this.made = "";
    /** @type {{at: Point, value: number, dark: DarkPixels | null} | null} */
    this.stroke = null;
    /** Where the stroke still has to go. @type {Point[]} */
    this.ahead = [];
    /** The pointer was let go. */
    this.ending = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    editor.subscribe((topic) => topic === "leave" && this.finish());
  }

  /** @returns {DarkPixels | null} of the tile on the table and the options that are set */
  fresh() {
    const { options, tile } = this.editor;
    if (!tile) return null;
    const { pixels, info } = tile;
    const { measure, sigmas, db, window_px, smoothing_px } = options.threshold;
    const darker = { measure, depth: measure === "db" ? db : sigmas, window_px, smoothing_px };
    if (this.darkness?.pixels !== pixels || this.made !== JSON.stringify(darker)) {
      this.darkness = new DarkPixels(pixels, info.width, info.height, info.nodata, info.unit ?? "dn", darker);
      this.made = JSON.stringify(darker);
    }
    return this.darkness;
  }

  /** @param {Point} at @param {number} value */
  down(at, value) {
    this.finish();
    if (!this.editor.begin()) return;
    this.stroke = { at, value, dark: value === 0 ? null : this.fresh() };
    this.move([at]);
  }

  /** @param {Point[]} points */
  move(points) {
    if (!this.stroke || this.ending) return;
    this.ahead.push(...points);
    this.go(AT_ONCE);
  }

  up() {
    this.ending = this.stroke !== null;
    this.go(AT_ONCE);
  }

  /** Paint as far as the ground is known. @param {number} most blocks to look at before the page gets its turn */
  go(most) {
    clearTimeout(this.timer);
    const { ahead, editor, stroke } = this;
    if (!stroke) return;
    const { dark, value } = stroke;
    const allowed = dark && ((/** @type {number} */ x, /** @type {number} */ y) => dark.at(x, y));
    for (let left = most; ahead.length; ) {
      if (dark) left -= dark.prepare(stroke.at, ahead[0], editor.size / 2, left);
      if (left < 0) {
        this.timer = setTimeout(() => this.go(AT_ONCE));
        return;
      }
      const to = /** @type {Point} */ (ahead.shift());
      editor.paint(stroke.at, to, value, allowed);
      stroke.at = to;
    }
    if (!this.ending) return;
    this.rest();
    editor.commit();
  }

  /** A stroke that was let go is painted to its end at once. */
  finish() {
    if (this.ending) this.go(Infinity);
  }

  cancel() {
    this.finish();
    const { stroke } = this;
    this.rest();
    if (stroke) this.editor.cancel();
  }

  rest() {
    clearTimeout(this.timer);
    this.stroke = null;
    this.ahead = [];
    this.ending = false;
  }

  /** Whatever is done next, is done with the stroke as it was drawn. @returns {false} */
  key() {
    this.finish();
    return false;
  }

  /** @param {Point | null} at */
  hover(at) {
    if (at) this.fresh()?.prepare(at, at, this.editor.size / 2, 1);
  }

  sketch() {
    return emptySketch();
  }
}
