/** What lies over the image: class colours, the difference to the prediction, outlines. */
import { UNSURE } from "./types.js";

/** @typedef {import("./types.js").Rect} Rect */
/** @typedef {import("./types.js").SeepClass} SeepClass */

/** Colours of the difference, chosen apart from the class colours. */
export const DIFFERENCE = { added: "#4cc9f0", removed: "#ff5d73", changed: "#ffd166" };

/** @param {string} colour "#rrggbb" @returns {number} opaque RGBA, little-endian */
export function rgba(colour) {
  const value = Number.parseInt(colour.slice(1), 16);
  const [red, green, blue] = [(value >> 16) & 255, (value >> 8) & 255, value & 255];
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * RGBA by class id; background, unknown and switched-off classes are transparent.
 * @param {SeepClass[]} classes @param {Set<number>} off ids not shown
 * @returns {Uint32Array} 256 entries
 */
export function palette(classes, off) {
  const table = new Uint32Array(256);
  for (const one of classes) if (one.id !== 0 && !off.has(one.id)) table[one.id] = rgba(one.colour);
  return table;
}

/**
 * Colour a rectangle of a mask by class; unsure pixels are a grey weave.
 * @param {Uint8Array} mask @param {number} width
 * @param {Uint32Array} colours of palette()
 * @param {Rect} rect @param {Uint32Array} out RGBA of the whole mask
 */
export function fillClasses(mask, width, colours, rect, out) {
  const light = rgba("#e6e6e6");
  const dark = rgba("#3c3c3c");
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    for (let x = rect.x; x < rect.x + rect.width; x += 1) {
      const value = mask[y * width + x];
      out[y * width + x] = value === UNSURE ? (((x + y) & 3) < 2 ? light : dark) : colours[value];
    }
  }
}

/**
 * Colour where a mask differs from the prediction: added, removed, or of another class.
 * @param {Uint8Array} mask @param {Uint8Array} prediction @param {number} width
 * @param {Rect} rect @param {Uint32Array} out RGBA of the whole mask
 */
export function fillDifference(mask, prediction, width, rect, out) {
  const added = rgba(DIFFERENCE.added);
  const removed = rgba(DIFFERENCE.removed);
  const changed = rgba(DIFFERENCE.changed);
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    for (let i = y * width + rect.x; i < y * width + rect.x + rect.width; i += 1) {
      const [now, then] = [mask[i], prediction[i]];
      out[i] = now === then ? 0 : then === 0 ? added : now === 0 ? removed : changed;
    }
  }
}

/**
 * The edges of each class within a rectangle, on pixel borders, runs joined.
 * @param {Uint8Array} mask @param {number} width @param {number} height
 * @param {Rect} rect
 * @returns {Map<number, number[]>} class id -> x0, y0, x1, y1, ...; the mask's own border is an edge too
 */
export function edges(mask, width, height, rect) {
  /** @type {Map<number, number[]>} */
  const found = new Map();
  const right = rect.x + rect.width;
  const bottom = rect.y + rect.height;
  const at = (/** @type {number} */ x, /** @type {number} */ y) =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : mask[y * width + x];
  const add = (/** @type {number} */ id, /** @type {number[]} */ line) => {
    const lines = found.get(id) ?? [];
    if (!lines.length) found.set(id, lines);
    lines.push(...line);
  };
  for (const side of [-1, 1]) {
    for (let y = rect.y; y < bottom; y += 1) {
      for (let x = rect.x; x < right; ) {
        const id = at(x, y);
        const start = x;
        while (x < right && id !== 0 && at(x, y) === id && at(x, y + side) !== id) x += 1;
        if (x > start) add(id, [start, y + (side > 0 ? 1 : 0), x, y + (side > 0 ? 1 : 0)]);
        else x += 1;
      }
    }
    for (let x = rect.x; x < right; x += 1) {
      for (let y = rect.y; y < bottom; ) {
        const id = at(x, y);
        const start = y;
        while (y < bottom && id !== 0 && at(x, y) === id && at(x + side, y) !== id) y += 1;
        if (y > start) add(id, [x + (side > 0 ? 1 : 0), start, x + (side > 0 ? 1 : 0), y]);
        else y += 1;
      }
    }
  }
  return found;
}
