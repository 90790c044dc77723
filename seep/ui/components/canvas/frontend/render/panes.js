/**
 * An image as canvases of 512 px, computed only where and when visible.
 *
 * Zoomed out, a coarser level is computed, with about one cell per screen pixel. Work that exceeds the time of a frame
 * continues in the next frame, so that no gesture blocks on a large tile. One canvas for the whole image was rejected: a
 * change of a few pixels copies 16 MB at 2048 px, since the browser still holds the previous frame.
 */

/** @typedef {import("../types.js").Rect} Rect */
/** @typedef {import("../types.js").View} View */
/**
 * Writes a rectangle's cells of `step` by `step` pixels as RGBA, with `stride` entries of out per row.
 * @typedef {(rect: Rect, step: number, out: Uint32Array, stride: number) => void} Fill
 * @typedef {{canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, dirty: Rect | null, blank: boolean, empty: boolean, turn: number}} Pane
 */

export const PANE_PX = 512;
const COARSEST = 5;

/** @type {{data: ImageData, rgba: Uint32Array} | null} */
let scratch = null;

/** @returns {{data: ImageData, rgba: Uint32Array}} one buffer for all panes: only one is computed at a time */
function buffer() {
  if (!scratch) {
    const data = new ImageData(PANE_PX, PANE_PX);
    scratch = { data, rgba: new Uint32Array(data.data.buffer) };
  }
  return scratch;
}

/** Time budget of a frame; the first piece of work always runs. */
export class Budget {
  /** @param {number} ms */
  constructor(ms) {
    this.ends = performance.now() + ms;
    this.begun = false;
  }

  /** @returns {boolean} whether another piece of work may begin */
  left() {
    if (this.begun && performance.now() > this.ends) return false;
    this.begun = true;
    return true;
  }
}

/**
 * The level whose cells are about one screen pixel wide: 0 for every pixel, 1 for every second one.
 * @param {number} scale device px per pixel of the image
 * @param {boolean} moving coarser while something is dragged
 * @returns {number}
 */
export function levelOf(scale, moving) {
  const exact = Math.log2(1 / scale);
  return Math.min(Math.max(moving ? Math.round(exact) : Math.floor(exact), 0), COARSEST);
}

export class Panes {
  /** @param {number} width @param {number} height of the image @param {Fill} fill */
  constructor(width, height, fill) {
    this.width = width;
    this.height = height;
    this.fill = fill;
    this.columns = Math.ceil(width / PANE_PX);
    /** By level, then by place. @type {Map<number, Pane>[]} */
    this.levels = [];
    this.turn = 0;
  }

  /** Mark an area as outdated. @param {Rect | null} rect null: everything */
  stale(rect) {
    this.levels.forEach((panes) =>
      panes.forEach((pane, index) => {
        const bounds = this.bounds(index);
        const part = rect ? intersection(bounds, rect) : bounds;
        if (part) pane.dirty = pane.dirty ? boundingBox(pane.dirty, part) : part;
      }),
    );
  }

  /** Show no old content until it is computed again. */
  forget() {
    this.stale(null);
    this.levels.forEach((panes) => panes.forEach((pane) => void (pane.blank = true))); // skips levels never used
  }

  /** @param {number} index @returns {Rect} in pixels of the image */
  bounds(index) {
    const x = (index % this.columns) * PANE_PX;
    const y = Math.floor(index / this.columns) * PANE_PX;
    return { x, y, width: Math.min(PANE_PX, this.width - x), height: Math.min(PANE_PX, this.height - y) };
  }

  /**
   * Compute the visible outdated panes, oldest first, within the budget.
   * @param {Rect} seen pixels of the image @param {number} level @param {Budget} budget
   * @returns {boolean} whether all of it is
   */
  refresh(seen, level, budget) {
    const panes = (this.levels[level] ??= new Map());
    const waiting = this.within(seen)
      .map((index) => /** @type {[number, Pane]} */ ([index, panes.get(index) ?? this.add(level, index)]))
      .filter(([, pane]) => pane.dirty)
      .sort(([, a], [, b]) => a.turn - b.turn);
    for (const [index, pane] of waiting) {
      if (!budget.left()) return false;
      this.compute(pane, this.bounds(index), 1 << level);
    }
    return true;
  }

  /** @param {Rect} seen @returns {number[]} indices of the visible panes */
  within(seen) {
    /** @type {number[]} */
    const found = [];
    if (!seen.width || !seen.height) return found;
    for (let row = Math.floor(seen.y / PANE_PX); row * PANE_PX < seen.y + seen.height; row += 1) {
      for (let column = Math.floor(seen.x / PANE_PX); column * PANE_PX < seen.x + seen.width; column += 1) {
        found.push(row * this.columns + column);
      }
    }
    return found;
  }

  /** @param {number} level @param {number} index @returns {Pane} */
  add(level, index) {
    const bounds = this.bounds(index);
    const canvas = document.createElement("canvas");
    canvas.width = Math.ceil(bounds.width / (1 << level));
    canvas.height = Math.ceil(bounds.height / (1 << level));
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const pane = { canvas, context, dirty: bounds, blank: true, empty: false, turn: 0 };
    this.levels[level].set(index, pane);
    return pane;
  }

  /** @param {Pane} pane @param {Rect} bounds @param {number} step */
  compute(pane, bounds, step) {
    const dirty = pane.blank ? bounds : (pane.dirty ?? bounds);
    const column = Math.floor((dirty.x - bounds.x) / step);
    const row = Math.floor((dirty.y - bounds.y) / step);
    const rect = { x: bounds.x + column * step, y: bounds.y + row * step, width: 0, height: 0 };
    rect.width = dirty.x + dirty.width - rect.x;
    rect.height = dirty.y + dirty.height - rect.y;
    const { data, rgba } = buffer();
    this.fill(rect, step, rgba, PANE_PX);
    const [columns, rows] = [Math.ceil(rect.width / step), Math.ceil(rect.height / step)];
    const clear = isClear(rgba, columns, rows);
    if (clear && columns === pane.canvas.width && rows === pane.canvas.height) {
      pane.context.clearRect(0, 0, columns, rows);
      pane.empty = true;
    } else if (!clear || !pane.empty) {
      pane.context.putImageData(data, column, row, 0, 0, columns, rows);
      pane.empty = false;
    }
    this.turn += 1;
    Object.assign(pane, { dirty: null, blank: false, turn: this.turn });
  }

  /**
   * Draw the panes; one that is not ready is drawn from another level.
   * @param {CanvasRenderingContext2D} context its transform is the identity
   * @param {View} view in device px @param {Rect} seen @param {number} level
   */
  draw(context, view, seen, level) {
    context.imageSmoothingEnabled = view.scale < 1;
    for (const index of this.within(seen)) {
      const found = [level, ...this.levels.keys()].find(
        (one) => this.levels[one]?.get(index)?.blank === false,
      );
      if (found === undefined || this.levels[found].get(index)?.empty) continue;
      const { x, y, width, height } = this.bounds(index);
      // Whole device pixels, or a line would show between panes.
      const [left, top] = [Math.round(view.x + x * view.scale), Math.round(view.y + y * view.scale)];
      const right = Math.round(view.x + (x + width) * view.scale);
      const bottom = Math.round(view.y + (y + height) * view.scale);
      const step = 1 << found;
      const { canvas } = /** @type {Pane} */ (this.levels[found].get(index));
      context.drawImage(canvas, 0, 0, width / step, height / step, left, top, right - left, bottom - top);
    }
  }
}

/** @param {Uint32Array} rgba @param {number} columns @param {number} rows @returns {boolean} whether there is nothing to draw, as in most of a mask */
function isClear(rgba, columns, rows) {
  for (let row = 0; row < rows; row += 1) {
    const from = row * PANE_PX;
    for (let i = from; i < from + columns; i += 1) if (rgba[i]) return false;
  }
  return true;
}

/** @param {Rect} a @param {Rect} b @returns {Rect | null} the intersection */
function intersection(a, b) {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/** @param {Rect} a @param {Rect} b @returns {Rect} the bounding box of both */
function boundingBox(a, b) {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}
