/** Classes that are likely for a slick, and why: other passes first, then the model, then the workspace. Pure. */
import { plural } from "../../shared/format.js";
import { worded } from "../../shared/words.js";

/** @typedef {import("./types.js").Cells} Cells */
/** @typedef {import("./types.js").ClassHistory} ClassHistory */
/** @typedef {{classId: number, source: string, probability?: number}} Suggestion source: why, in words; probability: 0 to 1, by the model */

const MOST = 3;
const UNSURE = 255;
const AROUND_PX = 96; // what the features of a slick depend on (seep/core/masks/slick_features.py)
const COARSE_PX = 4; // they measure the background on this grid

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
  return [...counts]
    .map(([id, count]) => /** @type {[number, number]} */ ([id, count / area]))
    .sort((a, b) => b[1] - a[1]);
}

/**
 * The part of a tile around a slick: 1 is the slick, 2 other slicks, 0 sea.
 * @param {Cells} slick its pixels @param {Uint8Array} annotation @param {number} width of the tile @param {number} height
 * @returns {import("./types.js").SlickWindow}
 */
export function slickWindow({ rect, bits }, annotation, width, height) {
  const before = (/** @type {number} */ at) =>
    Math.max(0, Math.floor((at - AROUND_PX) / COARSE_PX) * COARSE_PX);
  const after = (/** @type {number} */ at, /** @type {number} */ most) =>
    Math.min(most, Math.ceil((at + AROUND_PX) / COARSE_PX) * COARSE_PX);
  const [x, y] = [before(rect.x), before(rect.y)];
  const [right, bottom] = [after(rect.x + rect.width, width), after(rect.y + rect.height, height)];
  const part = {
    x,
    y,
    width: right - x,
    height: bottom - y,
    pixels: new Uint8Array((right - x) * (bottom - y)),
  };
  for (let row = 0; row < part.height; row += 1) {
    const start = (y + row) * width + x;
    for (let column = 0; column < part.width; column += 1) {
      const id = annotation[start + column];
      part.pixels[row * part.width + column] = id && id !== UNSURE ? 2 : 0;
    }
  }
  for (let i = 0; i < bits.length; i += 1) {
    if (!bits[i]) continue;
    part.pixels[(rect.y - y + Math.floor(i / rect.width)) * part.width + rect.x - x + (i % rect.width)] = 1;
  }
  return part;
}

/**
 * Up to three classes for a slick, the likeliest first; each class once, with its best source. The most frequent class of
 * the site in other passes comes first, then those of the model; without a model, everything else that is known.
 * @param {Cells} slick its pixels @param {ClassHistory} history
 * @param {Uint8Array | null} prediction @param {number} width of the tile
 * @param {import("./types.js").SeepClass[]} classes of the workspace
 * @param {[number, number][]} [told] class id and probability by the model, most probable first
 * @returns {Suggestion[]} empty for a workspace with one class
 */
export function suggestClasses(slick, history, prediction, width, classes, told = []) {
  const known = new Set(classes.map((one) => one.id).filter(Boolean));
  if (known.size < 2) return [];
  const site = nearestSite(slick, history.sites, history.radius_px)?.site;
  const seen = site?.classes.reduce((sum, [, count]) => sum + count, 0) ?? 0;
  const atSite = (site?.classes ?? []).map(([classId, count]) => ({
    classId,
    source: `${count} of ${plural(seen, worded("other slick"))} at site ${site?.number}`,
  }));
  const probability = new Map(told);
  /** @type {Suggestion[]} */
  const others = told.length
    ? told.map(([classId]) => ({
        classId,
        source: atSite.find((one) => one.classId === classId)?.source ?? "",
      }))
    : [
        ...atSite,
        ...predictedClasses(slick, prediction, width).map(([classId, share]) => ({
          classId,
          source: `predicted for ${Math.round(share * 100)} % of its pixels`,
        })),
        ...history.tiles.map(([classId, count]) => ({
          classId,
          source: `in ${plural(count, "reviewed tile")}`,
        })),
      ];
  const first = new Map();
  for (const one of [...atSite.slice(0, 1), ...others])
    if (known.has(one.classId) && !first.has(one.classId)) first.set(one.classId, one);
  return [...first.values()]
    .slice(0, MOST)
    .map((one) =>
      probability.has(one.classId) ? { ...one, probability: probability.get(one.classId) } : one,
    );
}
