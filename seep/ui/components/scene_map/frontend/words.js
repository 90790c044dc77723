/** Words, figures and marks of the map. @import { Point, SceneDocument, SceneTile } from "./types.js" */

const THIN_SPACE = "\u202f";

/**
 * How a state is shown: never by its color alone. `dash` is the outline's pattern, `shape` a path on 12 by 12
 * whose `disc` stands behind it.
 *
 * @type {Record<string, {word: string, color: string, dash: number[], disc: boolean, shape: string}>}
 */
export const STATES = {
  unreviewed: { word: "Unreviewed", color: "#a9adb5", dash: [1, 4], disc: false, shape: "M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9z" },
  draft: { word: "Draft", color: "#e8c34a", dash: [6, 4], disc: false, shape: "M2 10l.7-2.9L8.2 1.6l2.2 2.2L4.9 9.3z" },
  accepted: { word: "Accepted", color: "#5cc489", dash: [], disc: true, shape: "M3.3 6.2l1.9 1.9L8.7 4.3" },
  corrected: { word: "Corrected", color: "#58b4e8", dash: [12, 3], disc: true, shape: "M3.6 8.4L6.7 5.3M6 3.6v2.4h2.4" },
  rejected: { word: "Rejected", color: "#f0806c", dash: [3, 3], disc: true, shape: "M4 4l4 4M8 4l-4 4" },
  flagged: { word: "Flagged", color: "#e59be0", dash: [10, 3, 2, 3], disc: false, shape: "M2.5 11V1.5h7.5L8 4l2 2.5H2.5" },
};

export const DISC = "M6 .8a5.2 5.2 0 1 0 0 10.4a5.2 5.2 0 1 0 0-10.4z";

/** @param {number} value @returns {string} a whole number with thin spaces */
export function whole(value) {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
}

/**
 * An area as the ground has it, or in pixels where that is not known.
 *
 * @param {number} pixels
 * @param {number | null} pixelM
 */
export function areaText(pixels, pixelM) {
  if (pixelM === null) return `${whole(pixels)}${THIN_SPACE}px`;
  const km2 = (pixels * pixelM * pixelM) / 1e6;
  if (km2 > 0 && km2 < 0.001) return `under 0.001${THIN_SPACE}km²`;
  const figure = km2 >= 9.95 ? whole(km2) : km2.toFixed(km2 >= 0.1 || km2 === 0 ? 1 : 3);
  return `${figure}${THIN_SPACE}km²`;
}

/**
 * What a tile is, for the line under the map.
 *
 * @param {SceneTile} tile
 * @param {number | null} pixelM
 */
export function tileText(tile, pixelM) {
  const state = (STATES[tile.state]?.word ?? tile.state).toLowerCase();
  const seep = tile.seep_area_px === null ? "no mask" : tile.seep_area_px ? `seep ${areaText(tile.seep_area_px, pixelM)}` : "no seep";
  return `${tile.name}, ${state}, ${seep}`;
}

/**
 * Longitude and latitude of a point, between the corners of the scene; good to a few pixels, as a readout.
 *
 * @param {SceneDocument} scene
 * @param {Point} point
 * @returns {string} empty where the scene has no place on the ground
 */
export function placeText(scene, point) {
  const { bounds } = scene;
  if (!bounds) return "";
  const across = point.x / scene.width;
  const down = point.y / scene.height;
  const mix = (/** @type {number} */ axis) => {
    const [a = 0, b = 0, c = 0, d = 0] = bounds.map((corner) => corner[axis] ?? 0);
    return (a * (1 - across) + b * across) * (1 - down) + (d * (1 - across) + c * across) * down;
  };
  const longitude = mix(0);
  const latitude = mix(1);
  return `${Math.abs(latitude).toFixed(4)}° ${latitude < 0 ? "S" : "N"}, ${Math.abs(longitude).toFixed(4)}° ${longitude < 0 ? "W" : "E"}`;
}

/**
 * A bar of a round length, at most `mostPx` wide.
 *
 * @param {number} scale CSS pixels for a pixel of the scene
 * @param {number | null} pixelM
 * @param {number} mostPx
 * @returns {{px: number, text: string}}
 */
export function scaleBar(scale, pixelM, mostPx) {
  const unit = pixelM ?? 1;
  const most = (mostPx / scale) * unit;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = power * (most >= 5 * power ? 5 : most >= 2 * power ? 2 : 1);
  const px = (length / unit) * scale;
  if (pixelM === null) return { px, text: `${amount(length)}${THIN_SPACE}px` };
  return { px, text: length >= 1000 ? `${amount(length / 1000)}${THIN_SPACE}km` : `${amount(length)}${THIN_SPACE}m` };
}

/** @param {number} value */
function amount(value) {
  return value >= 1 ? whole(value) : String(Number(value.toPrecision(1)));
}

/**
 * How many tiles are in each state, in the order of the legend; states without tiles are left out.
 *
 * @param {readonly SceneTile[]} tiles
 * @returns {[string, number][]}
 */
export function tally(tiles) {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const tile of tiles) found.set(tile.state, (found.get(tile.state) ?? 0) + 1);
  return Object.keys(STATES).flatMap((state) => /** @type {[string, number][]} */ (found.has(state) ? [[state, found.get(state)]] : []));
}
