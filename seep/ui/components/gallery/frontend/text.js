/** Text of a cell, and the URL of its thumbnail. @import { Tile } from "./types.js" */

import { valueText } from "../../shared/orders.js";
import { stateLabel } from "../../shared/states.js";

/** @typedef {import("../../shared/orders.js").QueueOrder} QueueOrder */

const STEP_PX = 64;

/**
 * The value of a cell: text as it is, a number as the order formats it.
 *
 * @param {Tile} tile
 * @param {QueueOrder | null} order
 * @returns {string}
 */
export function cellValue(tile, order) {
  if (typeof tile.value === "string") return tile.value;
  return order ? valueText(tile.value, order) : "";
}

/**
 * The name of a cell's value, for screen readers.
 *
 * @param {Tile} tile @param {QueueOrder | null} order @returns {string} "" where the value is text
 */
export function valueLabel(tile, order) {
  return typeof tile.value === "number" && order ? `${order.value_label} ` : "";
}

/**
 * The state of a tile; changes of a reviewed tile that were not accepted are named first.
 *
 * @param {Tile} tile @returns {string} "Corrected", "Draft, corrected"
 */
export function stateText(tile) {
  const label = stateLabel(tile.state);
  return tile.drafted && tile.state !== "draft" ? `Draft, ${label.toLowerCase()}` : label;
}

/** @param {Tile} tile @returns {string} quality sample and assignee, for screen readers */
export function extraText(tile) {
  return [tile.in_sample ? "quality sample" : "", tile.person ? `assigned to ${tile.person}` : ""]
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
