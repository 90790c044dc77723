/** The outline of a shape of pixels as closed lines along the edges of pixels. */

/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Cells} Cells */

// By heading: right, down, left, up.
const STEPS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
];
// The pixels ahead of a corner that was reached, from the corner.
const AHEAD_LEFT = [
  [0, -1],
  [0, 0],
  [-1, 0],
  [-1, -1],
];
const AHEAD_RIGHT = [
  [0, 0],
  [-1, 0],
  [-1, -1],
  [0, -1],
];

/**
 * @param {Cells} cells
 * @returns {Point[][]} closed lines in image coordinates, the shape at the right hand; corners only
 */
export function contours({ rect, bits }) {
  const { width, height } = rect;
  const inside = (/** @type {number} */ x, /** @type {number} */ y) =>
    x >= 0 && y >= 0 && x < width && y < height && bits[y * width + x] === 1;
  const done = new Uint8Array((width + 1) * (height + 1)); // upper edges of pixels that a loop has passed
  /** @type {Point[][]} */
  const found = [];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (!inside(x, y) || inside(x, y - 1) || done[y * (width + 1) + x]) continue;
      found.push(follow(x, y, inside, (px, py) => void (done[py * (width + 1) + px] = 1)));
    }
  }
  return found.map((line) => line.map((point) => ({ x: point.x + rect.x, y: point.y + rect.y })));
}

/**
 * @param {number} x0 @param {number} y0 the pixel under whose upper edge the loop begins, going right
 * @param {(x: number, y: number) => boolean} inside @param {(x: number, y: number) => void} passed
 * @returns {Point[]}
 */
function follow(x0, y0, inside, passed) {
  /** @type {Point[]} */
  const line = [];
  let [x, y, heading] = [x0, y0, 0];
  do {
    if (heading === 0) passed(x, y);
    x += STEPS[heading][0];
    y += STEPS[heading][1];
    const [left, right] = [AHEAD_LEFT[heading], AHEAD_RIGHT[heading]];
    let next = heading;
    if (inside(x + left[0], y + left[1]))
      next = (heading + 3) % 4; // corners connect
    else if (!inside(x + right[0], y + right[1])) next = (heading + 1) % 4;
    if (next !== heading) line.push({ x, y });
    heading = next;
  } while (x !== x0 || y !== y0 || heading !== 0);
  return line;
}
