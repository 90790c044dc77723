/** What the select tool asks about the slicks of a tile, and its edits; all of them begin with finding the slicks. */
import { contours } from "../contours.js";
import {
  CLEANUPS,
  predictionChange,
  cellsOf,
  changedRect,
  cleanUpChange,
  classChange,
  withSeeds,
  seedOf,
  selectable,
  intersecting,
} from "../selection.js";

/** @typedef {import("../selection.js").Found} Found */
/** @typedef {import("../selection.js").TileMasks} TileMasks */
/** @typedef {import("../types.js").Rect} Rect */
/**
 * action: "take", "delete", "class:3" or a clean-up; seeds: a pixel of each selected slick; whole: clean all slicks,
 * not the selected ones.
 * @typedef {{what: "slicks", action: string, seeds: number[], whole: boolean, prediction: Uint8Array | null,
 *   options: import("../selection.js").CleanOptions}} SlicksJob
 */
/** @typedef {{mask: Uint8Array, prediction: Uint8Array | null, seeds: number[]}} SlickQuery seeds: what is selected */
/** drawn, proposed: how many are selected; lines: their outlines. @typedef {{drawn: number, proposed: number, lines: import("../types.js").Sketch["lines"]}} Outlines */

/** @param {Found} all @param {number[]} seeds @param {number} width @returns {Found} those that are selected */
function selectedOf({ drawn, proposed }, seeds, width) {
  const set = new Set(seeds);
  return { drawn: withSeeds(drawn, set, width), proposed: withSeeds(proposed, set, width) };
}

/**
 * @param {import("./edits.js").Image} image @param {SlickQuery} asked
 * @returns {Outlines} outlines of proposals are dashed
 */
export function outlineSelection(image, { mask, prediction, seeds }) {
  const sheet = { annotation: mask, prediction, pixels: image.pixels, info: image };
  const { drawn, proposed } = selectedOf(selectable(sheet), seeds, image.width);
  const lines = [...drawn, ...proposed].flatMap((one, i) =>
    contours(cellsOf([one], sheet)).map((points) => ({ points, closed: true, dashed: i >= drawn.length })),
  );
  return { drawn: drawn.length, proposed: proposed.length, lines };
}

/**
 * Select what a click or a band touches.
 * @param {import("./edits.js").Image} image
 * @param {SlickQuery & {place: Rect, toggle: boolean}} asked place: in pixels, need not be whole; toggle: one that is
 *   selected already is let go
 * @returns {number[]} seeds of what is selected then
 */
export function selectAt(image, { mask, prediction, seeds, place, toggle }) {
  const { width } = image;
  const { drawn, proposed } = selectable({ annotation: mask, prediction, pixels: image.pixels, info: image });
  const touched = [...intersecting(drawn, place), ...intersecting(proposed, place)];
  const result = new Set(seeds);
  const before = new Set(withSeeds(touched, result, width));
  for (const one of touched) {
    if (!before.has(one)) result.add(seedOf(one, width));
    else if (toggle)
      result.forEach((seed) => withSeeds([one], new Set([seed]), width).length && result.delete(seed));
  }
  return [...result];
}

/**
 * @param {Uint8Array} mask changed in place @param {import("./edits.js").Image} image @param {SlicksJob} job
 * @param {import("./edits.js").Touch} touch
 * @returns {number[] | null} seeds of what became of the selected slicks; null: the selection stays
 */
export function changeSlicks(mask, image, job, touch) {
  const { width } = image;
  const sheet = { annotation: mask, prediction: job.prediction, pixels: image.pixels, info: image };
  const all = selectable(sheet);
  const found = selectedOf(all, job.seeds, width);
  const { change, slicks } = changeOf(sheet, all, found, job);
  const next = mask.slice();
  change(next);
  const rect = changedRect(mask, next, width);
  if (rect) {
    touch(rect.x, rect.y, rect.x + rect.width - 1, rect.y + rect.height - 1);
    mask.set(next);
  }
  if (!slicks.length) return null;
  const cells = cellsOf(slicks, sheet, 2);
  const still = selectable({ ...sheet, annotation: mask }).drawn.filter((one) => overlaps(one, cells));
  return still.map((one) => seedOf(one, width));
}

/**
 * @param {TileMasks} sheet @param {Found} all @param {Found} found the selected ones @param {SlicksJob} job
 * @returns {{change: import("../selection.js").Change, slicks: import("../regions.js").Component[]}} slicks: which
 *   were selected
 */
function changeOf(sheet, all, found, { action, whole, options }) {
  const what = CLEANUPS.find((one) => one === action);
  if (what) {
    const slicks = whole ? all.drawn : found.drawn;
    return {
      change: slicks.length ? cleanUpChange(sheet, slicks, what, options) : () => {},
      slicks: found.drawn,
    };
  }
  const slicks = [...found.drawn, ...found.proposed];
  if (action === "take") return { change: predictionChange(sheet, found), slicks };
  const value = action === "delete" ? 0 : Number(action.slice(6));
  return { change: classChange(value ? slicks : found.drawn, value, sheet.info.width), slicks };
}

/** @param {import("../regions.js").Component} one @param {import("../types.js").Cells} cells @returns {boolean} */
function overlaps({ runs }, { rect, bits }) {
  return runs.some(({ row, start, end }) => {
    if (row < rect.y || row >= rect.y + rect.height) return false;
    const base = (row - rect.y) * rect.width - rect.x;
    for (let x = Math.max(start, rect.x); x < Math.min(end, rect.x + rect.width); x += 1)
      if (bits[base + x] === 1) return true;
    return false;
  });
}
