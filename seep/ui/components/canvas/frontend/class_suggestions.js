/** Classes that are likely for a slick, and why: other passes first, then the prediction, then the workspace. Pure. */
import { plural } from "../../shared/format.js";

/** @typedef {import("./types.js").Cells} Cells */
/** @typedef {import("./types.js").ClassHistory} ClassHistory */
/** @typedef {{classId: number, source: string}} Suggestion source: why, in words */

const MOST = 3;

/**
 * The site nearest to a slick.
 * @template {{tile_x: number, tile_y: number}} Site
 * @param {Cells} slick its pixels @param {readonly Site[]} sites @param {number} [within] pixels
 * @returns {{site: Site, distancePx: number} | null} null if none is as near
 */
export function nearestSite({ rect, bits }, sites, within = Infinity) {
  let found = null;
  let least = within * within;
  for (const site of sites) {
    for (let i = 0; i < bits.length; i += 1) {
      if (!bits[i]) continue;
      const dx = rect.x + (i % rect.width) + 0.5 - site.tile_x;
      const dy = rect.y + Math.floor(i / rect.width) + 0.5 - site.tile_y;
      if (dx * dx + dy * dy > least) continue;
      least = dx * dx + dy * dy;
      found = site;
    }
  }
  return found && { site: found, distancePx: Math.sqrt(least) };
}

/**
 * Count the predicted classes inside of a slick.
 * @param {Cells} slick its pixels @param {Uint8Array | null} prediction @param {number} width of the tile
 * @returns {[number, number][]} class id and share of the slick's pixels, 0 to 1, most frequent first
 */
export function predictedClasses({ rect, bits }, prediction, width) {
  if (!prediction) return [];
  const counts = new Map();
  let area = 0;
  for (let i = 0; i < bits.length; i += 1) {
    if (!bits[i]) continue;
    area += 1;
    const id = prediction[(rect.y + Math.floor(i / rect.width)) * width + rect.x + (i % rect.width)];
    if (id) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return [...counts].map(([id, count]) => /** @type {[number, number]} */ ([id, count / area])).sort((a, b) => b[1] - a[1]);
}

/**
 * Up to three classes for a slick, the likeliest first; each class once, with its best source.
 * @param {Cells} slick its pixels @param {ClassHistory} history
 * @param {Uint8Array | null} prediction @param {number} width of the tile
 * @param {import("./types.js").SeepClass[]} classes of the workspace
 * @returns {Suggestion[]} empty for a workspace with one class
 */
export function suggestClasses(slick, history, prediction, width, classes) {
  const known = new Set(classes.map((one) => one.id).filter(Boolean));
  if (known.size < 2) return [];
  const site = nearestSite(slick, history.sites, history.radius_px)?.site;
  const seen = site?.classes.reduce((sum, [, count]) => sum + count, 0) ?? 0;
  /** @type {Suggestion[]} */
  const all = [
    ...(site?.classes ?? []).map(([classId, count]) => ({ classId, source: `${count} of ${plural(seen, "other slick")} at site ${site?.number}` })),
    ...predictedClasses(slick, prediction, width).map(([classId, share]) => ({ classId, source: `predicted for ${Math.round(share * 100)} % of its pixels` })),
    ...history.tiles.map(([classId, count]) => ({ classId, source: `in ${plural(count, "reviewed tile")}` })),
  ];
  const first = new Map();
  for (const one of all) if (known.has(one.classId) && !first.has(one.classId)) first.set(one.classId, one);
  return [...first.values()].slice(0, MOST);
}
