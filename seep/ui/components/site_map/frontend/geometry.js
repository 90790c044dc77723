/**
 * Views of a place; plain values in and out.
 *
 * @import { PlaceDocument, Point, SiteRow, Size, View } from "./types.js"
 */

const MARGIN_PX = 16;
const LARGEST_SCALE = 16;
const SEEN_PX = 64;

/** @param {PlaceDocument["bounds"]} bounds @param {Size} screen @returns {View} the view that shows the whole place */
export function fit([left, top, right, bottom], screen) {
  const width = Math.max(1, right - left);
  const height = Math.max(1, bottom - top);
  const scale = Math.min(
    Math.max(1, screen.width - 2 * MARGIN_PX) / width,
    Math.max(1, screen.height - 2 * MARGIN_PX) / height,
  );
  return {
    scale,
    x: (screen.width - width * scale) / 2 - left * scale,
    y: (screen.height - height * scale) / 2 - top * scale,
  };
}

/** @param {View} view @param {number} factor @param {Point} at @param {PlaceDocument["bounds"]} bounds @param {Size} screen @returns {View} */
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

/** A part of the place always stays on the screen. @param {View} view @param {PlaceDocument["bounds"]} bounds @param {Size} screen @returns {View} */
export function keep({ scale, x, y }, [left, top, right, bottom], screen) {
  return {
    scale,
    x: Math.min(Math.max(x, SEEN_PX - right * scale), screen.width - SEEN_PX - left * scale),
    y: Math.min(Math.max(y, SEEN_PX - bottom * scale), screen.height - SEEN_PX - top * scale),
  };
}

/** @param {View} view @param {Point} at on the screen @returns {Point} of the place */
export function toPlace(view, at) {
  return { x: (at.x - view.x) / view.scale, y: (at.y - view.y) / view.scale };
}

/** @param {View} view @param {Point} point of the place @returns {Point} on the screen */
export function toScreen(view, point) {
  return { x: point.x * view.scale + view.x, y: point.y * view.scale + view.y };
}

/** @param {SiteRow} site @returns {number} radius of its ring on the screen, larger with n */
export function ringRadius(site) {
  return 6 + 2 * Math.sqrt(site.n);
}

/**
 * Sites whose ring has room for a number: those of more passes win.
 *
 * @param {readonly SiteRow[]} sites @param {View} view @param {ReadonlySet<number>} selected always have one
 * @returns {Set<number>} numbers of sites
 */
export function numbered(sites, view, selected) {
  /** @type {{x: number, y: number, radius: number}[]} */
  const taken = [];
  const found = new Set();
  const rank = (/** @type {SiteRow} */ site) => (selected.has(site.number) ? Infinity : site.n);
  for (const site of [...sites].sort((one, other) => rank(other) - rank(one) || one.number - other.number)) {
    const spot = { ...toScreen(view, site), radius: ringRadius(site) };
    if (
      !selected.has(site.number) &&
      taken.some((one) => Math.hypot(one.x - spot.x, one.y - spot.y) < one.radius + spot.radius)
    )
      continue;
    taken.push(spot);
    found.add(site.number);
  }
  return found;
}

/** @param {readonly SiteRow[]} sites @param {View} view @param {Point} at on the screen @returns {SiteRow | null} the nearest ring */
export function siteAt(sites, view, at) {
  let best = null;
  let least = Infinity;
  for (const site of sites) {
    const spot = toScreen(view, site);
    const distance = Math.hypot(spot.x - at.x, spot.y - at.y);
    if (distance <= ringRadius(site) + 3 && distance < least) [best, least] = [site, distance];
  }
  return best;
}

/**
 * Squares of the background on the screen, the middle first.
 *
 * @param {View} view @param {PlaceDocument["bounds"]} bounds @param {Size} screen @param {number} ratio device pixels per CSS pixel
 * @returns {{level: number, column: number, row: number}[]}
 */
export function squares(view, [left, top, right, bottom], screen, ratio) {
  const level = Math.min(Math.max(Math.floor(Math.log2(1 / (view.scale * ratio)) + 0.4), 0), 8);
  const side = 256 * 2 ** level;
  const from = toPlace(view, { x: 0, y: 0 });
  const to = toPlace(view, { x: screen.width, y: screen.height });
  const found = [];
  for (let row = Math.floor(Math.max(from.y, top) / side); row * side < Math.min(to.y, bottom); row += 1)
    for (
      let column = Math.floor(Math.max(from.x, left) / side);
      column * side < Math.min(to.x, right);
      column += 1
    )
      found.push({ level, column, row });
  const middle = { x: (from.x + to.x) / 2 / side - 0.5, y: (from.y + to.y) / 2 / side - 0.5 };
  const far = (/** @type {{column: number, row: number}} */ one) =>
    Math.hypot(one.column - middle.x, one.row - middle.y);
  return found.sort((one, other) => far(one) - far(other));
}
