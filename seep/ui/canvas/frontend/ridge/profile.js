/**
 * How wide the slick is along a path, and where its middle lies: read from the cross profiles.
 *
 * Profiles are averaged along the path, since one row of speckle tells nothing. On each side the edge is where the
 * profile has risen a share of the way from the bottom back to the background.
 */
import { smoothLine, smoothed } from "./line.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {Point & {radius: number}} Disc */
/** @typedef {{width: number, height: number, score: (index: number) => number}} Scored robust z-scores by pixel, NaN for nodata */

export const LEAST_PX = 2;
export const MOST_PX = 40;

export const WIDTH = {
  reach: 24, // px to each side that a profile looks at
  along: 5, // px, sigma of the average along the path
  even: 6, // px, sigma of the smoothing of the edges found
  rise: 0.4, // of the way from bottom to background
  extra: 0.5, // px to each side: analysts draw around a slick, not on its edge
  pause: 6, // px without a higher value after which the background is reached
};

/**
 * The discs that cover the slick along a path.
 * @param {Scored} image @param {Int32Array} indices of the path's pixels
 * @param {number | null} fixed width in px; null: as wide as the slick is, 2 to 40 px
 * @returns {Disc[]} one a pixel of the path
 */
export function band(image, indices, fixed, settings = WIDTH) {
  const line = smoothLine(indices, image.width);
  if (fixed !== null) return line.map(({ x, y }) => ({ x, y, radius: fixed / 2 }));
  const normals = line.map((_, i) => normalAt(line, i));
  const across = profiles(image, line, normals, settings);
  const { left, right } = edges(across, line.length, settings);
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
 * @returns {Float32Array[]} one for each offset -reach .. reach: values along the line, NaN where nothing is known
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
 * @param {Float32Array[]} across profiles @param {number} count of points @param {typeof WIDTH} settings
 * @returns {{left: Float32Array, right: Float32Array}} px from the line to each edge, smoothed along it
 */
function edges(across, count, settings) {
  const left = new Float32Array(count);
  const right = new Float32Array(count);
  const profile = new Float32Array(settings.reach + 1);
  for (let i = 0; i < count; i += 1) {
    for (const [side, sign] of /** @type {[Float32Array, number][]} */ ([[left, -1], [right, 1]])) {
      for (let k = 0; k <= settings.reach; k += 1) profile[k] = across[settings.reach + sign * k][i];
      side[i] = edgeOf(profile, settings);
    }
  }
  return { left: smoothed(left, settings.even), right: smoothed(right, settings.even) };
}

/**
 * Where a profile has risen the given share of its way back to the background.
 * @param {Float32Array} profile from the middle of the line outwards @param {typeof WIDTH} settings
 * @returns {number} px from the middle
 */
function edgeOf(profile, { rise, pause }) {
  const bottom = Math.min(profile[0], profile[1]);
  let top = 0; // place of the highest value so far
  for (let k = 1; k < profile.length && !Number.isNaN(profile[k]); k += 1) {
    if (profile[k] > profile[top]) top = k;
    else if (k - top > pause && profile[top] - bottom > 0.5) break; // another slick may begin here
  }
  const level = bottom + rise * (profile[top] - bottom);
  for (let k = 1; k <= top; k += 1) {
    if (profile[k] < level) continue;
    return k - 1 + Math.min(Math.max((level - profile[k - 1]) / (profile[k] - profile[k - 1]), 0), 1);
  }
  return 1;
}
