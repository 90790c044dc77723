/** Wide dark areas: oil sheets or look-alikes, which the analyst keeps or removes as a whole. Pure. */
import { components } from "./regions.js";

/** @typedef {import("./regions.js").Component} Component */
/** @typedef {import("./history.js").Answers} Answers */
/** was: its earlier answer, if any. @typedef {{runs: number[], seeds: number[], was?: number}} AskedArea */
/** classId: of kept pixels without a predicted class. @typedef {{what: "wide", prediction: Uint8Array, areas: AskedArea[], keep: boolean, classId: number}} WideJob */
/** @typedef {"open" | "kept" | "removed"} WideStatus open: not answered yet */

/** @param {number[]} runs y, first x and last x + 1 of each run @returns {Component} of no class */
export function componentOf(runs) {
  const found = {
    classId: 0,
    areaPx: 0,
    x: Infinity,
    y: runs[0],
    width: 0,
    height: 0,
    runs: /** @type {Component["runs"]} */ ([]),
  };
  let right = 0;
  for (let i = 0; i < runs.length; i += 3) {
    const [row, start, end] = runs.slice(i, i + 3);
    found.runs.push({ value: 0, row, start, end, parent: found.runs.length });
    found.areaPx += end - start;
    found.x = Math.min(found.x, start);
    right = Math.max(right, end);
    found.height = row + 1 - found.y;
  }
  found.width = right - found.x;
  return found;
}

/**
 * @param {Uint8Array} prediction @param {number[]} seeds one pixel of each slick @param {number} width @param {number} height
 * @returns {Component[]} the predicted slicks that hold them, whatever the classes of their pixels
 */
export function slicksAt(prediction, seeds, width, height) {
  if (!seeds.length) return [];
  const all = components(
    prediction.map((value) => (value && value !== 255 ? 1 : 0)),
    width,
    height,
  );
  return all.filter((one) => seeds.some((seed) => holds(one, seed, width)));
}

/** @param {Component} component @param {number} pixel y * width + x @param {number} width @returns {boolean} */
export function holds({ runs }, pixel, width) {
  const [x, y] = [pixel % width, Math.floor(pixel / width)];
  return runs.some(({ row, start, end }) => row === y && start <= x && x < end);
}

/** @param {number[]} runs @param {number} width @returns {number} the pixel that stands for an area: its first one */
export function keyOf([row, start], width) {
  return row * width + start;
}

/**
 * The state of an area, whether it was answered by key or by hand.
 * @param {Uint8Array} mask @param {Uint8Array} prediction @param {AskedArea} area @param {number} width of the tile
 * @returns {WideStatus}
 */
export function statusOf(mask, prediction, { runs, seeds, was }, width) {
  let [seep, unpredicted, painted] = [0, 0, 0];
  eachPixel(runs, width, (i) => {
    if (mask[i]) seep += 1;
    if (prediction[i]) return;
    unpredicted += 1;
    if (mask[i]) painted += 1;
  });
  if (painted * 2 > unpredicted) return "kept";
  if (was) return seep ? "kept" : "removed";
  return was === 0 || (seeds.length && !seep) ? "removed" : "open";
}

/**
 * Keep fills background with the predicted classes, and with the chosen class where none was predicted. Remove takes out
 * what an earlier answer filled, and pixels of wide predicted slicks that still have their predicted class. What an
 * analyst painted stays.
 * @param {Uint8Array} mask changed in place @param {{width: number, height: number}} image @param {WideJob} job
 * @param {import("./worker/edits.js").Touch} touch
 * @returns {Answers}
 */
export function answerWide(mask, { width, height }, { prediction, areas, keep, classId }, touch) {
  /** @type {Answers} */
  const answers = {};
  for (const { runs, seeds, was } of areas) {
    const { x, y, width: across, height: down } = componentOf(runs);
    touch(x, y, x + across - 1, y + down - 1);
    answers[keyOf(runs, width)] = keep ? classId : 0;
    eachPixel(runs, width, (i) => {
      if (was && !prediction[i] && mask[i] === was) mask[i] = 0;
      if (keep && mask[i] === 0) mask[i] = prediction[i] || classId;
    });
    if (keep) continue;
    for (const slick of slicksAt(prediction, seeds, width, height)) {
      for (const { row, start, end } of slick.runs) {
        for (let i = row * width + start, last = row * width + end; i < last; i += 1)
          if (mask[i] === prediction[i]) mask[i] = 0;
      }
    }
  }
  return answers;
}

/** @param {number[]} runs @param {number} width @param {(pixel: number) => void} visit */
function eachPixel(runs, width, visit) {
  for (let at = 0; at < runs.length; at += 3) {
    for (let i = runs[at] * width + runs[at + 1], last = runs[at] * width + runs[at + 2]; i < last; i += 1)
      visit(i);
  }
}
