/**
 * Shapes of pixels made larger, smaller, smoother, whole. Pure: a Uint8Array of 0 and 1 in, a new one out.
 *
 * What lies beyond the array is not known: nothing is eaten away from there, and a hole that is open to it is none.
 */
import { components } from "./regions.js";

/** @typedef {(bits: Uint8Array, width: number, height: number) => Uint8Array} Operation */

/**
 * The places within a Euclidean distance.
 * @param {number} radius px @returns {[number, number][]} dx, dy
 */
function disc(radius) {
  /** @type {[number, number][]} */
  const places = [];
  const whole = Math.floor(radius);
  for (let dy = -whole; dy <= whole; dy += 1) {
    for (let dx = -whole; dx <= whole; dx += 1)
      if (dx * dx + dy * dy <= radius * radius) places.push([dx, dy]);
  }
  return places;
}

/**
 * Every pixel with one of the shape within the radius. Goes by the way to the shape along each row, so that a wide
 * disc costs its height and not its area.
 * @param {Uint8Array} bits @param {number} width @param {number} height @param {number} [radius] px, below 255
 * @returns {Uint8Array}
 */
export function grown(bits, width, height, radius = 1) {
  const result = new Uint8Array(bits.length);
  const whole = Math.floor(radius);
  const away = new Uint8Array(width); // px to the nearest of the shape in its row, 255 for far
  for (let row = 0; row < height; row += 1) {
    const base = row * width;
    if (!measure(bits, base, width, away)) continue;
    for (let dy = -whole; dy <= whole; dy += 1) {
      if (row + dy < 0 || row + dy >= height) continue;
      const reach = Math.floor(Math.sqrt(radius * radius - dy * dy));
      const to = base + dy * width;
      for (let x = 0; x < width; x += 1) if (away[x] <= reach) result[to + x] = 1;
    }
  }
  return result;
}

/**
 * @param {Uint8Array} bits @param {number} base where the row begins @param {number} width of it
 * @param {Uint8Array} away written: px to the nearest set one, at most 255
 * @returns {boolean} whether any is set
 */
function measure(bits, base, width, away) {
  if (!bits.subarray(base, base + width).includes(1)) return false;
  for (let x = 0, far = 255; x < width; x += 1) away[x] = far = bits[base + x] ? 0 : Math.min(far + 1, 255);
  for (let x = width - 1, far = 255; x >= 0; x -= 1) {
    far = bits[base + x] ? 0 : Math.min(far + 1, 255);
    if (far < away[x]) away[x] = far;
  }
  return true;
}

/**
 * Every pixel of the shape with nothing else within the radius.
 * @param {Uint8Array} bits @param {number} width @param {number} height @param {number} [radius] px
 * @returns {Uint8Array}
 */
export function shrunk(bits, width, height, radius = 1) {
  return inverse(grown(inverse(bits), width, height, radius));
}

/** @param {Uint8Array} bits @returns {Uint8Array} */
function inverse(bits) {
  return bits.map((bit) => 1 - bit);
}

/** Every pixel where the shape has most of the 13 pixels within 2 px. @type {Operation} */
export function smooth(bits, width, height) {
  const votes = new Int8Array(bits.length);
  for (const [dx, dy] of disc(2)) {
    const [left, right] = [Math.max(-dx, 0), Math.min(width - dx, width)];
    for (let y = Math.max(-dy, 0); y < Math.min(height - dy, height); y += 1) {
      const [to, from] = [y * width, (y + dy) * width + dx];
      for (let x = left; x < right; x += 1) votes[to + x] += 2 * bits[from + x] - 1;
    }
  }
  // A tie can come up only where some of the 13 lie beyond the array: there it stays as it was.
  return bits.map((bit, i) => (votes[i] === 0 ? bit : Number(votes[i] > 0)));
}

/** The shape without holes: what its outside cannot reach over edges of pixels belongs to it. @type {Operation} */
export function withoutHoles(bits, width, height) {
  const outside = new Uint8Array(bits.length);
  /** @type {number[]} */
  const stack = [];
  const reach = (/** @type {number} */ index) => {
    if (bits[index] || outside[index]) return;
    outside[index] = 1;
    stack.push(index);
  };
  for (let x = 0; x < width; x += 1) [x, (height - 1) * width + x].forEach(reach);
  for (let y = 0; y < height; y += 1) [y * width, y * width + width - 1].forEach(reach);
  while (stack.length) {
    const index = /** @type {number} */ (stack.pop());
    const x = index % width;
    if (x > 0) reach(index - 1);
    if (x < width - 1) reach(index + 1);
    if (index >= width) reach(index - width);
    if (index < bits.length - width) reach(index + width);
  }
  return inverse(outside);
}

/**
 * The shape without the pieces that are smaller than this; corners connect.
 * @param {Uint8Array} bits @param {number} width @param {number} height @param {number} least px
 * @returns {Uint8Array}
 */
export function withoutSpecks(bits, width, height, least) {
  const result = bits.slice();
  for (const { areaPx, runs } of components(bits, width, height)) {
    if (areaPx >= least) continue;
    for (const { row, start, end } of runs) result.fill(0, row * width + start, row * width + end);
  }
  return result;
}

/**
 * The shape with gaps closed, where pieces lie at most this far apart: grown, then shrunk by as much.
 * @param {Uint8Array} bits @param {number} width @param {number} height @param {number} gap px
 * @returns {Uint8Array} never less than the shape
 */
export function joined(bits, width, height, gap) {
  const radius = Math.ceil(gap / 2) + 0.5; // half a pixel more, or a gap between corners stays open
  const closed = shrunk(grown(bits, width, height, radius), width, height, radius);
  return closed.map((bit, i) => bit | bits[i]);
}
