/**
 * Where an image lies on the screen, and which squares of its pyramid are on it; plain values in and out.
 *
 * @typedef {{x: number, y: number}} Point
 * @typedef {{width: number, height: number}} Size
 * @typedef {{x: number, y: number, width: number, height: number}} Rect
 * @typedef {readonly [left: number, top: number, right: number, bottom: number]} Bounds pixels of the image
 * @typedef {{scale: number, x: number, y: number}} View screen = image * scale + (x, y), in CSS pixels
 * @typedef {{level: number, column: number, row: number}} Square of the pyramid; level 0 has the image's own pixels
 */

export const SQUARE_PX = 256;
const MARGIN_PX = 16;
const LARGEST_SCALE = 16;
const SEEN_PX = 64;

/** @param {Size} size @returns {Bounds} of an image that begins at (0, 0) */
export function boundsOf({ width, height }) {
  return [0, 0, width, height];
}

/** The view that shows the whole image. @param {Bounds} bounds @param {Size} screen @returns {View} */
export function fit([left, top, right, bottom], screen) {
  const scale = Math.min(
    Math.max(1, screen.width - 2 * MARGIN_PX) / Math.max(1, right - left),
    Math.max(1, screen.height - 2 * MARGIN_PX) / Math.max(1, bottom - top),
    LARGEST_SCALE,
  );
  return {
    scale,
    x: (screen.width - (left + right) * scale) / 2,
    y: (screen.height - (top + bottom) * scale) / 2,
  };
}

/**
 * Zoom so that the point under the pointer stays where it is; never smaller than half of what fits.
 *
 * @param {View} view
 * @param {number} factor
 * @param {Point} at on the screen
 * @param {Bounds} bounds
 * @param {Size} screen
 * @returns {View}
 */
export function zoomAt(view, factor, at, bounds, screen) {
  const least = fit(bounds, screen).scale / 2;
  const scale = Math.min(Math.max(view.scale * factor, least), LARGEST_SCALE);
  const ratio = scale / view.scale;
  return keep(
    { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio },
    bounds,
    screen,
  );
}

/** @param {View} view @param {number} dx CSS pixels @param {number} dy @param {Bounds} bounds @param {Size} screen @returns {View} */
export function pan(view, dx, dy, bounds, screen) {
  return keep({ scale: view.scale, x: view.x + dx, y: view.y + dy }, bounds, screen);
}

/** The same view with another point of the image in the middle. @param {View} view @param {Point} point @param {Bounds} bounds @param {Size} screen @returns {View} */
export function center({ scale }, point, bounds, screen) {
  return keep(
    { scale, x: screen.width / 2 - point.x * scale, y: screen.height / 2 - point.y * scale },
    bounds,
    screen,
  );
}

/** A part of the image always stays on the screen. @param {View} view @param {Bounds} bounds @param {Size} screen @returns {View} */
export function keep({ scale, x, y }, [left, top, right, bottom], screen) {
  return {
    scale,
    x: Math.min(Math.max(x, SEEN_PX - right * scale), screen.width - SEEN_PX - left * scale),
    y: Math.min(Math.max(y, SEEN_PX - bottom * scale), screen.height - SEEN_PX - top * scale),
  };
}

/** @param {View} view @param {Point} at on the screen @returns {Point} of the image */
export function toImage(view, at) {
  return { x: (at.x - view.x) / view.scale, y: (at.y - view.y) / view.scale };
}

/** @param {View} view @param {Point} point of the image @returns {Point} on the screen */
export function toScreen(view, point) {
  return { x: point.x * view.scale + view.x, y: point.y * view.scale + view.y };
}

/** The part of the image that is on the screen. @param {View} view @param {Bounds} bounds @param {Size} screen @returns {Rect} may be empty */
export function visible(view, [left, top, right, bottom], screen) {
  const from = toImage(view, { x: 0, y: 0 });
  const to = toImage(view, { x: screen.width, y: screen.height });
  const x = Math.min(Math.max(from.x, left), right);
  const y = Math.min(Math.max(from.y, top), bottom);
  return { x, y, width: Math.min(to.x, right) - x, height: Math.min(to.y, bottom) - y };
}

/**
 * The coarsest level that still has a pixel for each of the screen's.
 *
 * @param {number} scale device pixels per pixel of the image
 * @param {number} levels
 * @param {number} slack how much coarser a level may be, in levels: 0.1 is not seen, and fetches a quarter
 */
export function levelFor(scale, levels, slack = 0.1) {
  return Math.min(Math.max(Math.floor(Math.log2(1 / scale) + slack), 0), levels - 1);
}

/**
 * The squares of a level that are on the screen, the middle of it first.
 *
 * @param {View} view
 * @param {number} level
 * @param {Bounds} bounds
 * @param {Size} screen
 * @returns {Square[]}
 */
export function squaresIn(view, level, bounds, screen) {
  const part = visible(view, bounds, screen);
  const side = SQUARE_PX * 2 ** level;
  const found = [];
  if (part.width > 0 && part.height > 0)
    for (let row = Math.floor(part.y / side); row * side < part.y + part.height; row += 1)
      for (let column = Math.floor(part.x / side); column * side < part.x + part.width; column += 1)
        found.push({ level, column, row });
  const middle = { x: (part.x + part.width / 2) / side - 0.5, y: (part.y + part.height / 2) / side - 0.5 };
  const distance = (/** @type {Square} */ one) => Math.hypot(one.column - middle.x, one.row - middle.y);
  return found.sort((one, other) => distance(one) - distance(other));
}

/** @param {Square} square @returns {string} */
export function keyOf(square) {
  return `${square.level}/${square.column}/${square.row}`;
}
