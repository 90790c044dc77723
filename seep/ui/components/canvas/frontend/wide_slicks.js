/** Slicks that fine-tuning ignores because they are wide, as in seep/core/masks/wide_slicks.py. Pure. */
import { components } from "./regions.js";

/**
 * @param {Uint8Array} mask @param {number} width @param {number} height
 * @param {number} radiusPx slicks with a larger inscribed radius are wide; 0 for no limit
 * @returns {number} how many wide slicks there are; those that touch each other count as one, whatever their classes
 */
export function countWideSlicks(mask, width, height, radiusPx) {
  if (!radiusPx) return 0;
  const seep = mask.map((value) => (value && value !== 255 ? 1 : 0));
  const least = (Math.PI / 4) * radiusPx ** 2; // in a corner of the tile, a quarter of the circle is enough
  const large = components(seep, width, height).filter((one) => one.areaPx > least);
  if (!large.length) return 0;
  const vertical = verticalDistances(seep, width, height);
  return large.filter((one) => isWide(one, vertical, width, radiusPx)).length;
}

/**
 * Whether a circle of a larger radius fits in, with its center on a pixel. The edge of the tile does not bound a slick.
 * @param {import("./regions.js").Component} slick @param {Float32Array} vertical see `verticalDistances`
 * @param {number} width of the tile @param {number} radiusPx
 */
function isWide({ runs }, vertical, width, radiusPx) {
  const reach = radiusPx + 0.5; // from the center of a pixel to that of the nearest one outside
  const near = Math.floor(reach);
  const fits = (/** @type {number} */ x, /** @type {number} */ row) => {
    for (let at = Math.max(x - near, 0); at <= Math.min(x + near, width - 1); at += 1) {
      if (vertical[row * width + at] ** 2 + (at - x) ** 2 <= reach ** 2) return false;
    }
    return true;
  };
  return runs.some(({ row, start, end }) => {
    const last = end === width ? width - 1 : end - 1 - near;
    for (let x = start === 0 ? 0 : start + near; x <= last; x += 1)
      if (vertical[row * width + x] > reach && fits(x, row)) return true;
    return false;
  });
}

/**
 * @param {Uint8Array} seep 1 in slicks @param {number} width @param {number} height
 * @returns {Float32Array} by pixel: pixels up or down to the nearest one outside of slicks; 0 outside
 */
function verticalDistances(seep, width, height) {
  const found = new Float32Array(seep.length);
  const distances = new Float32Array(width).fill(Infinity);
  for (let at = 0; at < seep.length; at += 1)
    found[at] = distances[at % width] = seep[at] ? distances[at % width] + 1 : 0;
  distances.fill(Infinity);
  for (let at = width * height - 1; at >= 0; at -= 1) {
    const distance = (distances[at % width] = seep[at] ? distances[at % width] + 1 : 0);
    found[at] = Math.min(found[at], distance);
  }
  return found;
}
