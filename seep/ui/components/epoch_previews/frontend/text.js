/** Order and text of the epoch previews. @import { Epoch, Shown } from "./types.js" */

import { pixelText } from "../../shared/format.js";

/**
 * The tiles of all epochs in the order of their first appearance, so that none moves when others are added.
 *
 * @param {Epoch[]} epochs oldest first
 * @returns {{id: number, name: string}[]}
 */
export function tileOrder(epochs) {
  /** @type {Map<number, string>} */
  const names = new Map();
  for (const epoch of epochs) {
    for (const tile of epoch.tiles) if (!names.has(tile.tile_id)) names.set(tile.tile_id, tile.name);
  }
  return [...names].map(([id, name]) => ({ id, name }));
}

/**
 * Position of the slider: the chosen epoch if it still exists, else the newest.
 *
 * @param {Epoch[]} epochs
 * @param {number | null} chosen number of an epoch; null follows the run
 * @returns {number} index in `epochs`, -1 if there is none
 */
export function sliderPosition(epochs, chosen) {
  const found = chosen === null ? -1 : epochs.findIndex((one) => one.epoch === chosen);
  return found >= 0 ? found : epochs.length - 1;
}

/**
 * @param {Epoch} epoch
 * @param {Epoch} newest
 * @returns {string}
 */
export function epochText(epoch, newest) {
  if (epoch.epoch === 0) return "before training";
  return `after epoch ${epoch.epoch}${epoch === newest ? ", newest" : ` of ${newest.epoch}`}`;
}

/**
 * @param {Shown | undefined} tile undefined if the epoch does not have the tile
 * @returns {{iou: string, changed: string}}
 */
export function metricText(tile) {
  if (!tile) return { iou: "–", changed: "" };
  return {
    iou: tile.iou === null ? "no seep" : `IoU ${tile.iou.toFixed(2)}`,
    changed: tile.changed_px ? pixelText(tile.changed_px) : "unchanged",
  };
}

/**
 * @param {string} name
 * @param {Shown | undefined} tile
 * @returns {string} the accessible text of a cell
 */
export function describe(name, tile) {
  if (!tile) return `${name}, no prediction kept for this epoch`;
  const { iou } = metricText(tile);
  return `${name}, ${iou}, ${pixelText(tile.changed_px)} differ from the base model`;
}
