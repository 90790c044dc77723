/**
 * The brush: which pixels a round brush covers on its way from one point to another.
 *
 * Class-exact: a pixel is painted when its center lies within the brush's radius of the way, and no pixel is
 * painted in part. 2D-canvas strokes were rejected: they are antialiased, so their edges are no class.
 */

const EDGE = 1e-9; // rounding must not lose a pixel whose center lies on the circle

/** @typedef {import("./types.js").Rect} Rect */
/** @typedef {import("./types.js").Point} Point */

/**
 * Put the brush's center where its outline is symmetric: a pixel's center for odd sizes, a corner for even.
 * @param {Point} point @param {number} size diameter in px @returns {Point}
 */
export function snap(point, size) {
  if (size % 2) return { x: Math.floor(point.x) + 0.5, y: Math.floor(point.y) + 0.5 };
  return { x: Math.round(point.x), y: Math.round(point.y) };
}

/**
 * The x for which low <= slope * x + offset <= high.
 * @param {number} slope @param {number} offset @param {number} low @param {number} high
 * @returns {[number, number]} empty where the first is greater
 */
function solve(slope, offset, low, high) {
  if (Math.abs(slope) < 1e-12) {
    return offset >= low - EDGE && offset <= high + EDGE ? [-Infinity, Infinity] : [1, 0];
  }
  const a = (low - offset) / slope;
  const b = (high - offset) / slope;
  return a < b ? [a, b] : [b, a];
}

/**
 * The interval of x where a row crosses the brush's way (convex, so one interval).
 * @param {Point} from @param {Point} to @param {number} radius @param {number} y
 * @returns {[number, number]} empty where the first is greater
 */
function crossing(from, to, radius, y) {
  let left = Infinity;
  let right = -Infinity;
  for (const end of [from, to]) {
    const rest = radius * radius - (y - end.y) ** 2;
    if (rest < -EDGE) continue;
    const half = Math.sqrt(Math.max(rest, 0));
    left = Math.min(left, end.x - half);
    right = Math.max(right, end.x + half);
  }
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.hypot(dx, dy);
  if (length > 0) {
    const along = solve(dx, (y - from.y) * dy - from.x * dx, 0, length * length);
    const across = solve(dy, -from.x * dy - (y - from.y) * dx, -radius * length, radius * length);
    const a = Math.max(along[0], across[0]);
    const b = Math.min(along[1], across[1]);
    if (a <= b) {
      left = Math.min(left, a);
      right = Math.max(right, b);
    }
  }
  return [left, right];
}

/** @typedef {(x: number, y: number) => boolean} Allowed */

/**
 * Paint a round brush along a segment.
 * @param {Uint8Array} mask changed in place
 * @param {number} width @param {number} height of the mask
 * @param {Point} start @param {Point} end image coordinates, may lie outside
 * @param {number} size diameter in px, 1 to 200
 * @param {number} value class id
 * @param {(x0: number, y0: number, x1: number, y1: number) => void} touch told before pixels change
 * @param {Allowed | null} [allowed] which pixels may change; all if not given
 * @returns {Rect | null} what may have changed
 */
export function paintSegment(mask, width, height, start, end, size, value, touch, allowed = null) {
  const from = snap(start, size);
  const to = snap(end, size);
  const radius = size / 2;
  const x0 = Math.max(Math.floor(Math.min(from.x, to.x) - radius), 0);
  const y0 = Math.max(Math.floor(Math.min(from.y, to.y) - radius), 0);
  const x1 = Math.min(Math.ceil(Math.max(from.x, to.x) + radius), width) - 1;
  const y1 = Math.min(Math.ceil(Math.max(from.y, to.y) + radius), height) - 1;
  if (x1 < x0 || y1 < y0) return null;
  touch(x0, y0, x1, y1);
  for (let y = y0; y <= y1; y += 1) {
    const [left, right] = crossing(from, to, radius, y + 0.5);
    const first = Math.max(Math.ceil(left - 0.5 - EDGE), 0);
    const last = Math.min(Math.floor(right - 0.5 + EDGE), width - 1);
    if (first > last) continue;
    if (!allowed) mask.fill(value, y * width + first, y * width + last + 1);
    else for (let x = first; x <= last; x += 1) if (allowed(x, y)) mask[y * width + x] = value;
  }
  return { x: x0, y: y0, width: x1 - x0 + 1, height: y1 - y0 + 1 };
}
