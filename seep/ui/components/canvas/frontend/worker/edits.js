/**
 * Edits that can take longer than a frame on a large tile: what each makes of a mask. Pure; a job is plain values, so
 * that another thread can do it.
 */
import { flood } from "../flood.js";
import { closedArea } from "../gaps.js";
import { History } from "../history.js";
import { setClass } from "../predicted_slicks.js";
import { components, polygonCells } from "../regions.js";
import { answerWide } from "../wide_areas.js";
import { changeSlicks } from "./slicks.js";

/** @typedef {import("../types.js").Cells} Cells */
/** @typedef {import("../types.js").Point} Point */
/** @typedef {import("../regions.js").Slick} Slick */
/** @typedef {{pixels: import("../types.js").Pixels, width: number, height: number, nodata: number | null}} Image */
/**
 * stamp, polygon: pixels get a class, with `painted` only those that have one, with `background` only those that have
 * none; fill: the area around a pixel, a slick
 * as it is, background up to what is painted around it; give: a slick that still is as it was listed gets another
 * class; slicks: see slicks.js; wide: see wide_areas.js.
 * @typedef {{what: "stamp", cells: Cells, value: number, painted: boolean, background?: boolean}
 *   | {what: "polygon", points: Point[], value: number, painted: boolean}
 *   | {what: "fill", index: number, value: number, gapPx: number}
 *   | {what: "give", slick: Slick, value: number}
 *   | import("../wide_areas.js").WideJob
 *   | import("./slicks.js").SlicksJob} Job
 */
/** @typedef {(x0: number, y0: number, x1: number, y1: number) => void} Touch told before pixels change */
/** note: what else a job has to say. @typedef {{mask: Uint8Array, edit: import("../history.js").Edit | null, note: any}} Made */

/** @type {{[What in Job["what"]]: (mask: Uint8Array, image: Image, job: Extract<Job, {what: What}>, touch: Touch) => unknown}} */
const JOBS = {
  stamp: (mask, { width }, { cells, value, painted, background }, touch) =>
    put(mask, width, cells, value, painted, touch, background),
  polygon(mask, { width, height }, { points, value, painted }, touch) {
    const cells = polygonCells(points, width, height);
    if (cells) put(mask, width, cells, value, painted, touch);
  },
  fill: (mask, image, job, touch) => fill(mask, image, job, touch),
  give(mask, { width, height }, { slick, value }, touch) {
    const one = components(mask, width, height).find((other) => isSame(other, slick));
    if (one) setClass(mask, one, value, width, touch);
  },
  slicks: changeSlicks,
  wide: answerWide,
};

/**
 * Do a job as one edit.
 * @param {Uint8Array} mask changed in place @param {Image} image @param {Job} job
 * @returns {Made}
 */
export function applyEdit(mask, image, job) {
  const history = new History(mask, image.width, image.height);
  history.begin();
  const doing = /** @type {(mask: Uint8Array, image: Image, job: Job, touch: Touch) => unknown} */ (
    JOBS[job.what]
  );
  const note = doing(mask, image, job, (...box) => history.touch(...box));
  const edit = history.commit();
  // An answer is a step of undo even where no pixel changes.
  if (job.what === "wide")
    return {
      mask,
      edit: { tiles: edit?.tiles ?? [], answers: /** @type {import("../history.js").Answers} */ (note) },
      note,
    };
  return { mask, edit, note };
}

/**
 * @param {Uint8Array} mask changed in place @param {number} width of it
 * @param {Cells} cells @param {number} value @param {boolean} painted only pixels that have a class already
 * @param {Touch} touch @param {boolean} [background] only pixels without a class
 */
function put(mask, width, { rect, bits }, value, painted, touch, background = false) {
  touch(rect.x, rect.y, rect.x + rect.width - 1, rect.y + rect.height - 1);
  for (let row = 0; row < rect.height; row += 1) {
    const part = bits.subarray(row * rect.width, (row + 1) * rect.width);
    const at = (rect.y + row) * width + rect.x;
    for (let from = part.indexOf(1); from >= 0; ) {
      const end = part.indexOf(0, from);
      const to = end < 0 ? rect.width : end;
      if (!painted && !background) mask.fill(value, at + from, at + to);
      else for (let i = at + from; i < at + to; i += 1) if ((mask[i] !== 0) === painted) mask[i] = value;
      from = end < 0 ? -1 : part.indexOf(1, to);
    }
  }
}

/**
 * @param {Uint8Array} mask @param {Image} image @param {Extract<Job, {what: "fill"}>} job @param {Touch} touch
 * @returns {boolean} false where background is open to the tile's edge; nothing has changed then
 */
function fill(mask, { width, height }, { index, value, gapPx }, touch) {
  const was = mask[index];
  if (was === value) return true;
  const cells = was ? flood(mask, was, width, height, index) : closedArea(mask, width, height, index, gapPx);
  if (cells) put(mask, width, cells, value, false, touch);
  return cells !== null;
}

/** @param {Slick} one @param {Slick} other @returns {boolean} */
export function isSame(one, other) {
  const names = /** @type {const} */ (["classId", "areaPx", "x", "y", "width", "height"]);
  return names.every((name) => one[name] === other[name]);
}
