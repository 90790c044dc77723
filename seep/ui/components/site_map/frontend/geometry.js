/**
 * Rings of sites and squares of the background; plain values in and out.
 *
 * @import { Point, Size, View } from "../../shared/map_view.js"
 * @import { PlaceDocument, SiteRow } from "./types.js"
 */

import { levelFor, squaresIn, toScreen } from "../../shared/map_view.js";

const LEVELS = 9;

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
 */
export function squares(view, bounds, screen, ratio) {
  return squaresIn(view, levelFor(view.scale * ratio, LEVELS, 0.4), bounds, screen);
}
