/**
 * Where the tree's lines and dots lie, in pixels from the top left of the first row.
 *
 * @import { Version } from "./types.js"
 */

export const ROW_PX = 32;
export const LANE_PX = 16;
const LEFT_PX = 14;
const BEND_PX = 8;

/**
 * @param {number} lane
 * @param {number} row
 * @returns {{x: number, y: number}} the middle of a dot
 */
export function dot(lane, row) {
  return { x: LEFT_PX + lane * LANE_PX, y: (row + 0.5) * ROW_PX };
}

/**
 * The line from a parent down to its child: straight below each other, else down the parent's lane and
 * around a bend.
 *
 * @param {Version[]} rows
 * @param {number} row of the child
 * @returns {string} SVG path data, "" for a root
 */
export function branch(rows, row) {
  const child = rows[row];
  if (!child || child.parent === null) return "";
  const from = dot(rows[child.parent]?.lane ?? 0, child.parent);
  const to = dot(child.lane, row);
  if (from.x === to.x) return `M${from.x} ${from.y}V${to.y}`;
  return `M${from.x} ${from.y}V${to.y - BEND_PX}Q${from.x} ${to.y} ${from.x + BEND_PX} ${to.y}H${to.x}`;
}

/**
 * @param {Version[]} rows
 * @returns {number} how wide the tree is
 */
export function treeWidth(rows) {
  return 2 * LEFT_PX + Math.max(0, ...rows.map((row) => row.lane)) * LANE_PX;
}
