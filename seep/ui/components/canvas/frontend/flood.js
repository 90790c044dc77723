/** The pixels that can be reached from one of them. */

/** @typedef {import("./types.js").Rect} Rect */
/** @typedef {import("./types.js").Cells} Cells */
/**
 * @typedef {object} Bounds What ends a flood before it has reached everything.
 * @property {number} [limit] more pixels than this
 * @property {number} [border] coming as near as this to the far edges, or to the near ones at all; for squares of
 *   this side, named by their first corner
 * @property {(row: number) => void} [prepare] told of a row before its values are looked at
 */

/** Zero between floods: a new one each time would be 4 MB a frame while the wand is dragged at 2048 px. */
let scratch = new Uint8Array(0);

/**
 * The pixels of one value connected to one of them; corners do not connect, or a fill would leak through an outline.
 * Goes by runs of a row, which is several times faster than going by pixels.
 * @param {Uint8Array} values @param {number} value
 * @param {number} width @param {number} height
 * @param {number} start index of a pixel of this value
 * @param {Bounds} [bounds]
 * @returns {Cells | null} null where a bound was met
 */
export function flood(values, value, width, height, start, bounds = {}) {
  if (scratch.length < width * height) scratch = new Uint8Array(width * height);
  const seen = scratch;
  const rect = reach(seen, values, value, width, height, start, bounds);
  const { x, y, right, bottom, whole } = rect;
  const found = { x, y, width: right - x + 1, height: bottom - y + 1 };
  const cells = whole ? { rect: found, bits: cut(seen, width, found) } : null;
  seen.fill(0, y * width, (bottom + 1) * width);
  return cells;
}

/**
 * @param {Uint8Array} seen pixels that were reached are set @param {Uint8Array} values @param {number} value
 * @param {number} width @param {number} height @param {number} start @param {Bounds} bounds
 */
function reach(seen, values, value, width, height, start, { limit = Infinity, border = -1, prepare }) {
  const stack = [start];
  let [x, y, right, bottom, count] = [width, height, -1, -1, 0];
  prepare?.(Math.floor(start / width));
  while (stack.length) {
    const at = /** @type {number} */ (stack.pop());
    if (seen[at]) continue;
    const row = Math.floor(at / width);
    const first = row * width;
    let from = at;
    let to = at;
    while (from > first && values[from - 1] === value) from -= 1;
    while (to < first + width - 1 && values[to + 1] === value) to += 1;
    seen.fill(1, from, to + 1);
    count += to - from + 1;
    x = Math.min(x, from - first);
    right = Math.max(right, to - first);
    y = Math.min(y, row);
    bottom = Math.max(bottom, row);
    const out = x === 0 || y === 0 || right + border >= width || bottom + border >= height;
    if (count > limit || (border > 0 && out)) return { x, y, right, bottom, whole: false };
    for (const next of [row - 1, row + 1]) {
      if (next < 0 || next >= height) continue;
      prepare?.(next);
      pushRuns(stack, seen, values, value, from + (next - row) * width, to + (next - row) * width);
    }
  }
  return { x, y, right, bottom, whole: true };
}

/**
 * Push the first pixel of each run within a part of a row.
 * @param {number[]} stack @param {Uint8Array} seen @param {Uint8Array} values @param {number} value
 * @param {number} from @param {number} to
 */
function pushRuns(stack, seen, values, value, from, to) {
  let open = false;
  for (let i = from; i <= to; i += 1) {
    const free = values[i] === value && seen[i] === 0;
    if (free && !open) stack.push(i);
    open = free;
  }
}

/** @param {Uint8Array} bits of a whole image @param {number} width @param {Rect} rect @returns {Uint8Array} its part */
export function cut(bits, width, rect) {
  const part = new Uint8Array(rect.width * rect.height);
  for (let row = 0; row < rect.height; row += 1) {
    const from = (rect.y + row) * width + rect.x;
    part.set(bits.subarray(from, from + rect.width), row * rect.width);
  }
  return part;
}
