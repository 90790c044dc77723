/**
 * Which pixels are darker than what lies around them; the threshold brush paints only these.
 *
 * The background of a pixel is the mean of the valid pixels in a square ring around it: a square whose middle third
 * is left out, so that a slick is not measured against itself. Made in blocks of 64 px where the brush comes by.
 */

/** @typedef {import("./types.js").Pixels} Pixels */
/** @typedef {import("./types.js").Point} Point */
/**
 * @typedef {object} Darker
 * @property {"sigma" | "db"} measure sigma: standard deviations of the ring; db: decibels below its mean
 * @property {number} depth how much darker, 0 or more
 * @property {number} window_px side of the square, odd
 * @property {number} smoothing_px side of the square whose mean stands for the pixel, odd; 1 for the pixel alone
 */

const BLOCK = 64;
const COLUMNS = 4096; // of blocks in the numbering, more than any tile has
const FEWEST = 9; // valid pixels in a ring; fewer say nothing about a background

export class DarkPixels {
  /**
   * @param {Pixels} pixels @param {number} width @param {number} height @param {number | null} nodata
   * @param {"dn" | "linear" | "db"} unit of the pixels; dn are taken as amplitudes, as the read-out does
   * @param {Darker} darker
   */
  constructor(pixels, width, height, nodata, unit, darker) {
    this.pixels = pixels;
    this.width = width;
    this.height = height;
    this.nodata = nodata;
    this.unit = unit;
    this.darker = darker;
    this.outer = (darker.window_px - 1) / 2;
    this.inner = Math.floor(darker.window_px / 6);
    this.own = (darker.smoothing_px - 1) / 2;
    /** @type {Map<number, Uint8Array>} */
    this.blocks = new Map();
  }

  /** @param {number} x @param {number} y whole pixels within the image @returns {boolean} never for nodata */
  at(x, y) {
    const index = (y >> 6) * COLUMNS + (x >> 6);
    let block = this.blocks.get(index);
    if (!block) {
      block = this.make(x & ~63, y & ~63);
      this.blocks.set(index, block);
    }
    return block[(y & 63) * BLOCK + (x & 63)] === 1;
  }

  /** @param {number} x0 @param {number} y0 first pixel of a block @returns {Uint8Array} */
  make(x0, y0) {
    const sums = new Sums(this, x0 - this.outer, y0 - this.outer, BLOCK + 2 * this.outer);
    const block = new Uint8Array(BLOCK * BLOCK);
    for (let y = y0; y < Math.min(y0 + BLOCK, this.height); y += 1) {
      for (let x = x0; x < Math.min(x0 + BLOCK, this.width); x += 1) {
        const value = this.pixels[y * this.width + x];
        if (value === this.nodata || value - value !== 0) continue;
        if (this.isDark(sums, x, y)) block[(y - y0) * BLOCK + x - x0] = 1;
      }
    }
    return block;
  }

  /** @param {Sums} sums @param {number} x @param {number} y of a valid pixel @returns {boolean} */
  isDark(sums, x, y) {
    const { inner, outer, own } = this;
    const { counts, totals, squares } = sums;
    const count = sums.ring(counts, x, y, outer, inner);
    if (count < FEWEST) return false;
    const value = sums.square(totals, x, y, own) / sums.square(counts, x, y, own);
    const mean = sums.ring(totals, x, y, outer, inner) / count;
    if (this.darker.measure === "sigma") {
      const spread = Math.sqrt(Math.max(sums.ring(squares, x, y, outer, inner) / count - mean * mean, 0));
      return spread > 0 && mean - value >= this.darker.depth * spread;
    }
    if (this.unit === "db") return mean - value >= this.darker.depth;
    const factor = this.unit === "linear" ? 10 : 20;
    return mean > 0 && (value <= 0 || factor * Math.log10(mean / value) >= this.darker.depth);
  }

  /**
   * Make blocks that a brush would need on its way and that are not made yet, ahead of the stroke.
   * @param {Point} from @param {Point} to @param {number} reach of the brush, px @param {number} most blocks to be made
   * @returns {number} how many were; one more where some are still missing
   */
  prepare(from, to, reach, most) {
    const far = reach + 2;
    const [left, top] = [
      Math.max(Math.min(from.x, to.x) - far, 0) >> 6,
      Math.max(Math.min(from.y, to.y) - far, 0) >> 6,
    ];
    const right = Math.min(Math.max(from.x, to.x) + far, this.width - 1) >> 6;
    const bottom = Math.min(Math.max(from.y, to.y) + far, this.height - 1) >> 6;
    let count = 0;
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) {
        if (this.blocks.has(row * COLUMNS + column)) continue;
        const middle = { x: (column + 0.5) * BLOCK, y: (row + 0.5) * BLOCK };
        if (distance(middle, from, to) > far + BLOCK * Math.SQRT1_2) continue;
        count += 1;
        if (count > most) return count;
        this.at(column * BLOCK, row * BLOCK);
      }
    }
    return count;
  }
}

/** @param {Point} at @param {Point} from @param {Point} to @returns {number} px from a point to a way */
function distance(at, from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length ? Math.min(Math.max(((at.x - from.x) * dx + (at.y - from.y) * dy) / length, 0), 1) : 0;
  return Math.hypot(at.x - from.x - along * dx, at.y - from.y - along * dy);
}

/** Sums over squares of a part of an image, each in four look-ups (summed-area tables, Crow 1984). */
class Sums {
  /** @param {DarkPixels} of @param {number} x0 @param {number} y0 may lie outside @param {number} side of the part, px */
  constructor(of, x0, y0, side) {
    const { height, nodata, pixels, width } = of;
    this.x0 = x0;
    this.y0 = y0;
    this.side = side;
    this.row = side + 1;
    this.counts = new Float64Array(this.row * this.row);
    this.totals = new Float64Array(this.row * this.row);
    this.squares = new Float64Array(this.row * this.row);
    for (let y = 0; y < side; y += 1) {
      let [count, total, square] = [0, 0, 0];
      const inside = y0 + y >= 0 && y0 + y < height;
      for (let x = 0; x < side; x += 1) {
        const column = x0 + x;
        if (inside && column >= 0 && column < width) {
          const value = pixels[(y0 + y) * width + column];
          if (value !== nodata && value - value === 0) {
            count += 1;
            total += value;
            square += value * value;
          }
        }
        const at = (y + 1) * this.row + x + 1;
        this.counts[at] = this.counts[at - this.row] + count;
        this.totals[at] = this.totals[at - this.row] + total;
        this.squares[at] = this.squares[at - this.row] + square;
      }
    }
  }

  /** @param {Float64Array} table @param {number} x @param {number} y @param {number} reach @returns {number} */
  square(table, x, y, reach) {
    const { row, side } = this;
    const left = x - this.x0;
    const top = y - this.y0;
    const first = Math.max(left - reach, 0);
    const last = Math.min(left + reach + 1, side);
    const above = Math.max(top - reach, 0) * row;
    const below = Math.min(top + reach + 1, side) * row;
    return table[below + last] - table[above + last] - table[below + first] + table[above + first];
  }

  /** @param {Float64Array} table @param {number} x @param {number} y @param {number} outer @param {number} inner @returns {number} */
  ring(table, x, y, outer, inner) {
    return this.square(table, x, y, outer) - this.square(table, x, y, inner);
  }
}
