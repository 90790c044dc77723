/** From raw values to gray: percentile limits without nodata, window and level, gamma. For the eye only. */

/** @typedef {import("./types.js").Pixels} Pixels */
/** @typedef {import("./types.js").Contrast} Contrast */

const SAMPLE = 65536; // values looked at; more move the limits by less than a gray level

/**
 * The values between which a share of the valid pixels lies.
 * @param {Pixels} pixels
 * @param {number | null} nodata left out, as are NaN and infinities
 * @param {number} [low] @param {number} [high] percentiles
 * @returns {[number, number]} the second is always greater; [0, 1] where no pixel is valid
 */
export function percentileLimits(pixels, nodata, low = 0.5, high = 99.5) {
  const step = Math.max(Math.floor(pixels.length / SAMPLE), 1);
  const values = new Float64Array(Math.ceil(pixels.length / step));
  let count = 0;
  for (let i = 0; i < pixels.length; i += step) {
    const value = pixels[i];
    if (value !== nodata && Number.isFinite(value)) values[count++] = value;
  }
  if (!count) return [0, 1];
  const sorted = values.subarray(0, count).sort();
  const at = (/** @type {number} */ q) => sorted[Math.round((q / 100) * (sorted.length - 1))];
  const bottom = at(low);
  return [bottom, Math.max(at(high), bottom + Math.max(Math.abs(bottom) * 1e-6, 1e-6))];
}

/**
 * Count the values of the valid pixels, from a sample of the image.
 * @param {Pixels} pixels @param {number | null} nodata @param {number} bins
 * @returns {{counts: Uint32Array, low: number, high: number}} between the percentiles 0.1 and 99.9, with a margin
 */
export function histogram(pixels, nodata, bins) {
  const [bottom, top] = percentileLimits(pixels, nodata, 0.1, 99.9);
  const margin = (top - bottom) * 0.05;
  const [low, high] = [bottom - margin, top + margin];
  const counts = new Uint32Array(bins);
  const step = Math.max(Math.floor(pixels.length / SAMPLE), 1);
  for (let i = 0; i < pixels.length; i += step) {
    const value = pixels[i];
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    if (value !== nodata && bin >= 0 && bin < bins) counts[bin] += 1;
  }
  return { counts, low, high };
}

/**
 * Move window and level: right is brighter, up is a narrower window (more contrast).
 * @param {Contrast} contrast @param {number} dx @param {number} dy screen px
 * @returns {Contrast}
 */
export function dragged(contrast, dx, dy) {
  const window = contrast.high - contrast.low;
  const level = (contrast.high + contrast.low) / 2 - (dx / 400) * window;
  const half = (window * Math.exp(dy / 250)) / 2;
  return { ...contrast, low: level - half, high: level + half };
}

const STEPS = 1024;
const CURVED_STEPS = 16384; // a logarithm needs fine steps at its dark end

/**
 * Steps of gray between low and high.
 * @param {Contrast} contrast @param {((value: number) => number) | null} [curve] growing; null: straight
 * @returns {Uint32Array} opaque RGBA, little-endian
 */
export function grays(contrast, curve = null) {
  const steps = curve ? CURVED_STEPS : STEPS;
  const table = new Uint32Array(steps);
  const { low, high, gamma, invert } = contrast;
  const [bottom, top] = curve ? [curve(low), curve(high)] : [0, 1];
  for (let i = 0; i < steps; i += 1) {
    const along = i / (steps - 1);
    const straight = curve
      ? (curve(low + along * (high - low)) - bottom) / Math.max(top - bottom, 1e-12)
      : along;
    const share = gamma === 1 ? straight : straight ** (1 / gamma);
    table[i] = 0xff000000 + Math.round(255 * (invert ? 1 - share : share)) * 0x010101;
  }
  return table;
}

/**
 * Gray a rectangle of the image, a cell of step by step pixels being the mean of up to four of them, or one of them.
 * @param {Pixels} pixels @param {number} width of the image
 * @param {number | null} nodata these pixels become transparent, as do NaN
 * @param {Contrast} contrast
 * @param {Uint32Array} table of grays()
 * @param {import("./types.js").Rect} rect @param {number} step
 * @param {Uint32Array} out RGBA, a row every `stride` entries @param {number} stride
 * @param {boolean} [quick] one pixel of each cell
 */
export function toGray(pixels, width, nodata, contrast, table, rect, step, out, stride, quick = false) {
  const last = table.length - 1;
  const { low } = contrast;
  const factor = last / Math.max(contrast.high - low, 1e-12);
  const none = nodata ?? Number.NaN;
  const half = quick ? 0 : step >> 1;
  const columns = Math.ceil(rect.width / step);
  for (let y = rect.y, row = 0; y < rect.y + rect.height; y += step, row += 1) {
    const from = y * width + rect.x;
    const below = y + half < rect.y + rect.height ? half * width : 0;
    const base = row * stride;
    for (let column = 0; column < columns; column += 1) {
      let value = pixels[from + column * step];
      if (half)
        value = mean(pixels, from + column * step, column * step + half < rect.width ? half : 0, below, none);
      const gray = (value - low) * factor;
      out[base + column] =
        value === none || Number.isNaN(value)
          ? 0
          : table[gray <= 0 ? 0 : gray >= last ? last : (gray + 0.5) | 0];
    }
  }
}

/** @param {Pixels} pixels @param {number} i @param {number} right @param {number} below offsets @param {number} none @returns {number} NaN where none of the four is valid */
function mean(pixels, i, right, below, none) {
  const a = pixels[i];
  const b = pixels[i + right];
  const c = pixels[i + below];
  const d = pixels[i + below + right];
  const sum = a + b + c + d;
  if (a !== none && b !== none && c !== none && d !== none && !Number.isNaN(sum)) return sum / 4;
  const valid = [a, b, c, d].filter((value) => value !== none && !Number.isNaN(value));
  return valid.reduce((total, value) => total + value, 0) / valid.length;
}
