/** Areas of a mask: the polygon's inside, the flood's reach, slicks as objects. */

/** @typedef {import("./types.js").Rect} Rect */
/** @typedef {import("./types.js").Point} Point */
/** @typedef {{classId: number, areaPx: number, x: number, y: number, width: number, height: number}} Slick */

/**
 * Fill a closed polygon by the even-odd rule on pixel centres.
 * @param {Uint8Array} mask changed in place
 * @param {number} width @param {number} height
 * @param {Point[]} points
 * @param {number} value
 * @param {(x0: number, y0: number, x1: number, y1: number) => void} touch told before pixels change
 * @returns {Rect | null} what may have changed
 */
export function fillPolygon(mask, width, height, points, value, touch) {
  if (points.length < 3) return null;
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const x0 = Math.max(Math.floor(Math.min(...xs)), 0);
  const y0 = Math.max(Math.floor(Math.min(...ys)), 0);
  const x1 = Math.min(Math.ceil(Math.max(...xs)), width) - 1;
  const y1 = Math.min(Math.ceil(Math.max(...ys)), height) - 1;
  if (x1 < x0 || y1 < y0) return null;
  touch(x0, y0, x1, y1);
  for (let y = y0; y <= y1; y += 1) {
    const cuts = cutsOfRow(points, y + 0.5);
    for (let i = 0; i + 1 < cuts.length; i += 2) {
      const first = Math.max(Math.ceil(cuts[i] - 0.5), 0);
      const last = Math.min(Math.ceil(cuts[i + 1] - 0.5) - 1, width - 1);
      if (first <= last) mask.fill(value, y * width + first, y * width + last + 1);
    }
  }
  return { x: x0, y: y0, width: x1 - x0 + 1, height: y1 - y0 + 1 };
}

/** @param {Point[]} points @param {number} y @returns {number[]} where the outline crosses, ascending */
function cutsOfRow(points, y) {
  const cuts = [];
  for (let i = 0, j = points.length - 1; i < points.length; j = i, i += 1) {
    const a = points[j];
    const b = points[i];
    if (a.y <= y !== b.y <= y) cuts.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
  }
  return cuts.sort((a, b) => a - b);
}

/**
 * The pixels connected to one pixel by its own value.
 * @param {Uint8Array} mask
 * @param {number} width @param {number} height
 * @param {number} start index of the pixel
 * @param {boolean} diagonal whether corners connect (slicks: yes; a fill: no, it would leak through an outline)
 * @param {Uint8Array} seen pixels already taken; marked with 1
 * @returns {{pixels: Int32Array, count: number, bounds: Rect, open: boolean}} open: it reaches the mask's edge
 */
export function region(mask, width, height, start, diagonal, seen) {
  const value = mask[start];
  let stack = new Int32Array(1024);
  let count = 0;
  const push = (/** @type {number} */ index) => {
    if (seen[index] || mask[index] !== value) return;
    seen[index] = 1;
    if (count === stack.length) {
      const larger = new Int32Array(stack.length * 2);
      larger.set(stack);
      stack = larger;
    }
    stack[count] = index;
    count += 1;
  };
  push(start);
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let done = 0; done < count; done += 1) {
    const index = stack[done];
    const x = index % width;
    const y = (index - x) / width;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
    const rows = diagonal ? [y - 1, y, y + 1] : [y];
    for (const row of rows) {
      if (row < 0 || row >= height) continue;
      if (x > 0) push(row * width + x - 1);
      if (x < width - 1) push(row * width + x + 1);
    }
    if (y > 0) push(index - width);
    if (y < height - 1) push(index + width);
  }
  const bounds = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  const open = left === 0 || top === 0 || right === width - 1 || bottom === height - 1;
  return { pixels: stack.subarray(0, count), count, bounds, open };
}

/**
 * The connected components of each seep class, 8-connected, greatest first.
 * @param {Uint8Array} mask @param {number} width @param {number} height
 * @returns {Slick[]} background and unsure pixels are no slicks
 */
export function slicks(mask, width, height) {
  const seen = new Uint8Array(mask.length);
  /** @type {Slick[]} */
  const found = [];
  for (let index = 0; index < mask.length; index += 1) {
    if (seen[index] || mask[index] === 0 || mask[index] === 255) continue;
    const { count, bounds } = region(mask, width, height, index, true, seen);
    found.push({ classId: mask[index], areaPx: count, ...bounds });
  }
  return found.sort((a, b) => b.areaPx - a.areaPx);
}

/**
 * Count the pixels of each class.
 * @param {Uint8Array} mask @returns {Uint32Array} 256 counts
 */
export function areas(mask) {
  const counts = new Uint32Array(256);
  for (let i = 0; i < mask.length; i += 1) counts[mask[i]] += 1;
  return counts;
}

/** @param {Uint8Array} a @param {Uint8Array} b @returns {number} pixels that differ */
export function differing(a, b) {
  let count = 0;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) count += 1;
  return count;
}
