/**
 * Selected slicks, and what can be done to them. A slick is named by one of its pixels, so that undo, and painting
 * elsewhere, leave it selected. Pure: masks in, changes of pixels out.
 */
import { grown, joined, shrunk, smooth, withoutHoles, withoutSpecks } from "./morphology.js";
import { components } from "./regions.js";
import { UNSURE } from "./types.js";

/**
 * What of a tile matters here.
 * @typedef {object} TileMasks
 * @property {Uint8Array} annotation @property {Uint8Array | null} prediction
 * @property {import("./types.js").Pixels} pixels
 * @property {{width: number, height: number, nodata: number | null}} info
 */
/** @typedef {import("./types.js").Cells} Cells */
/** @typedef {import("./regions.js").Component} Component */
/** @typedef {{speck_px: number, gap_px: number, over: string}} CleanOptions over: "background", or "all" to grow over other classes too */
/** @typedef {(mask: Uint8Array) => void} Change of a mask, in place */
/** drawn: of the annotation; proposed: of the prediction, where the annotation has nothing. @typedef {{drawn: Component[], proposed: Component[]}} Found */

export const CLEANUPS = /** @type {const} */ (["grow", "shrink", "smooth", "holes", "specks", "gaps"]);
/** @typedef {typeof CLEANUPS[number]} CleanUp */

/** @param {Component} one @param {number} width @returns {number} index of one of its pixels */
export function seedOf({ runs }, width) {
  return runs[0].row * width + runs[0].start;
}

/** @param {Component} one @param {number} width @returns {Generator<number>} indices of its pixels */
function* pixelsOf({ runs }, width) {
  for (const { row, start, end } of runs) for (let x = start; x < end; x += 1) yield row * width + x;
}

/**
 * All slicks that can be selected.
 * @param {TileMasks} tile
 * @returns {Found}
 */
export function selectable({ annotation, prediction, info: { width, height } }) {
  const drawn = components(annotation, width, height);
  const clear = (/** @type {Component} */ one) => {
    for (const i of pixelsOf(one, width)) if (annotation[i] !== 0) return false;
    return true;
  };
  return { drawn, proposed: prediction ? components(prediction, width, height).filter(clear) : [] };
}

/**
 * @param {Component[]} all @param {Set<number>} seeds @param {number} width
 * @returns {Component[]} those that hold a seed
 */
export function withSeeds(all, seeds, width) {
  /** @type {Map<number, number[]>} */
  const rows = new Map();
  for (const seed of seeds) {
    const row = Math.floor(seed / width);
    rows.set(row, [...(rows.get(row) ?? []), seed % width]);
  }
  const held = (/** @type {import("./regions.js").Run} */ { row, start, end }) =>
    rows.get(row)?.some((x) => x >= start && x < end) ?? false;
  return all.filter((one) => one.runs.some(held));
}

/**
 * @param {Component[]} all @param {import("./types.js").Rect} rect in pixels, need not be whole
 * @returns {Component[]} those with a pixel in it
 */
export function intersecting(all, { x, y, width, height }) {
  return all.filter(({ runs }) =>
    runs.some(({ row, start, end }) => row + 1 > y && row < y + height && end > x && start < x + width),
  );
}

/**
 * @param {Uint8Array} before @param {Uint8Array} after @param {number} width
 * @returns {import("./types.js").Rect | null} around the pixels that differ; null where none does
 */
export function changedRect(before, after, width) {
  let [left, right, top, bottom] = [width, -1, -1, -1];
  for (let i = 0; i < before.length; i += 1) {
    if (before[i] === after[i]) continue;
    const x = i % width;
    bottom = (i - x) / width;
    if (top < 0) top = bottom;
    if (x < left) left = x;
    if (x > right) right = x;
  }
  return top < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** @param {Component[]} slicks @param {number} value @param {number} width @returns {Change} */
export function classChange(slicks, value, width) {
  return (mask) => {
    for (const one of slicks) for (const i of pixelsOf(one, width)) mask[i] = value;
  };
}

/**
 * Accept what the model says: the slicks selected are as predicted, proposals come whole.
 * @param {TileMasks} tile @param {Found} found the selected ones @returns {Change}
 */
export function predictionChange({ prediction, info: { width, height } }, { drawn, proposed }) {
  if (!prediction) return () => {};
  const mine = new Set(drawn.flatMap((one) => [...pixelsOf(one, width)]));
  const near = components(prediction, width, height).filter((one) => {
    for (const i of pixelsOf(one, width)) if (mine.has(i)) return true;
    return false;
  });
  return (mask) => {
    for (const i of mine) mask[i] = 0;
    for (const one of [...near, ...proposed]) {
      for (const i of pixelsOf(one, width)) if (mask[i] === 0) mask[i] = one.classId; // others' pixels stay
    }
  };
}

/**
 * Clean shapes up, each class by itself. Pixels that join a shape must have been measured.
 * @param {TileMasks} tile @param {Component[]} slicks @param {CleanUp} what @param {CleanOptions} options
 * @returns {Change}
 */
export function cleanUpChange(tile, slicks, what, options) {
  const classes = [...new Set(slicks.map((one) => one.classId))];
  const changes = classes.map((classId) => {
    const cells = cellsOf(
      slicks.filter((one) => one.classId === classId),
      tile,
      what === "gaps" ? options.gap_px + 2 : 2,
    );
    const { width, height } = cells.rect;
    return { classId, before: cells, after: operation(what, options)(cells.bits, width, height) };
  });
  return (mask) => {
    for (const { classId, before, after } of changes)
      applyChange(mask, tile, classId, before, after, options.over === "all");
  };
}

/** @param {CleanUp} what @param {CleanOptions} options @returns {import("./morphology.js").Operation} */
function operation(what, { speck_px, gap_px }) {
  if (what === "specks") return (bits, width, height) => withoutSpecks(bits, width, height, speck_px);
  if (what === "gaps") return (bits, width, height) => joined(bits, width, height, gap_px);
  return { grow: grown, shrink: shrunk, smooth, holes: withoutHoles }[what];
}

/**
 * @param {Uint8Array} mask @param {TileMasks} tile @param {number} classId @param {Cells} before @param {Uint8Array} after
 * @param {boolean} over whether pixels of other classes may be overwritten
 */
function applyChange(mask, { info, pixels }, classId, { rect, bits }, after, over) {
  for (let i = 0; i < bits.length; i += 1) {
    if (bits[i] === after[i]) continue;
    const index = (rect.y + Math.floor(i / rect.width)) * info.width + rect.x + (i % rect.width);
    if (bits[i]) mask[index] = 0;
    else if (pixels[index] === info.nodata || Number.isNaN(pixels[index])) continue;
    else if (mask[index] === 0 || (over && mask[index] !== UNSURE)) mask[index] = classId;
  }
}

/**
 * The pixels of slicks with room around them, as far as the tile goes.
 * @param {Component[]} slicks one or more @param {TileMasks} tile @param {number} [room] px
 * @returns {Cells}
 */
export function cellsOf(slicks, { info }, room = 0) {
  const x = Math.max(Math.min(...slicks.map((one) => one.x)) - room, 0);
  const y = Math.max(Math.min(...slicks.map((one) => one.y)) - room, 0);
  const right = Math.min(Math.max(...slicks.map((one) => one.x + one.width)) + room, info.width);
  const bottom = Math.min(Math.max(...slicks.map((one) => one.y + one.height)) + room, info.height);
  const rect = { x, y, width: right - x, height: bottom - y };
  const bits = new Uint8Array(rect.width * rect.height);
  for (const { runs } of slicks) {
    for (const { row, start, end } of runs)
      bits.fill(1, (row - y) * rect.width + start - x, (row - y) * rect.width + end - x);
  }
  return { rect, bits };
}
