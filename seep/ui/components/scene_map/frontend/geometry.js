/**
 * Squares of the pyramid of a scene, and its tiles; plain values in and out.
 *
 * @import { Point, Rect, Size, Square } from "../../shared/map_view.js"
 * @import { SceneTile } from "./types.js"
 */

import { SQUARE_PX } from "../../shared/map_view.js";

/**
 * The next coarser square, in which this one is a quarter; null above the last level.
 *
 * @param {Square} square
 * @param {number} levels
 * @returns {Square | null}
 */
export function parent(square, levels) {
  if (square.level + 1 >= levels) return null;
  return { level: square.level + 1, column: square.column >> 1, row: square.row >> 1 };
}

/**
 * The part of the scene that a square shows; at the right and lower edges less than a whole one.
 *
 * @param {Square} square
 * @param {Size} scene
 * @returns {Rect}
 */
export function rectOf(square, scene) {
  const side = SQUARE_PX * 2 ** square.level;
  const x = square.column * side;
  const y = square.row * side;
  return { x, y, width: Math.min(side, scene.width - x), height: Math.min(side, scene.height - y) };
}

/**
 * The part of each tile that is its own: windows that overlap share their overlap by halves.
 *
 * @param {readonly SceneTile[]} tiles
 * @returns {Map<number, Rect>} by tile id, in pixels of the scene
 */
export function ownParts(tiles) {
  /** @type {Map<number, Rect>} */
  const parts = new Map();
  for (const tile of tiles) {
    let [left, top, right, bottom] = [tile.x, tile.y, tile.x + tile.width, tile.y + tile.height];
    for (const other of tiles) {
      const across = Math.min(tile.x + tile.width, other.x + other.width) - Math.max(tile.x, other.x);
      const down = Math.min(tile.y + tile.height, other.y + other.height) - Math.max(tile.y, other.y);
      if (across <= 0 || down <= 0 || other === tile) continue;
      if (down > across && other.x > tile.x) right = Math.min(right, other.x + across / 2);
      if (down > across && other.x < tile.x) left = Math.max(left, tile.x + across / 2);
      if (across > down && other.y > tile.y) bottom = Math.min(bottom, other.y + down / 2);
      if (across > down && other.y < tile.y) top = Math.max(top, tile.y + down / 2);
    }
    parts.set(tile.id, { x: left, y: top, width: right - left, height: bottom - top });
  }
  return parts;
}

/**
 * The tile under a point; where windows overlap, the one whose own part it is.
 *
 * @param {readonly SceneTile[]} tiles
 * @param {ReadonlyMap<number, Rect>} parts as `ownParts` gives them
 * @param {Point} point of the scene
 * @returns {SceneTile | null}
 */
export function tileAt(tiles, parts, point) {
  for (const tile of tiles) {
    const part = parts.get(tile.id);
    if (!part || point.x < part.x || point.y < part.y) continue;
    if (point.x < part.x + part.width && point.y < part.y + part.height) return tile;
  }
  return null;
}
