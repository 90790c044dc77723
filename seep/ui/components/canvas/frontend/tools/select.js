/**
 * Slick select: idle -> banding -> idle. A click takes the slick under it, Ctrl or Shift one more, a drag all that it
 * touches; keys and the panel act on what is selected, each as one step of undo.
 */
import { CLEANUPS } from "../selection.js";
import { emptySketch } from "../types.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {import("../types.js").OpenTile} OpenTile */
/** @typedef {import("../worker/slicks.js").Outlines} Outlines */

const STILL_PX = 4; // on the screen; less is a click
/** What keys do here instead of what they do elsewhere. @type {Record<string, string>} */
const KEYS = { commit: "take", remove: "delete", larger: "grow", smaller: "shrink" };
const NONE = { drawn: 0, proposed: 0, lines: [] };

class Select {
  /** @param {import("../editor.js").Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {{from: Point, to: Point, more: boolean} | null} */
    this.band = null;
    /** The question about it that is asked already. */
    this.asked = -1;
    /** What is selected in the mask as it is now; null: not known yet. @type {Outlines | null} */
    this.found = null;
    /** The newest question about it: answers to others are out of date. */
    this.turn = 0;
    /** What is on its way: where a band goes, or what is selected. Keys wait for it. */
    this.asking = 0;
    editor.subscribe((topic) => {
      if (topic === "tile") editor.selection = new Set();
      if (topic === "tile" || topic === "mask" || topic === "selection") this.forget();
    });
  }

  forget() {
    this.found = null;
    this.turn += 1;
  }

  /**
   * @param {OpenTile} tile @param {any} question without the masks @param {(answer: any) => void} done
   */
  ask(tile, question, done) {
    const { annotation, prediction } = tile;
    const { worker } = this.editor;
    worker.setImage(tile);
    this.asking += 1;
    const end = () => {
      this.asking -= 1;
      this.editor.emit("work");
    };
    const heard = (/** @type {any} */ answer) => (done(answer), end());
    worker.request({ ...question, mask: annotation, prediction }, heard, end);
  }

  /** Find out what is selected, unless that is known. */
  resolve() {
    const { selection, tile, pendingEdit } = this.editor;
    if (this.found || pendingEdit) return;
    if (!selection.size || !tile) {
      this.found = NONE;
      return;
    }
    if (this.asked === this.turn) return;
    const { turn } = this;
    this.asked = turn;
    this.ask(tile, { type: "outline", seeds: [...selection] }, (/** @type {Outlines} */ found) => {
      if (turn !== this.turn) return;
      this.found = found;
      this.editor.emit("sketch");
    });
  }

  /** @returns {boolean} whether it is not known yet what is selected */
  pending() {
    this.resolve();
    return this.asking > 0;
  }

  /** @param {Point} at @param {import("../types.js").Held} held */
  down(at, { shift, ctrl }) {
    if (!this.editor.tile) return;
    this.editor.showAnnotation();
    this.band = { from: at, to: at, more: shift || ctrl };
  }

  /** @param {Point[]} points */
  move(points) {
    if (this.band) this.band.to = points[points.length - 1];
  }

  up() {
    const { band, editor } = this;
    const { tile } = editor;
    this.band = null;
    if (!band || !tile) return;
    const rect = rectOf(band);
    const still = Math.max(rect.width, rect.height) * (tile.view?.scale ?? 1) < STILL_PX;
    const place = still
      ? { x: Math.floor(band.from.x), y: Math.floor(band.from.y), width: 1, height: 1 }
      : rect;
    const seeds = band.more ? [...editor.selection] : [];
    this.ask(tile, { type: "hit", place, toggle: still, seeds }, (/** @type {number[]} */ hit) => {
      if (tile === editor.tile) this.select(new Set(hit));
    });
  }

  /** @param {Set<number>} seeds */
  select(seeds) {
    this.editor.selection = seeds;
    this.editor.emit("selection");
  }

  cancel() {
    this.band = null;
    if (this.editor.selection.size) this.select(new Set());
  }

  /** @param {string} action @returns {boolean} */
  key(action) {
    const name = KEYS[action] ?? action;
    const shape = CLEANUPS.some((one) => one === name);
    if (!shape && name !== "take" && name !== "delete" && !name.startsWith("class:")) return false;
    if (this.editor.rejectWhilePending()) return true;
    this.resolve();
    const { drawn, proposed } = this.found ?? NONE;
    const any = drawn + proposed > 0;
    if (!any && (name.startsWith("class:") || (shape && name !== action))) return false; // what it is elsewhere
    if (!any && !shape)
      return this.showHint(
        "no-slick-selected",
        "No slick selected. Click a slick, or drag a box around several.",
      );
    if (shape && proposed && !drawn)
      return this.showHint(
        "prediction-not-accepted",
        "Accept the predicted slick first (Enter), then change its shape.",
      );
    if (name === "take" && !this.editor.tile?.prediction)
      return this.showHint("no-prediction", "This tile has no prediction.");
    this.change(name, shape && !drawn);
    return true;
  }

  /** @param {string} kind @param {string} text @returns {true} */
  showHint(kind, text) {
    this.editor.emit("message", { kind, text });
    return true;
  }

  /**
   * One gesture; what becomes of the slicks stays selected.
   * @param {string} action @param {boolean} whole of all slicks, not of the selected ones
   */
  change(action, whole) {
    const { editor } = this;
    const { options, selection, tile } = editor;
    if (!tile) return;
    const { speck_px, gap_px, over } = options.select;
    const how = { options: { speck_px, gap_px, over }, prediction: tile.prediction };
    editor.runEdit(
      { what: "slicks", action, seeds: [...selection], whole, ...how },
      (/** @type {number[] | null} */ seeds) => {
        if (seeds) this.select(new Set(seeds));
      },
    );
  }

  /** @returns {import("../types.js").Sketch} */
  sketch() {
    if (!this.editor.tile) return emptySketch();
    this.resolve();
    const band = this.band ? [{ points: cornersOf(rectOf(this.band)), closed: true, dashed: true }] : [];
    return { lines: [...(this.found ?? NONE).lines, ...band], nodes: [], cells: null };
  }
}

/** @param {{from: Point, to: Point}} band @returns {import("../types.js").Rect} not of whole pixels */
function rectOf({ from, to }) {
  const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
  return { x, y, width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) };
}

/** @param {import("../types.js").Rect} rect @returns {Point[]} */
function cornersOf({ x, y, width, height }) {
  return [
    { x, y },
    { x: x + width, y },
    { x: x + width, y: y + height },
    { x, y: y + height },
  ];
}

/** @param {import("../editor.js").Editor} editor @returns {import("../types.js").Tool} */
export function select(editor) {
  const tool = new Select(editor);
  return {
    down: (at, _value, held) => tool.down(at, held),
    move: (points) => tool.move(points),
    up: () => tool.up(),
    cancel: () => tool.cancel(),
    key: (action) => tool.key(action),
    pending: () => tool.pending(),
    sketch: () => tool.sketch(),
  };
}
