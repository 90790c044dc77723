/** Smoothing along a path. */

/** @typedef {import("../types.js").Point} Point */

export const SMOOTH_PX = 3; // sigma for smoothing a path: a smaller value shows pixel steps, a larger one cuts bends

/**
 * Smooth numbers along a path; the end values are repeated.
 * @param {Float32Array} values @param {number} sigma in steps of the path @returns {Float32Array}
 */
export function smoothed(values, sigma) {
  const radius = Math.ceil(3 * sigma);
  const padded = new Float32Array(values.length + 2 * radius);
  padded.fill(values[0], 0, radius);
  padded.set(values, radius);
  padded.fill(values[values.length - 1], radius + values.length);
  return weighted(padded, sigma, radius);
}

/** @param {Float32Array} padded @param {number} sigma @param {number} radius @returns {Float32Array} shorter by 2 * radius */
function weighted(padded, sigma, radius) {
  const taps = Float32Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  );
  const total = taps.reduce((sum, one) => sum + one, 0);
  const result = new Float32Array(padded.length - 2 * radius);
  for (let i = 0; i < result.length; i += 1) {
    let sum = 0;
    for (let k = 0; k < taps.length; k += 1) sum += taps[k] * padded[i + k];
    result[i] = sum / total;
  }
  return result;
}

/**
 * A path of pixels as a smooth line; its ends do not move.
 * @param {Int32Array} indices of neighboring pixels @param {number} width of the image
 * @returns {Point[]} as many as pixels
 */
export function smoothLine(indices, width, sigma = SMOOTH_PX) {
  const xs = smoothWithFixedEnds(
    Float32Array.from(indices, (index) => (index % width) + 0.5),
    sigma,
  );
  const ys = smoothWithFixedEnds(
    Float32Array.from(indices, (index) => Math.floor(index / width) + 0.5),
    sigma,
  );
  return Array.from(xs, (x, i) => ({ x, y: ys[i] }));
}

/** Smooth with point reflection at the ends, so that they do not move. @param {Float32Array} values @param {number} sigma */
function smoothWithFixedEnds(values, sigma) {
  const last = values.length - 1;
  if (last < 1) return values;
  const radius = Math.ceil(3 * sigma);
  const padded = new Float32Array(values.length + 2 * radius);
  padded.set(values, radius);
  for (let i = 1; i <= radius; i += 1) {
    padded[radius - i] = 2 * values[0] - values[Math.min(i, last)];
    padded[radius + last + i] = 2 * values[last] - values[Math.max(last - i, 0)];
  }
  return weighted(padded, sigma, radius);
}
