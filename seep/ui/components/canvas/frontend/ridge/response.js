/**
 * Multiscale ridge measure: how strongly each pixel resembles the center of a dark line.
 *
 * The second derivative across a line, scaled by sigma squared, is largest at the line's own width (Lindeberg,
 * "Edge detection and ridge detection with automatic scale selection", 1998). It is taken from the Hessian for each
 * direction (Frangi et al., "Multiscale vessel enhancement filtering", 1998) and then averaged along that
 * direction, which reduces speckle and keeps lines.
 */
import { kernel, separable } from "./gauss.js";

/** @typedef {import("./gauss.js").Plane} Plane */

/** Settings of the measure; sigmas in px (a bar of width w has its maximum near sigma = w / 3.5). */
export const MEASURE = {
  sigmas: [1.2, 2, 3.4],
  directions: 8,
  reach: [6, 8, 10], // px averaged to each side along the line, one per sigma
};

/** @returns {number} px to each side that the measure of a pixel depends on */
export function marginOf(measure = MEASURE) {
  const last = measure.sigmas.length - 1;
  return Math.ceil(3 * Math.max(...measure.sigmas)) + measure.reach[last] + 1;
}

/**
 * @param {Plane} plane robust z-scores
 * @returns {Float32Array} ≥ 0, in standard deviations of the response of the sea; 0 where it is bright or flat
 */
export function ridgeResponse(plane, measure = MEASURE) {
  const { width, height } = plane;
  const best = new Float32Array(width * height);
  measure.sigmas.forEach((sigma, scale) => {
    const [flat, bend, slope] = [kernel(sigma, 0), kernel(sigma, 2), kernel(sigma, 1)];
    const xx = separable(plane, bend, flat).data;
    const yy = separable(plane, flat, bend).data;
    const xy = separable(plane, slope, slope).data;
    for (let step = 0; step < measure.directions; step += 1) {
      const angle = (Math.PI * step) / measure.directions;
      const across = acrossLine(xx, xy, yy, angle);
      const along = averaged({ data: across, width, height }, angle, measure.reach[scale], sigma);
      const unit = 1 / (spreadOf(along) || 1);
      for (let i = 0; i < best.length; i += 1) {
        const response = along[i] * unit;
        if (response > best[i]) best[i] = response;
      }
    }
  });
  return best;
}

/** @param {Float32Array} xx @param {Float32Array} xy @param {Float32Array} yy @param {number} angle of the line @returns {Float32Array} */
function acrossLine(xx, xy, yy, angle) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const result = new Float32Array(xx.length);
  for (let i = 0; i < result.length; i += 1) result[i] = s * s * xx[i] - 2 * s * c * xy[i] + c * c * yy[i];
  return result;
}

/**
 * Mean over a straight line through each pixel, nearest pixels, repeated at the edges.
 * @param {Plane} plane @param {number} angle @param {number} reach px to each side
 * @param {number} stride px between samples: one sigma is enough, since the second derivative is smooth
 * @returns {Float32Array}
 */
function averaged({ data, width, height }, angle, reach, stride) {
  const result = new Float32Array(data.length);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const count = Math.ceil(reach / stride);
  for (let step = -count; step <= count; step += 1) {
    const dx = Math.round((step * reach * c) / count);
    const dy = Math.round((step * reach * s) / count);
    for (let y = 0; y < height; y += 1) {
      const from = Math.min(Math.max(y + dy, 0), height - 1) * width;
      const to = y * width;
      const first = Math.min(Math.max(-dx, 0), width);
      const last = Math.max(Math.min(width - dx, width), 0);
      for (let x = 0; x < first; x += 1) result[to + x] += data[from];
      for (let x = first; x < last; x += 1) result[to + x] += data[from + x + dx];
      for (let x = last; x < width; x += 1) result[to + x] += data[from + width - 1];
    }
  }
  for (let i = 0; i < result.length; i += 1) result[i] /= 2 * count + 1;
  return result;
}

/** @param {Float32Array} values @returns {number} robust standard deviation: median of the absolute values / 0.6745, from every 7th value */
function spreadOf(values) {
  const sample = [];
  for (let i = 0; i < values.length; i += 7) sample.push(Math.abs(values[i]));
  const sorted = Float32Array.from(sample).sort();
  return sorted[sorted.length >> 1] / 0.6745;
}
