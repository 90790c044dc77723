/** The nearest feature of a reference layer, in words. */

import { decimal } from "./format.js";

/** @param {number} km @returns {string} "480 m" or "3.2 km" */
export function distanceText(km) {
  return km < 1 ? `${Math.round(km * 1000)} m` : `${decimal(km, 1)} km`;
}

/** @param {{layer: string, feature: string, distance_km: number}} one @returns {string} "Platforms: Alpha, 3.2 km" */
export function nearestText({ layer, feature, distance_km: km }) {
  return `${layer}: ${feature ? `${feature}, ` : ""}${distanceText(km)}`;
}
