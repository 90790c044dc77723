/**
 * Width and center of a slick along a path, from cross profiles.
 *
 * Profiles are averaged along the path to reduce speckle. On each side, the edge is where the profile has risen by a set
 * share from its minimum to the background.
 */
import { smoothLine, smoothed } from "./line.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {Point & {radius: number}} Disc */
/** @typedef {{width: number, height: number, score: (index: number) => number}} Scored robust z-scores by pixel, NaN for nodata */

export const LEAST_PX = 2;
export const MOST_PX = 40;

export const WIDTH = {
  reach: 24, // px to each side covered by a profile
  along: 5, // px, sigma of the average along the path
  rise: 0.4, // share of the rise from the minimum to the background, at which the slick ends
  share: 0.65, // quantile of a profile that counts as background
  clear: 0.5, // sigmas of the sea; minimum contrast of a slick
  stiff: 2, // penalty for a 1 px jump of the edge between points, in sigmas of the sea
  even: 3, // px, sigma for smoothing the edges
  extra: 0.5, // px added to each side: analysts draw around a slick
};

/**
 * The discs that cover the slick along a path.
 * @param {Scored} image @param {Int32Array} indices of the path's pixels
 * @param {number | null} fixed width in px; null: the width of the slick, 2 to 40 px
 * @returns {Disc[]} one per pixel of the path
 */
export function traceBand(image, indices, fixed, settings = WIDTH) {
  const line = smoothLine(indices, image.width);
  if (fixed !== null) return line.map(({ x, y }) => ({ x, y, radius: fixed / 2 }));
  const normals = line.map((_, i) => normalAt(line, i));
  const across = profiles(image, line, normals, settings);
  const left = edge(across, -1, settings);
  const right = edge(across, 1, settings);
  return line.map(({ x, y }, i) => {
    const width = Math.min(Math.max(left[i] + right[i] + 2 * settings.extra, LEAST_PX), MOST_PX);
    const shift = (right[i] - left[i]) / 2; // to the middle between the edges
    return { x: x + normals[i].x * shift, y: y + normals[i].y * shift, radius: width / 2 };
  });
}

/** @param {Point[]} line @param {number} i @returns {Point} unit vector across the line */
function normalAt(line, i) {
  const a = line[Math.max(i - 2, 0)];
  const b = line[Math.min(i + 2, line.length - 1)];
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  return { x: -(b.y - a.y) / length, y: (b.x - a.x) / length };
}

/**
 * Cross profiles, averaged along the line.
 * @param {Scored} image @param {Point[]} line @param {Point[]} normals @param {typeof WIDTH} settings
 * @returns {Float32Array[]} one for each offset -reach .. reach: values along the line, NaN for nodata
 */
function profiles({ width, height, score }, line, normals, { reach, along }) {
  return Array.from({ length: 2 * reach + 1 }, (_, k) => {
    const values = new Float32Array(line.length);
    const known = new Float32Array(line.length);
    for (let i = 0; i < line.length; i += 1) {
      const x = Math.floor(line[i].x + (k - reach) * normals[i].x);
      const y = Math.floor(line[i].y + (k - reach) * normals[i].y);
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const value = score(y * width + x);
      if (Number.isNaN(value)) continue;
      values[i] = value;
      known[i] = 1;
    }
    const weights = smoothed(known, along);
    return smoothed(values, along).map((sum, i) => (weights[i] > 0.05 ? sum / weights[i] : NaN));
  });
}

/**
 * The edge on one side along the path: it separates dark from bright best, with a penalty for jumps (dynamic
 * programming, as for active contours: Amini et al. 1990).
 * @param {Float32Array[]} across profiles @param {-1 | 1} sign which side @param {typeof WIDTH} settings
 * @returns {Float32Array} px from the path, by point
 */
function edge(across, sign, settings) {
  const { reach, stiff, even } = settings;
  const count = across[0].length;
  const best = new Float32Array(reach); // score of the best edge that ends at each offset
  const from = new Int8Array(count * reach);
  for (let i = 0; i < count; i += 1) {
    const before = best.slice();
    const scores = edgeScores((k) => across[reach + sign * k][i], settings);
    for (let k = 0; k < reach; k += 1) {
      const inner = k > 0 ? before[k - 1] - stiff : -Infinity;
      const outer = k + 1 < reach ? before[k + 1] - stiff : -Infinity;
      const move = before[k] >= inner && before[k] >= outer ? 0 : inner >= outer ? -1 : 1;
      from[i * reach + k] = move;
      best[k] = (move === 0 ? before[k] : Math.max(inner, outer)) + scores[k];
    }
  }
  const found = new Float32Array(count);
  for (let i = count - 1, k = best.indexOf(Math.max(...best)); i >= 0; k += from[i * reach + k], i -= 1)
    found[i] = k + 0.5;
  return smoothed(found, even);
}

/**
 * Score of an edge at each offset: the sum, over the pixels inside, of how much darker they are than a level between the
 * minimum and the background. A bright gap is penalized by its width: one bright pixel of speckle does not end a slick,
 * and a wide gap is not crossed to another slick.
 * @param {(k: number) => number} profile value k px from the middle @param {typeof WIDTH} settings
 * @returns {Float32Array} entry k is the edge between k and k + 1
 */
function edgeScores(profile, { reach, rise, share, clear }) {
  const values = Float32Array.from({ length: reach + 1 }, (_, k) => profile(k));
  const end = values.findIndex(Number.isNaN); // the image ends or nodata begins
  const known = end < 0 ? values : values.subarray(0, end);
  const result = new Float32Array(reach).fill(-Infinity);
  result[0] = 0;
  if (known.length < 2) return result;
  const bottom = (known[0] + known[1]) / 2;
  const top = known.slice().sort()[Math.floor(share * (known.length - 1))];
  const contrast = top - bottom;
  const level = bottom + rise * contrast - Math.max(clear - contrast, 0);
  for (let k = 0, sum = 0; k < Math.min(reach, known.length); k += 1) {
    sum += level - known[k];
    result[k] = sum;
  }
  return result;
}
