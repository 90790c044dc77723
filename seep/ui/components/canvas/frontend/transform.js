/** Where the image lies on the screen; plain values in, plain values out. */

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Rect} Rect */
/** @typedef {{width: number, height: number}} Size */

export const LARGEST_SCALE = 64;

export const HEADER_PX = 40; // the header line lies over the canvas; a fitted tile stays below it

export const LARGEST_FITTED_SCALE = 4; // a small tile stays small, so that its surroundings show; a tiny slick too

/**
 * The view that shows the whole image, centered below the header line; a small image at `LARGEST_FITTED_SCALE`.
 * @param {Size} image @param {Size} screen CSS px @param {number} [margin] least room on each side, CSS px
 * @returns {View}
 */
export function fit(image, screen, margin = 24) {
  const room = { width: screen.width - 2 * margin, height: screen.height - HEADER_PX - 2 * margin };
  const scale = Math.max(
    Math.min(room.width / image.width, room.height / image.height, LARGEST_FITTED_SCALE),
    0.01,
  );
  return centered(screen, scale, { x: image.width / 2, y: image.height / 2 });
}

/** @param {Size} screen @param {number} scale @param {Point} middle @returns {View} */
function centered(screen, scale, middle) {
  const y = (screen.height + HEADER_PX) / 2 - middle.y * scale;
  return { scale, x: screen.width / 2 - middle.x * scale, y };
}

/**
 * The view that shows a rectangle with room around it; no nearer than `LARGEST_FITTED_SCALE`.
 * @param {Rect} rect @param {Size} image @param {Size} screen @returns {View}
 */
export function focus(rect, image, screen) {
  const room = 1.6;
  const scale = Math.min(
    screen.width / (rect.width * room),
    screen.height / (rect.height * room),
    LARGEST_FITTED_SCALE,
  );
  const least = fit(image, screen).scale;
  const middle = { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
  return centered(screen, Math.max(scale, least), middle);
}

/**
 * Zoom so that the point under the pointer stays where it is.
 * @param {View} view @param {number} factor @param {Point} at on the screen
 * @param {Size} image @param {Size} screen
 * @returns {View}
 */
export function zoomAt(view, factor, at, image, screen) {
  const least = Math.min(fit(image, screen).scale * 0.5, 1);
  const scale = Math.min(Math.max(view.scale * factor, least), LARGEST_SCALE);
  const ratio = scale / view.scale;
  return keepInSight(
    { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio },
    image,
    screen,
  );
}

/**
 * Move the image by screen pixels.
 * @param {View} view @param {number} dx @param {number} dy @param {Size} image @param {Size} screen
 * @returns {View}
 */
export function pan(view, dx, dy, image, screen) {
  return keepInSight({ scale: view.scale, x: view.x + dx, y: view.y + dy }, image, screen);
}

/** A part of the image always stays on the screen. @param {View} view @param {Size} image @param {Size} screen @returns {View} */
function keepInSight(view, image, screen) {
  const seen = 48;
  const x = Math.min(Math.max(view.x, seen - image.width * view.scale), screen.width - seen);
  const y = Math.min(Math.max(view.y, seen - image.height * view.scale), screen.height - seen);
  return { scale: view.scale, x, y };
}

/** @param {View} view @param {number} x @param {number} y on the screen @returns {Point} in the image */
export function toImage(view, x, y) {
  return { x: (x - view.x) / view.scale, y: (y - view.y) / view.scale };
}

/**
 * The whole pixels of the image that are on the screen.
 * @param {View} view @param {Size} image @param {Size} screen @returns {Rect} may be empty (width or height 0)
 */
export function visible(view, image, screen) {
  const from = toImage(view, 0, 0);
  const to = toImage(view, screen.width, screen.height);
  const x = Math.min(Math.max(Math.floor(from.x), 0), image.width);
  const y = Math.min(Math.max(Math.floor(from.y), 0), image.height);
  const right = Math.min(Math.max(Math.ceil(to.x), 0), image.width);
  const bottom = Math.min(Math.max(Math.ceil(to.y), 0), image.height);
  return { x, y, width: Math.max(right - x, 0), height: Math.max(bottom - y, 0) };
}
