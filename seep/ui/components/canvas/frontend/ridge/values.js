/**
 * Input of the tracer: raw values as robust z-scores, without nodata.
 *
 * It never uses the displayed grays: contrast settings must not change a mask.
 */
import { kernel, separable } from "./gauss.js";

/** @typedef {import("../types.js").Rect} Rect */
/** @typedef {import("./gauss.js").Plane} Plane */
/**
 * @typedef {object} Image
 * @property {import("../types.js").Pixels} pixels one band, raw values, row-major
 * @property {number} width @property {number} height
 * @property {number | null} nodata
 * @property {"dn" | "linear" | "db"} unit linear values are converted to decibels, where speckle has constant variance
 */
/** @typedef {{low: number, high: number, middle: number, spread: number}} Statistics of all valid pixels */

const SAMPLES = 65536; // a larger image is subsampled
const FILL_SIGMA = 4; // px; nodata is filled from nearby values, so that its edge is no ridge

/**
 * @param {Image} image
 * @returns {(index: number) => number} the value in comparable units; NaN for nodata
 */
function valueReader({ pixels, nodata, unit }) {
  if (unit === "linear") {
    return (index) => (pixels[index] > 0 && pixels[index] !== nodata ? 10 * Math.log10(pixels[index]) : NaN);
  }
  return (index) => (pixels[index] !== nodata && Number.isFinite(pixels[index]) ? pixels[index] : NaN);
}

/**
 * @param {Image} image
 * @returns {Statistics} percentiles 0.5 and 99, median, robust spread (half of 16 to 84 %); spread > 0
 */
export function statistics(image) {
  const count = image.pixels.length;
  const stride = Math.max(Math.floor(count / SAMPLES), 1);
  const read = valueReader(image);
  const sample = [];
  for (let i = 0; i < count; i += stride) {
    const value = read(i);
    if (!Number.isNaN(value)) sample.push(value);
  }
  if (!sample.length) return { low: 0, high: 1, middle: 0, spread: 1 };
  const sorted = Float64Array.from(sample).sort();
  const at = (/** @type {number} */ share) =>
    sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)];
  const spread = (at(0.84) - at(0.16)) / 2 || at(0.99) - at(0.005) || 1;
  return { low: at(0.005), high: at(0.99), middle: at(0.5), spread };
}

/**
 * @param {Image} image @param {Statistics} of
 * @returns {(index: number) => number} robust z-score of a pixel, clipped at the percentiles; NaN for nodata
 */
export function zScorer(image, { low, high, middle, spread }) {
  const read = valueReader(image);
  return (index) => {
    const value = read(index);
    return (value < low ? low - middle : value > high ? high - middle : value - middle) / spread;
  };
}

/**
 * A rectangle of the image as scores; nodata is filled from its neighborhood.
 * @param {number} width of the image @param {(index: number) => number} score @param {Rect} rect inside the image
 * @returns {{plane: Plane, valid: Uint8Array}} of the rectangle's size; valid: 1 where there is data
 */
export function zScores(width, score, rect) {
  const data = new Float32Array(rect.width * rect.height);
  const valid = new Uint8Array(data.length);
  let holes = 0;
  for (let row = 0, index = 0; row < rect.height; row += 1) {
    const from = (rect.y + row) * width + rect.x;
    for (let column = 0; column < rect.width; column += 1, index += 1) {
      const value = score(from + column);
      if (Number.isNaN(value)) holes += 1;
      else {
        data[index] = value;
        valid[index] = 1;
      }
    }
  }
  const plane = { data, width: rect.width, height: rect.height };
  if (holes) fill(plane, valid);
  return { plane, valid };
}

/** @param {Plane} plane changed in place where not valid @param {Uint8Array} valid */
function fill({ data, width, height }, valid) {
  const taps = kernel(FILL_SIGMA, 0);
  const known = separable({ data: Float32Array.from(valid), width, height }, taps, taps);
  const sums = separable({ data: data.slice(), width, height }, taps, taps); // zero for nodata
  for (let i = 0; i < data.length; i += 1) {
    if (!valid[i]) data[i] = known.data[i] > 1e-3 ? sums.data[i] / known.data[i] : 0;
  }
}
