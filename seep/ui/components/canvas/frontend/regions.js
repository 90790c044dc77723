/** Areas of a mask: the polygon's inside, slicks as objects. */

/** @typedef {import("./types.js").Rect} Rect */
/** @typedef {import("./types.js").Point} Point */
/** @typedef {{classId: number, areaPx: number, x: number, y: number, width: number, height: number}} Slick */

/**
 * The inside of a closed polygon by the even-odd rule on pixel centers.
 * @param {Point[]} points
 * @param {number} width @param {number} height of the image; what lies outside is cut off
 * @returns {import("./types.js").Cells | null} null where the polygon holds no pixel's row or column
 */
export function polygonCells(points, width, height) {
  if (points.length < 3) return null;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const [x0, y0] = [Math.max(Math.floor(left), 0), Math.max(Math.floor(top), 0)];
  const rect = {
    x: x0,
    y: y0,
    width: Math.min(Math.ceil(right), width) - x0,
    height: Math.min(Math.ceil(bottom), height) - y0,
  };
  if (rect.width <= 0 || rect.height <= 0) return null;
  const bits = new Uint8Array(rect.width * rect.height);
  cutsOf(points, y0, rect.height).forEach((cuts, row) => {
    cuts.sort((a, b) => a - b);
    for (let i = 0; i + 1 < cuts.length; i += 2) {
      const first = Math.max(Math.ceil(cuts[i] - 0.5) - x0, 0);
      const end = Math.min(Math.ceil(cuts[i + 1] - 0.5) - x0, rect.width);
      if (first < end) bits.fill(1, row * rect.width + first, row * rect.width + end);
    }
  });
  return { rect, bits };
}

/**
 * Where an outline crosses the middle lines of rows; side by side, since looking at all sides for each row takes 50 ms
 * where a lasso of thousands of points goes around a large tile.
 * @param {Point[]} points @param {number} y0 first row @param {number} rows
 * @returns {number[][]} the x of the crossings, by row
 */
function cutsOf(points, y0, rows) {
  const cuts = Array.from({ length: rows }, () => /** @type {number[]} */ ([]));
  for (let i = 0, j = points.length - 1; i < points.length; j = i, i += 1) {
    const [a, b] = [points[j], points[i]];
    const first = Math.max(Math.ceil(Math.min(a.y, b.y) - 0.5), y0);
    const end = Math.min(Math.ceil(Math.max(a.y, b.y) - 0.5), y0 + rows);
    for (let row = first; row < end; row += 1) {
      cuts[row - y0].push(a.x + ((row + 0.5 - a.y) / (b.y - a.y)) * (b.x - a.x));
    }
  }
  return cuts;
}

/**
 * The runs of seep in each row, joined to slicks through a forest: a pixel is looked at once, which takes
 * 10 ms at 2048 px where a flood from pixel to pixel takes a second.
 * @typedef {{value: number, row: number, start: number, end: number, parent: number}} Run
 */

/** @param {Run[]} runs @param {number} index @returns {number} the root of its tree */
function rootOf(runs, index) {
  let root = index;
  while (runs[root].parent !== root) root = runs[root].parent;
  for (let at = index; at !== root; ) {
    const { parent } = runs[at];
    runs[at].parent = root;
    at = parent;
  }
  return root;
}

/**
 * @param {Uint8Array} mask @param {number} width @param {number} height
 * @returns {Run[]} row by row, joined to those of the row above that touch them, corners included
 */
function joinedRuns(mask, width, height) {
  /** @type {Run[]} */
  const runs = [];
  let above = 0; // first run of the row above
  for (let row = 0; row < height; row += 1) {
    const first = runs.length;
    let other = above;
    const base = row * width;
    for (let x = 0; x < width; ) {
      const value = mask[base + x];
      const start = x;
      x += 1;
      if (value === 0 || value === 255) continue;
      while (x < width && mask[base + x] === value) x += 1;
      const index = runs.push({ value, row, start, end: x, parent: runs.length }) - 1;
      while (other < first && runs[other].end < start) other += 1;
      for (let i = other; i < first && runs[i].start <= x; i += 1) {
        if (runs[i].value === value) runs[rootOf(runs, i)].parent = rootOf(runs, index);
      }
    }
    above = first;
  }
  return runs;
}

/** @typedef {Slick & {runs: Run[]}} Component A slick with its pixels, row by row. */

/**
 * The connected components of each seep class with their pixels, 8-connected, greatest first.
 * @param {Uint8Array} mask @param {number} width @param {number} height
 * @returns {Component[]} background and unsure pixels are in none
 */
export function components(mask, width, height) {
  const runs = joinedRuns(mask, width, height);
  /** @type {Map<number, Component>} */
  const found = new Map();
  runs.forEach((run, index) => {
    const root = rootOf(runs, index);
    let one = found.get(root);
    if (!one) {
      one = { classId: run.value, areaPx: 0, x: run.start, y: run.row, width: 0, height: 0, runs: [] };
      found.set(root, one);
    }
    const right = Math.max(one.x + one.width, run.end);
    one.x = Math.min(one.x, run.start);
    one.width = right - one.x;
    one.height = run.row + 1 - one.y;
    one.areaPx += run.end - run.start;
    one.runs.push(run);
  });
  return [...found.values()].sort((a, b) => b.areaPx - a.areaPx);
}

/**
 * The connected components of each seep class, 8-connected, greatest first.
 * @param {Uint8Array} mask @param {number} width @param {number} height
 * @returns {Slick[]} background and unsure pixels are no slicks
 */
export function slicks(mask, width, height) {
  return components(mask, width, height).map(({ runs: _, ...slick }) => slick);
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
