/** From raw values to grey: percentile limits without nodata, window and level, gamma. For the eye only. */

/** @typedef {import("./types.js").Pixels} Pixels */
/** @typedef {import("./types.js").Contrast} Contrast */

const SAMPLE = 65536; // values looked at; more move the limits by less than a grey level

/**
 * The values between which a share of the valid pixels lies.
 * @param {Pixels} pixels
 * @param {number | null} nodata left out, as are NaN and infinities
 * @param {number} [low] @param {number} [high] percentiles
 * @returns {[number, number]} the second is always greater; [0, 1] where no pixel is valid
 */
export function percentileLimits(pixels, nodata, low = 0.5, high = 99.5) {
  const step = Math.max(Math.floor(pixels.length / SAMPLE), 1);
  const values = [];
  for (let i = 0; i < pixels.length; i += step) {
    const value = pixels[i];
    if (value !== nodata && Number.isFinite(value)) values.push(value);
  }
  if (!values.length) return [0, 1];
  const sorted = Float64Array.from(values).sort();
  const at = (/** @type {number} */ q) => sorted[Math.round((q / 100) * (sorted.length - 1))];
  const bottom = at(low);
  return [bottom, Math.max(at(high), bottom + Math.max(Math.abs(bottom) * 1e-6, 1e-6))];
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

/**
 * 1024 steps of grey between low and high.
 * @param {Contrast} contrast @returns {Uint32Array} opaque RGBA, little-endian
 */
export function greys(contrast) {
  const table = new Uint32Array(1024);
  for (let i = 0; i < 1024; i += 1) {
    const share = (i / 1023) ** (1 / contrast.gamma);
    const grey = Math.round(255 * (contrast.invert ? 1 - share : share));
    table[i] = 0xff000000 + grey * 0x010101;
  }
  return table;
}

/**
 * Grey a rectangle of the image.
 * @param {Pixels} pixels @param {number} width of the image
 * @param {number | null} nodata these pixels become transparent
 * @param {Contrast} contrast
 * @param {import("./types.js").Rect} rect
 * @param {Uint32Array} out RGBA of the whole image, changed within the rectangle
 */
export function toGrey(pixels, width, nodata, contrast, rect, out) {
  const table = greys(contrast);
  const factor = 1023 / Math.max(contrast.high - contrast.low, 1e-12);
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    for (let i = y * width + rect.x; i < y * width + rect.x + rect.width; i += 1) {
      const value = pixels[i];
      if (value === nodata || value !== value) {
        out[i] = 0;
        continue;
      }
      const step = (value - contrast.low) * factor;
      out[i] = table[step <= 0 ? 0 : step >= 1023 ? 1023 : (step + 0.5) | 0];
    }
  }
}
