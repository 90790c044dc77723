/** Raw values, as the tools that look at the image read them: nodata left out, never the grays on the screen. */

import { flood } from "./flood.js";

/** @typedef {import("./types.js").Pixels} Pixels */

const SAMPLE = 8192; // values looked at for the spread; more move it by about a percent
const CHUNK = 32; // rows smoothed at a time

/** @param {number} value @param {number | null} nodata @returns {boolean} whether a pixel has a value at all */
export function isValid(value, nodata) {
  return value !== nodata && value - value === 0; // the difference is NaN for NaN and infinities
}

/**
 * How far the valid values lie apart: 1.4826 times the median absolute deviation, which is the standard deviation of
 * a normal distribution and takes no notice of a few bright ships (Rousseeuw & Croux 1993).
 * @param {Pixels} pixels @param {number | null} nodata
 * @returns {number} in raw units; 0 where all are alike or none is valid
 */
export function robustSigma(pixels, nodata) {
  const step = Math.max(Math.floor(pixels.length / SAMPLE), 1);
  const values = [];
  for (let i = 0; i < pixels.length; i += step) if (isValid(pixels[i], nodata)) values.push(pixels[i]);
  if (!values.length) return 0;
  const middle = median(values);
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}

/** @param {number[]} values at least one @returns {number} */
function median(values) {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Local means of the valid pixels in a square, made row by row where they are needed. */
export class LocalMeans {
  /**
   * @param {Pixels} pixels @param {number} width @param {number} height @param {number | null} nodata
   * @param {number} size side of the square, odd; 1 leaves the values as they are
   */
  constructor(pixels, width, height, nodata, size) {
    this.pixels = pixels;
    this.width = width;
    this.height = height;
    this.nodata = nodata;
    this.reach = (size - 1) / 2;
    /** NaN where the pixel itself is not valid. */
    this.values = new Float32Array(pixels.length);
    /** Room for `alike`, zero between its calls. */
    this.bits = new Uint8Array(pixels.length);
    this.done = new Uint8Array(Math.ceil(height / CHUNK));
  }

  /** Make sure of a row. @param {number} row */
  ready(row) {
    const chunk = Math.floor(row / CHUNK);
    if (!this.done[chunk]) this.smooth(chunk);
  }

  /** Make all rows, ahead of the click. */
  warm() {
    this.done.forEach((done, chunk) => void (done || this.smooth(chunk)));
  }

  /** @param {number} chunk */
  smooth(chunk) {
    this.done[chunk] = 1;
    const sums = new Float64Array(this.width);
    const counts = new Float64Array(this.width);
    const first = chunk * CHUNK;
    for (let y = first - this.reach; y < first + this.reach; y += 1) this.add(y, 1, sums, counts);
    for (let row = first; row < Math.min(first + CHUNK, this.height); row += 1) {
      this.add(row + this.reach, 1, sums, counts);
      this.across(row, sums, counts);
      this.add(row - this.reach, -1, sums, counts);
    }
  }

  /** @param {number} row may lie outside @param {1 | -1} sign @param {Float64Array} sums @param {Float64Array} counts */
  add(row, sign, sums, counts) {
    if (row < 0 || row >= this.height) return;
    const { pixels, nodata, width } = this;
    for (let x = 0, i = row * width; x < width; x += 1, i += 1) {
      const value = pixels[i];
      if (value === nodata || value - value !== 0) continue;
      sums[x] += sign * value;
      counts[x] += sign;
    }
  }

  /** @param {number} row @param {Float64Array} sums @param {Float64Array} counts of the columns */
  across(row, sums, counts) {
    const { pixels, nodata, reach, values, width } = this;
    let [sum, count] = [0, 0];
    for (let x = 0; x < Math.min(reach, width); x += 1) {
      sum += sums[x];
      count += counts[x];
    }
    for (let x = 0, i = row * width; x < width; x += 1, i += 1) {
      if (x + reach < width) {
        sum += sums[x + reach];
        count += counts[x + reach];
      }
      if (x > reach) {
        sum -= sums[x - reach - 1];
        count -= counts[x - reach - 1];
      }
      const value = pixels[i];
      values[i] = value === nodata || value - value !== 0 ? NaN : reach ? sum / count : value;
    }
  }
}

/**
 * The pixels whose local mean is near that of one of them.
 * @param {LocalMeans} smoothed
 * @param {number} start index of a valid pixel @param {number} tolerance in raw units
 * @param {boolean} connected only those that can be reached from the start over others (corners do not connect)
 * @param {number} limit
 * @returns {import("./types.js").Cells | null} null where they are more than the limit
 */
export function similarPixels(smoothed, start, tolerance, connected, limit) {
  const { bits, height, values, width } = smoothed;
  smoothed.ready(Math.floor(start / width));
  const low = values[start] - tolerance;
  const high = values[start] + tolerance;
  /** @type {Set<number>} */
  const rows = new Set();
  let count = 0;
  const prepare = (/** @type {number} */ row) => {
    if (rows.has(row)) return;
    rows.add(row);
    smoothed.ready(row);
    count += mark(bits, values, row * width, (row + 1) * width, low, high);
  };
  let cells;
  if (connected) cells = flood(bits, 1, width, height, start, { limit, prepare });
  else {
    for (let row = 0; row < height && count <= limit; row += 1) prepare(row);
    cells = count > limit ? null : { rect: { x: 0, y: 0, width, height }, bits: bits.slice() };
  }
  for (const row of rows) bits.fill(0, row * width, (row + 1) * width);
  return cells;
}

/**
 * @param {Uint8Array} bits set where a value lies between the bounds @param {Float32Array} values
 * @param {number} from @param {number} to @param {number} low @param {number} high
 * @returns {number} how many are set
 */
function mark(bits, values, from, to, low, high) {
  let count = 0;
  for (let i = from; i < to; i += 1) {
    if (values[i] >= low && values[i] <= high) {
      bits[i] = 1;
      count += 1;
    }
  }
  return count;
}
