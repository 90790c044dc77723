/** Values of a site as text. @import { SiteRow } from "./types.js" */

import { decimal, integer, pixelText } from "../../shared/format.js";

const DASH = "–";

/** @param {string | null} seen ISO time or name of a scene @returns {string} */
export function seenText(seen) {
  if (!seen) return DASH;
  return /^\d{4}-\d\d-\d\dT/.test(seen) ? seen.slice(0, 10) : seen;
}

/** @param {SiteRow} site */
export function rateText(site) {
  return `${decimal(site.rate, 2)} (${decimal(site.rate_low, 2)}${DASH}${decimal(site.rate_high, 2)})`;
}

const WIDEST_SPREAD_DEG = 60; // directions that differ more have no mean worth a figure

/** @param {SiteRow} site @returns {string} a dash for fewer than two slicks, or for slicks in all directions */
export function driftText(site) {
  if (site.drift_deg === null || site.n < 2 || (site.drift_spread_deg ?? 0) > WIDEST_SPREAD_DEG) return DASH;
  const spread = site.drift_spread_deg === null ? "" : ` ± ${integer(site.drift_spread_deg)}°`;
  return `${integer(site.drift_deg) === "360" ? "0" : integer(site.drift_deg)}°${spread}`;
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

/** @param {SiteRow} site */
export function positionText(site) {
  if (site.latitude === null || site.longitude === null) return `x ${integer(site.x)}, y ${integer(site.y)} px`;
  const [ns, ew] = [site.latitude < 0 ? "S" : "N", site.longitude < 0 ? "W" : "E"];
  return `${decimal(Math.abs(site.latitude), 4)}° ${ns}, ${decimal(Math.abs(site.longitude), 4)}° ${ew}`;
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
