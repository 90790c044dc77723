/** The pixels that a chain of discs covers. */

/** @typedef {import("../types.js").Cells} Cells */
/** @typedef {import("./profile.js").Disc} Disc */

const EDGE = 1e-9; // rounding must not lose a pixel whose center lies on the circle

/**
 * Pixels whose center lies in one of the discs; discs a pixel apart cover what lies between them.
 * @param {Disc[]} discs @param {number} width @param {number} height of the image
 * @returns {Cells | null} null where none lies in the image
 */
export function cellsOf(discs, width, height) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (const { x, y, radius } of discs) {
    left = Math.min(left, Math.floor(x - radius));
    top = Math.min(top, Math.floor(y - radius));
    right = Math.max(right, Math.ceil(x + radius));
    bottom = Math.max(bottom, Math.ceil(y + radius));
  }
  [left, top] = [Math.max(left, 0), Math.max(top, 0)];
  const rect = {
    x: left,
    y: top,
    width: Math.min(right, width) - left,
    height: Math.min(bottom, height) - top,
  };
  if (rect.width <= 0 || rect.height <= 0) return null;
  const bits = new Uint8Array(rect.width * rect.height);
  for (const disc of discs) cover(bits, rect, disc);
  return { rect, bits };
}

/** @param {Uint8Array} bits @param {import("../types.js").Rect} rect @param {Disc} disc */
function cover(bits, rect, { x, y, radius }) {
  const first = Math.max(Math.ceil(y - radius - 0.5 - EDGE), rect.y);
  const last = Math.min(Math.floor(y + radius - 0.5 + EDGE), rect.y + rect.height - 1);
  for (let row = first; row <= last; row += 1) {
    const half = Math.sqrt(Math.max(radius * radius - (row + 0.5 - y) ** 2, 0));
    const start = Math.max(Math.ceil(x - half - 0.5 - EDGE), rect.x);
    const end = Math.min(Math.floor(x + half - 0.5 + EDGE), rect.x + rect.width - 1);
    const base = (row - rect.y) * rect.width - rect.x;
    if (start <= end) bits.fill(1, base + start, base + end + 1);
  }
}
