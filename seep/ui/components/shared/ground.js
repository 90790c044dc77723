/** Positions on the ground as text. */

import { decimal } from "./format.js";

/** @param {number} longitude @param {number} latitude degrees @returns {string} "12.5000° S, 3.2500° E" */
export function groundText(longitude, latitude) {
  const [ns, ew] = [latitude < 0 ? "S" : "N", longitude < 0 ? "W" : "E"];
  return `${decimal(Math.abs(latitude), 4)}° ${ns}, ${decimal(Math.abs(longitude), 4)}° ${ew}`;
}

/**
 * The position between four corners; good to a few pixels, as a readout.
 *
 * @param {number[][] | null} corners as [longitude, latitude], clockwise from the upper left; null without a georeference
 * @param {number} across from the left, 0 to 1 @param {number} down from the top, 0 to 1
 * @returns {string} empty without corners
 */
export function groundBetween(corners, across, down) {
  const first = corners?.[0]?.[0];
  if (!corners || first === undefined) return "";
  const mix = (/** @type {number[]} */ values) => {
    const [a = 0, b = 0, c = 0, d = 0] = values;
    return (a * (1 - across) + b * across) * (1 - down) + (d * (1 - across) + c * across) * down;
  };
  // Corners on both sides of the 180th meridian: count on from the first one.
  const longitude = mix(corners.map(([value = 0]) => value - 360 * Math.round((value - first) / 360)));
  return groundText(
    longitude - 360 * Math.round(longitude / 360),
    mix(corners.map(([, value = 0]) => value)),
  );
}
