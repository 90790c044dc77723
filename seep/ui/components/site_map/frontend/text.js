/**
 * Values of a site as text.
 *
 * @import { Point } from "../../shared/map_view.js"
 * @import { Change, PlaceDocument, SiteRow } from "./types.js"
 */

import { decimal, integer, pixelText } from "../../shared/format.js";
import { groundBetween, groundText } from "../../shared/ground.js";

const DASH = "–";

/** @param {string | null} seen ISO time or name of a scene @returns {string} */
export function seenText(seen) {
  if (!seen) return DASH;
  return /^\d{4}-\d\d-\d\dT/.test(seen) ? seen.slice(0, 10) : seen;
}

/** @param {SiteRow} site @returns {string} a dash for a site that no pass covers */
export function rateText(site) {
  if (!site.m) return DASH;
  return `${decimal(site.rate, 2)} (${decimal(site.rate_low, 2)}${DASH}${decimal(site.rate_high, 2)})`;
}

const WIDEST_SPREAD_DEG = 60; // directions that differ more have no mean worth a figure

/** @param {SiteRow} site @returns {string} a dash for fewer than two slicks, or for slicks in all directions */
export function driftText(site) {
  if (site.drift_deg === null || site.n < 2 || (site.drift_spread_deg ?? 0) > WIDEST_SPREAD_DEG) return DASH;
  const spread = site.drift_spread_deg === null ? "" : ` ± ${integer(site.drift_spread_deg)}°`;
  return `${integer(site.drift_deg) === "360" ? "0" : integer(site.drift_deg)}°${spread}`;
}

/** @param {Pick<SiteRow, "score">} site @returns {string} "B 0.52", a dash without a known term */
export function scoreText({ score }) {
  return score.value === null ? DASH : `${score.letter} ${decimal(score.value, 2)}`;
}

/** @param {Pick<SiteRow, "score">} site @returns {string} the score with its terms and their weights */
export function termsText({ score }) {
  const terms = score.terms
    .filter(([, , weight]) => weight > 0)
    .map(([name, value, weight]) => `${name} ${value === null ? "unknown" : decimal(value, 2)} × ${weight}`);
  return `Score ${scoreText({ score })}: ${terms.join(", ")}`;
}

/** @param {SiteRow} site */
export function areaText(site) {
  if (site.area_km2 !== null) return `${site.area_km2.toPrecision(2)} km²`;
  return site.area_px === null ? DASH : pixelText(site.area_px);
}

/** @param {SiteRow} site */
export function lengthText(site) {
  if (site.length_km !== null) return `${decimal(site.length_km, 1)} km`;
  return site.length_px === null ? DASH : pixelText(site.length_px);
}

/** @param {Pick<SiteRow, "water">} site @returns {string[]} depth of the water, and how far the vent may be; empty without bathymetry */
export function waterTexts({ water }) {
  if (!water) return [];
  return [
    `Water ${integer(water.depth_m)} m deep, vent within ${decimal(water.search_radius_m / 1000, 1)} km`,
  ];
}

/** @param {Pick<SiteRow, "paths">} site @returns {string} "3 of 4" slicks whose path back agrees; a dash without a clear drift */
export function pathsText({ paths }) {
  return paths?.known ? `${paths.agree} of ${paths.known}` : DASH;
}

/** @param {SiteRow} site */
export function positionText(site) {
  if (site.latitude === null || site.longitude === null)
    return `x ${integer(site.x)}, y ${integer(site.y)} px`;
  return groundText(site.longitude, site.latitude);
}

/**
 * @param {Pick<PlaceDocument, "bounds" | "corners">} place @param {Point} point of the place
 * @returns {string} longitude and latitude where the place has a georeference, else pixels
 */
export function pointText(place, point) {
  const [left, top, right, bottom] = place.bounds;
  const ground = groundBetween(
    place.corners,
    (point.x - left) / (right - left),
    (point.y - top) / (bottom - top),
  );
  return ground || `x ${integer(point.x)}, y ${integer(point.y)} px`;
}

/**
 * What a change has saved.
 *
 * @param {Pick<Change, "action" | "sites">} change @param {readonly number[]} created numbers of sites that it created
 * @returns {string} "Site 7 added"
 */
export function savedText({ action, sites = [] }, created) {
  const [first = created[0], ...more] = sites;
  /** @type {Record<string, string>} */
  const texts = {
    add: `Site ${first} added`,
    move: `Site ${first} moved`,
    rank: `Rank of site ${first} saved`,
    note: `Note of site ${first} saved`,
    merge: `Sites ${[first, ...more].join(", ")} merged`,
    split: `Site ${first} split${created.length ? `; new: site ${created.join(", ")}` : ""}`,
    remove: `Site ${first} removed`,
    cause: "Cause saved",
    undo: "Last change undone",
  };
  return texts[action] ?? "Change saved";
}

/**
 * A round length that fits into a width, for scale bars.
 *
 * @param {number} pixels of the place @param {number | null} pixelM @returns {{pixels: number, text: string}}
 */
export function scaleBar(pixels, pixelM) {
  const room = pixelM === null ? pixels : pixels * pixelM;
  const power = 10 ** Math.floor(Math.log10(room));
  const length = [5, 2, 1].map((step) => step * power).find((one) => one <= room) ?? power;
  if (pixelM === null) return { pixels: length, text: pixelText(length) };
  return { pixels: length / pixelM, text: length >= 1000 ? `${length / 1000} km` : `${length} m` };
}
