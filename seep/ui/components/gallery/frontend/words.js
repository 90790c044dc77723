/** Words and figures of a cell. @import { Tile } from "./types.js" */

const THIN_SPACE = "\u202f";
const STEP_PX = 64;

/** @type {Record<string, string>} */
export const STATE_WORDS = {
  unreviewed: "Unreviewed",
  draft: "Draft",
  accepted: "Accepted",
  corrected: "Corrected",
  rejected: "Rejected",
  flagged: "Flagged",
};

/**
 * A shape for each state, so that color never says it alone: SVG paths on 12 by 12. `disc` stands behind
 * the `line`, which is cut out of it.
 *
 * @type {Record<string, {disc: boolean, line: string}>}
 */
export const STATE_SHAPES = {
  unreviewed: { disc: false, line: "M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9z" },
  draft: { disc: false, line: "M2 10l.7-2.9L8.2 1.6l2.2 2.2L4.9 9.3z" },
  accepted: { disc: true, line: "M3.3 6.2l1.9 1.9L8.7 4.3" },
  corrected: { disc: true, line: "M3.6 8.4L6.7 5.3M6 3.6v2.4h2.4" },
  rejected: { disc: true, line: "M4 4l4 4M8 4l-4 4" },
  flagged: { disc: false, line: "M2.5 11V1.5h7.5L8 4l2 2.5H2.5" },
};

/** What the value of each order is called. @type {Record<string, string>} */
const VALUES = {
  likely_wrong: "likely wrong",
  useful: "bits a pixel",
  confident: "confidence",
  has_something: "has something",
  seep_area: "seep area",
  class: "area of the class",
  second_look: "contradiction",
};

/**
 * Write the order's value: areas as whole pixels, shares with two digits, text as it stands.
 *
 * @param {number | string | undefined | null} value
 * @param {string} order
 * @returns {string}
 */
export function valueText(value, order) {
  if (value === undefined || value === null || value === "") return "";
  if (typeof value === "string") return value;
  if (!Number.isFinite(value)) return "";
  if (order === "useful") return value.toFixed(3);
  if (order === "seep_area" || order === "class" || (order === "" && value > 1)) {
    const whole = Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
    return `${whole}${THIN_SPACE}px`;
  }
  return value.toFixed(2);
}

/**
 * The whole of a cell in words, for the tooltip and for screen readers.
 *
 * @param {Tile} tile
 * @param {string} order
 * @returns {string}
 */
export function describe(tile, order) {
  const value = valueText(tile.value, order);
  const label = VALUES[order] ?? "seep area";
  return [
    tile.name,
    tile.scene ? `scene ${tile.scene}` : "",
    (STATE_WORDS[tile.state] ?? tile.state).toLowerCase(),
    value ? (typeof tile.value === "number" ? `${label} ${value}` : value) : "",
    tile.audit ? "audit tile" : "",
    tile.person ? `assigned to ${tile.person}` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/**
 * The address of a tile's thumbnail: no fewer pixels than the screen shows, in steps, so that a window made
 * a little wider asks for nothing anew.
 *
 * @param {string} baseUrl
 * @param {Tile} tile
 * @param {number} sizePx in CSS pixels
 * @param {number} ratio device pixels for each of them
 * @returns {string}
 */
export function thumbnailAddress(baseUrl, tile, sizePx, ratio) {
  const size = Math.min(1024, Math.ceil((sizePx * Math.min(2, Math.max(1, ratio))) / STEP_PX) * STEP_PX);
  const version = encodeURIComponent(tile.version ?? tile.state);
  return `${baseUrl}/seep/tiles/${tile.id}/thumbnail?size=${size}&overlay=1&v=${version}`;
}
