/** The nearest feature of a reference layer, in words. */

import { decimal } from "./format.js";

/** @param {{layer: string, feature: string, distance_km: number}} one @returns {string} "Platforms: Alpha, 3.2 km" */
export function nearestText({ layer, feature, distance_km: km }) {
  const distance = km < 1 ? `${Math.round(km * 1000)} m` : `${decimal(km, 1)} km`;
  return `${layer}: ${feature ? `${feature}, ` : ""}${distance}`;
}
