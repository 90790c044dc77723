/**
 * Addresses of pictures, and where a box lies in one.
 *
 * @import { Mask, Pair } from "./types.js"
 */

/**
 * @param {string} base "" or "/name"
 * @param {Pair} pair
 * @param {Mask | null} mask null for the image alone
 * @param {number} size longer side, pixels
 * @param {boolean} whole all of the tile and not the part
 * @returns {string}
 */
export function picture(base, pair, mask, size, whole) {
  const [x = 0, y = 0, width = pair.width, height = pair.height] = whole ? [] : pair.part;
  const query = new URLSearchParams({
    x: `${x}`,
    y: `${y}`,
    width: `${width}`,
    height: `${height}`,
    size: `${size}`,
  });
  if (mask?.prediction) query.set("prediction", `${mask.prediction}`);
  else if (mask?.revision) query.set("revision", `${mask.revision}`);
  return `${base}/seep/tiles/${pair.tile}/part?${query}`;
}

/**
 * @param {Pair} pair
 * @param {number} margin pixels of the tile around the box
 * @returns {{left: string, top: string, width: string, height: string} | null} shares of the tile in percent
 */
export function frame(pair, margin) {
  if (!pair.box) return null;
  const [x = 0, y = 0, width = 0, height = 0] = pair.box;
  const left = Math.max(0, x - margin);
  const top = Math.max(0, y - margin);
  const right = Math.min(pair.width, x + width + margin);
  const bottom = Math.min(pair.height, y + height + margin);
  return {
    left: percent(left / pair.width),
    top: percent(top / pair.height),
    width: percent((right - left) / pair.width),
    height: percent((bottom - top) / pair.height),
  };
}

/**
 * @param {number} share
 * @returns {string}
 */
function percent(share) {
  return `${Math.round(share * 10_000) / 100}%`;
}

/**
 * The side of a square picture of a tile that fits into a box.
 *
 * @param {{width: number, height: number}} tile
 * @param {number} width of the box
 * @param {number} height
 * @returns {{width: number, height: number}} whole CSS pixels
 */
export function fitted(tile, width, height) {
  const scale = Math.min(width / tile.width, height / tile.height);
  return {
    width: Math.max(1, Math.floor(tile.width * scale)),
    height: Math.max(1, Math.floor(tile.height * scale)),
  };
}
