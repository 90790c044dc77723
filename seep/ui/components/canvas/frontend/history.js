/**
 * Undo as values: an edit holds the old and the new bytes of the 64-px tiles that it touched.
 *
 * An edit never changes once it is made, so it can be written to the browser's database once and undo only
 * moves a position. Whole-mask snapshots were rejected: 500 of a 2048-px mask are 2 GB.
 */
import { decode, encode } from "./run_length.js";

export const TILE_PX = 64;
export const DEPTH = 1000;
export const BUDGET_BYTES = 128 * 2 ** 20; // met only by hundreds of speckled edits of whole large masks

/** @typedef {import("./types.js").Rect} Rect */
/** @typedef {{index: number, old: Uint16Array | Uint8Array, new: Uint16Array | Uint8Array}} TileChange */
/** Answers on wide dark areas, by the first pixel of the area: the class that it is kept in, 0 if it is removed. @typedef {Record<number, number>} Answers */
/** @typedef {{tiles: TileChange[], answers?: Answers}} Edit */

/** What is drawn again after an edit that changed no pixel. @type {Rect} */
const ONE_PIXEL = { x: 0, y: 0, width: 1, height: 1 };

export class History {
  /**
   * @param {Uint8Array} mask changed in place by undo and redo
   * @param {number} width
   * @param {number} height
   * @param {number} [depth] edits kept @param {number} [budget] bytes that they may take; the newest is always kept
   */
  constructor(mask, width, height, depth = DEPTH, budget = BUDGET_BYTES) {
    this.mask = mask;
    this.width = width;
    this.height = height;
    this.depth = depth;
    this.budget = budget;
    this.columns = Math.ceil(width / TILE_PX);
    /** @type {Edit[]} */
    this.edits = [];
    /** Edits before this position are done, those after it undone. */
    this.position = 0;
    /** Edits that fell off the old end; with it, positions stay unique for the database. */
    this.dropped = 0;
    /** @type {Map<number, Uint8Array> | null} */
    this.open = null;
  }

  /** Begin a gesture; what is touched until commit is one step of undo. */
  begin() {
    this.open = new Map();
  }

  /**
   * Say that pixels are about to change: keeps the old bytes of tiles not yet kept.
   * @param {number} x0 @param {number} y0 first pixel
   * @param {number} x1 @param {number} y1 last pixel, inclusive; clipped to the mask
   */
  touch(x0, y0, x1, y1) {
    if (!this.open) throw new Error("touch outside of a gesture");
    const right = Math.min(x1, this.width - 1) >> 6;
    const bottom = Math.min(y1, this.height - 1) >> 6;
    for (let row = Math.max(y0, 0) >> 6; row <= bottom; row += 1) {
      for (let column = Math.max(x0, 0) >> 6; column <= right; column += 1) {
        const index = row * this.columns + column;
        if (!this.open.has(index)) this.open.set(index, this.read(index));
      }
    }
  }

  /**
   * End the gesture.
   * @returns {Edit | null} the edit, or null where nothing changed
   */
  commit() {
    const open = this.open ?? new Map();
    this.open = null;
    /** @type {TileChange[]} */
    const tiles = [];
    for (const [index, old] of open) {
      const now = this.read(index);
      if (differ(old, now)) tiles.push({ index, old: encode(old), new: encode(now) });
    }
    if (!tiles.length) return null;
    const edit = { tiles };
    this.push(edit);
    return edit;
  }

  /** @param {Edit} edit done after the last one; what was undone is gone */
  push(edit) {
    this.edits.length = this.position;
    this.edits.push(edit);
    this.forget();
    this.position = this.edits.length;
  }

  /**
   * End the gesture with an edit that was made elsewhere, of the mask as it was when the gesture began.
   * @param {Edit | null} edit null where nothing changed @param {Uint8Array} mask what it makes of this one
   * @returns {Rect | null} what changed
   */
  take(edit, mask) {
    this.open = null;
    if (!edit) return null;
    this.mask.set(mask);
    this.push(edit);
    return this.changedBy(edit);
  }

  /** Let the oldest edits go where there are too many, or they take too much room. */
  forget() {
    let bytes = this.edits.reduce((sum, edit) => sum + bytesOf(edit), 0);
    while (this.edits.length > this.depth || (bytes > this.budget && this.edits.length > 1)) {
      bytes -= bytesOf(/** @type {Edit} */ (this.edits.shift()));
      this.dropped += 1;
    }
  }

  /**
   * Abandon the gesture: the mask is as it was.
   * @returns {Rect | null} what changed back
   */
  cancel() {
    const open = this.open ?? new Map();
    this.open = null;
    for (const [index, old] of open) this.write(index, old);
    return this.around([...open.keys()]);
  }

  /**
   * Put another mask in this one's place, as one edit; a gesture under way ends before it and goes on after it.
   * @param {Uint8Array} mask of the same size
   * @returns {boolean} whether anything changed
   */
  replace(mask) {
    const going = this.open !== null;
    if (going) this.commit();
    this.begin();
    this.touch(0, 0, this.width - 1, this.height - 1);
    this.mask.set(mask);
    const edit = this.commit();
    if (going) this.begin();
    return edit !== null;
  }

  /** Take the last edit back. @returns {Rect | null} what changed */
  undo() {
    if (this.open || this.position === 0) return null;
    this.position -= 1;
    return this.apply(this.edits[this.position], "old");
  }

  /** Do the next edit again. @returns {Rect | null} what changed */
  redo() {
    if (this.open || this.position === this.edits.length) return null;
    this.position += 1;
    return this.apply(this.edits[this.position - 1], "new");
  }

  /** @param {Edit} edit @param {"old" | "new"} side @returns {Rect | null} */
  apply(edit, side) {
    for (const tile of edit.tiles) {
      const { width, height } = this.bounds(tile.index);
      this.write(tile.index, decode(tile[side], width * height));
    }
    return this.changedBy(edit);
  }

  /** The answers on wide dark areas that are not undone. @returns {Answers} */
  get answers() {
    return Object.assign({}, ...this.edits.slice(0, this.position).map((edit) => edit.answers));
  }

  /** @param {Edit} edit @returns {Rect} */
  changedBy(edit) {
    return this.around(edit.tiles.map((tile) => tile.index)) ?? ONE_PIXEL;
  }

  /** @param {number} index @returns {Rect} */
  bounds(index) {
    const x = (index % this.columns) * TILE_PX;
    const y = Math.floor(index / this.columns) * TILE_PX;
    return { x, y, width: Math.min(TILE_PX, this.width - x), height: Math.min(TILE_PX, this.height - y) };
  }

  /** @param {number} index @returns {Uint8Array} a copy of the tile's bytes */
  read(index) {
    const { x, y, width, height } = this.bounds(index);
    const bytes = new Uint8Array(width * height);
    for (let row = 0; row < height; row += 1) {
      const from = (y + row) * this.width + x;
      bytes.set(this.mask.subarray(from, from + width), row * width);
    }
    return bytes;
  }

  /** @param {number} index @param {Uint8Array} bytes */
  write(index, bytes) {
    const { x, y, width, height } = this.bounds(index);
    for (let row = 0; row < height; row += 1) {
      this.mask.set(bytes.subarray(row * width, (row + 1) * width), (y + row) * this.width + x);
    }
  }

  /** @param {number[]} indices @returns {Rect | null} the rectangle around tiles */
  around(indices) {
    if (!indices.length) return null;
    const all = indices.map((index) => this.bounds(index));
    const x = Math.min(...all.map((r) => r.x));
    const y = Math.min(...all.map((r) => r.y));
    const right = Math.max(...all.map((r) => r.x + r.width));
    const bottom = Math.max(...all.map((r) => r.y + r.height));
    return { x, y, width: right - x, height: bottom - y };
  }
}

/** @type {WeakMap<Edit, number>} */
const sizes = new WeakMap();

/** @param {Edit} edit @returns {number} counted once */
function bytesOf(edit) {
  let bytes = sizes.get(edit);
  if (bytes === undefined) {
    bytes = edit.tiles.reduce((sum, tile) => sum + tile.old.byteLength + tile.new.byteLength, 0);
    sizes.set(edit, bytes);
  }
  return bytes;
}

/** @param {Uint8Array} a @param {Uint8Array} b of the same length @returns {boolean} */
function differ(a, b) {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return true;
  return false;
}
