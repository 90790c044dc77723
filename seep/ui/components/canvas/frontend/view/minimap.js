/** Where the view lies in the whole tile; plain values in, plain values out. */

/** @typedef {import("../types.js").View} View */
/** @typedef {import("../types.js").Point} Point */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {{width: number, height: number, scale: number, seen: {x: number, y: number, width: number, height: number}}} Place Size of the map and the part that is seen, in CSS px of the map. */

export const MINIMAP_PX = 144;

/**
 * @param {View} view @param {Size} image @param {Size} screen CSS px
 * @returns {Place | null} null while the whole tile is seen
 */
export function placeOf(view, image, screen) {
  const left = Math.max(-view.x / view.scale, 0);
  const top = Math.max(-view.y / view.scale, 0);
  const right = Math.min((screen.width - view.x) / view.scale, image.width);
  const bottom = Math.min((screen.height - view.y) / view.scale, image.height);
  if (left <= 0 && top <= 0 && right >= image.width && bottom >= image.height) return null;
  const scale = MINIMAP_PX / Math.max(image.width, image.height);
  const seen = {
    x: left * scale,
    y: top * scale,
    width: (right - left) * scale,
    height: (bottom - top) * scale,
  };
  return { width: image.width * scale, height: image.height * scale, scale, seen };
}

/**
 * The view with a place of the map in its middle.
 * @param {View} view @param {Point} at CSS px of the map @param {number} scale of the map @param {Size} screen
 * @returns {View}
 */
export function movedTo(view, at, scale, screen) {
  const middle = { x: at.x / scale, y: at.y / scale };
  return {
    scale: view.scale,
    x: screen.width / 2 - middle.x * view.scale,
    y: screen.height / 2 - middle.y * view.scale,
  };
}
