/**
 * Where a scene lies on the screen, and which tiles of its pyramid are wanted; plain values in and out.
 *
 * @import { Point, Rect, SceneTile, Size, View } from "./types.js"
 *
 * @typedef {object} Square one picture of the pyramid
 * @property {number} level 0 is the scene's own pixels
 * @property {number} column
 * @property {number} row
 */

export const SQUARE_PX = 256;
const MARGIN_PX = 12;
const LARGEST_SCALE = 16;
const SEEN_PX = 64;

/**
 * The view that shows the whole scene.
 *
 * @param {Size} scene
 * @param {Size} screen CSS pixels
 * @returns {View}
 */
export function fit(scene, screen) {
  const room = {
    width: Math.max(1, screen.width - 2 * MARGIN_PX),
    height: Math.max(1, screen.height - 2 * MARGIN_PX),
  };
  const scale = Math.min(room.width / scene.width, room.height / scene.height, LARGEST_SCALE);
  return {
    scale,
    x: (screen.width - scene.width * scale) / 2,
    y: (screen.height - scene.height * scale) / 2,
  };
}

/**
 * Zoom so that the point under the pointer stays where it is; never smaller than half of what fits.
 *
 * @param {View} view
 * @param {number} factor
 * @param {Point} at on the screen
 * @param {Size} scene
 * @param {Size} screen
 * @returns {View}
 */
export function zoomAt(view, factor, at, scene, screen) {
  const least = fit(scene, screen).scale / 2;
  const scale = Math.min(Math.max(view.scale * factor, least), LARGEST_SCALE);
  const ratio = scale / view.scale;
  return keepInSight(
    { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio },
    scene,
    screen,
  );
}

/**
 * @param {View} view
 * @param {number} dx CSS pixels
 * @param {number} dy
 * @param {Size} scene
 * @param {Size} screen
 * @returns {View}
 */
export function pan(view, dx, dy, scene, screen) {
  return keepInSight({ scale: view.scale, x: view.x + dx, y: view.y + dy }, scene, screen);
}

/**
 * The same view with another point of the scene in the middle of the screen.
 *
 * @param {View} view
 * @param {Point} point of the scene
 * @param {Size} scene
 * @param {Size} screen
 * @returns {View}
 */
export function center(view, point, scene, screen) {
  const { scale } = view;
  return keepInSight(
    { scale, x: screen.width / 2 - point.x * scale, y: screen.height / 2 - point.y * scale },
    scene,
    screen,
  );
}

/**
 * A part of the scene always stays on the screen.
 *
 * @param {View} view
 * @param {Size} scene
 * @param {Size} screen
 * @returns {View}
 */
function keepInSight(view, scene, screen) {
  const x = Math.min(Math.max(view.x, SEEN_PX - scene.width * view.scale), screen.width - SEEN_PX);
  const y = Math.min(Math.max(view.y, SEEN_PX - scene.height * view.scale), screen.height - SEEN_PX);
  return { scale: view.scale, x, y };
}

/**
 * @param {View} view
 * @param {Point} at on the screen
 * @returns {Point} in pixels of the scene
 */
export function toScene(view, at) {
  return { x: (at.x - view.x) / view.scale, y: (at.y - view.y) / view.scale };
}

/**
 * The part of the scene that is on the screen.
 *
 * @param {View} view
 * @param {Size} scene
 * @param {Size} screen
 * @returns {Rect} may be empty
 */
export function visible(view, scene, screen) {
  const from = toScene(view, { x: 0, y: 0 });
  const to = toScene(view, { x: screen.width, y: screen.height });
  const x = Math.min(Math.max(from.x, 0), scene.width);
  const y = Math.min(Math.max(from.y, 0), scene.height);
  return { x, y, width: Math.min(to.x, scene.width) - x, height: Math.min(to.y, scene.height) - y };
}

/**
 * The coarsest level that still has a pixel for each of the screen's.
 *
 * @param {number} scale device pixels for a pixel of the scene
 * @param {number} levels
 */
export function levelFor(scale, levels) {
  const wanted = Math.floor(Math.log2(1 / scale) + 0.1); // 7 % too coarse is not seen, and fetches a quarter
  return Math.min(Math.max(wanted, 0), levels - 1);
}

/**
 * The squares of a level that are on the screen, the middle of it first.
 *
 * @param {View} view
 * @param {number} level
 * @param {Size} scene
 * @param {Size} screen
 * @returns {Square[]}
 */
export function squaresIn(view, level, scene, screen) {
  const part = visible(view, scene, screen);
  if (part.width <= 0 || part.height <= 0) return [];
  const side = SQUARE_PX * 2 ** level;
  const first = { column: Math.floor(part.x / side), row: Math.floor(part.y / side) };
  const last = { column: lastOf(part.x + part.width, side), row: lastOf(part.y + part.height, side) };
  const found = [];
  for (let row = first.row; row <= last.row; row += 1)
    for (let column = first.column; column <= last.column; column += 1) found.push({ level, column, row });
  const middle = { x: (part.x + part.width / 2) / side - 0.5, y: (part.y + part.height / 2) / side - 0.5 };
  const distance = (/** @type {Square} */ one) => Math.hypot(one.column - middle.x, one.row - middle.y);
  return found.sort((one, other) => distance(one) - distance(other));
}

/**
 * @param {number} end
 * @param {number} side
 */
function lastOf(end, side) {
  return Math.max(0, Math.ceil(end / side) - 1);
}

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

/** @param {Square} square @returns {string} */
export function keyOf(square) {
  return `${square.level}/${square.column}/${square.row}`;
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
