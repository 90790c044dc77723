/**
 * Words, figures and marks of the map.
 *
 * @import { Point } from "../../shared/map_view.js"
 * @import { SceneDocument, SceneTile } from "./types.js"
 */

import { groundArea, integer, pixelText } from "../../shared/format.js";
import { groundBetween } from "../../shared/ground.js";
import { allStates, stateLabel } from "../../shared/states.js";
import { worded } from "../../shared/words.js";

const THIN_SPACE = "\u202f";

/**
 * An area as the ground has it, or in pixels where that is not known.
 *
 * @param {number} pixels
 * @param {number | null} pixelM
 */
export function areaText(pixels, pixelM) {
  if (pixelM === null) return pixelText(pixels);
  return groundArea(pixels, pixelM);
}

/**
 * What a tile is, for the line under the map.
 *
 * @param {SceneTile} tile
 * @param {number | null} pixelM
 */
export function tileText(tile, pixelM) {
  const state = stateLabel(tile.state).toLowerCase();
  const seep =
    tile.seep_area_px === null
      ? "no mask"
      : tile.seep_area_px
        ? `${worded("seep ")}${areaText(tile.seep_area_px, pixelM)}`
        : worded("no seep");
  return `${tile.name}, ${state}, ${seep}`;
}

/**
 * Longitude and latitude of a point of the scene.
 *
 * @param {SceneDocument} scene
 * @param {Point} point
 * @returns {string} empty where the scene has no place on the ground
 */
export function placeText(scene, point) {
  return groundBetween(scene.bounds, point.x / scene.width, point.y / scene.height);
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
  return {
    px,
    text: length >= 1000 ? `${amount(length / 1000)}${THIN_SPACE}km` : `${amount(length)}${THIN_SPACE}m`,
  };
}

/** @param {number} value */
function amount(value) {
  return value >= 1 ? integer(value) : String(Number(value.toPrecision(1)));
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
  return allStates().flatMap(
    ({ key: state }) =>
      /** @type {[string, number][]} */ (found.has(state) ? [[state, found.get(state)]] : []),
  );
}
