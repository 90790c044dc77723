/**
 * Where cells lie: pure arithmetic on a grid of equal cells, in CSS pixels from the grid's upper left corner.
 *
 * @typedef {object} Layout
 * @property {number} columns
 * @property {number} count cells in all
 * @property {number} stepX from one cell's left edge to the next one's
 * @property {number} stepY
 * @property {number} cellWidth
 * @property {number} cellHeight
 * @property {number} pictureSize side of a picture
 *
 * @typedef {object} Rectangle
 * @property {number} left
 * @property {number} top
 * @property {number} right
 * @property {number} bottom
 */

export const GAP_PX = 8;
export const CAPTION_PX = 44;
const BORDER_PX = 2;

/**
 * Lay out `count` cells in a grid of a width: as many columns as fit, at least one, and the rest of the width
 * shared among the pictures.
 *
 * @param {number} width
 * @param {number} count
 * @param {number} sizePx least side of a picture
 * @returns {Layout}
 */
export function layOut(width, count, sizePx) {
  const leastStep = sizePx + 2 * BORDER_PX + GAP_PX;
  const columns = Math.max(1, Math.floor((width + GAP_PX) / leastStep));
  const stepX = Math.max(leastStep, Math.floor((width + GAP_PX) / columns));
  const cellWidth = stepX - GAP_PX;
  const pictureSize = cellWidth - 2 * BORDER_PX;
  const cellHeight = cellWidth + CAPTION_PX;
  return { columns, count, stepX, stepY: cellHeight + GAP_PX, cellWidth, cellHeight, pictureSize };
}

/**
 * Make a rectangle from any two opposite corners.
 *
 * @param {{x: number, y: number}} a
 * @param {{x: number, y: number}} b
 * @returns {Rectangle}
 */
export function rectangle(a, b) {
  return {
    left: Math.min(a.x, b.x),
    top: Math.min(a.y, b.y),
    right: Math.max(a.x, b.x),
    bottom: Math.max(a.y, b.y),
  };
}

/**
 * Indices of the cells that a rectangle touches, in order. The gaps between cells belong to none.
 *
 * @param {Layout} layout
 * @param {Rectangle} area
 * @returns {number[]}
 */
export function touched(layout, area) {
  const columns = span(area.left, area.right, layout.stepX, layout.cellWidth, layout.columns);
  const rows = span(area.top, area.bottom, layout.stepY, layout.cellHeight, rowCount(layout));
  const found = [];
  for (let row = rows.first; row <= rows.last; row += 1) {
    for (let column = columns.first; column <= columns.last; column += 1) {
      const index = row * layout.columns + column;
      if (index < layout.count) found.push(index);
    }
  }
  return found;
}

/**
 * @param {Layout} layout
 * @returns {number}
 */
export function rowCount(layout) {
  return Math.ceil(layout.count / layout.columns);
}

/**
 * Which of `count` slots an interval touches; empty (first > last) if it lies within one gap.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} step
 * @param {number} size
 * @param {number} count
 */
function span(low, high, step, size, count) {
  const first = Math.floor(low / step) + (low - Math.floor(low / step) * step >= size ? 1 : 0);
  return { first: Math.max(0, first), last: Math.min(count - 1, Math.floor(high / step)) };
}

/**
 * Where a key moves to from a cell; null if the key does not move.
 *
 * @param {Layout} layout
 * @param {number} index
 * @param {string} key as in KeyboardEvent.key
 * @param {number} pageRows rows that fit the window
 * @returns {number | null}
 */
export function moved(layout, index, key, pageRows) {
  /** @type {Record<string, number>} */
  const steps = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -layout.columns,
    ArrowDown: layout.columns,
    PageUp: -layout.columns * Math.max(1, pageRows),
    PageDown: layout.columns * Math.max(1, pageRows),
  };
  const last = layout.count - 1;
  if (last < 0) return null;
  if (key === "Home") return 0;
  if (key === "End") return last;
  const step = steps[key];
  if (step === undefined) return null;
  const target = index + step;
  if (target >= 0 && target <= last) return target;
  if (Math.abs(step) === 1 || key === "ArrowUp") return index;
  if (key === "ArrowDown") return onLastRow(layout, index) ? index : last;
  return target < 0 ? index % layout.columns : last;
}

/**
 * @param {Layout} layout
 * @param {number} index
 */
function onLastRow(layout, index) {
  return Math.floor(index / layout.columns) === rowCount(layout) - 1;
}
