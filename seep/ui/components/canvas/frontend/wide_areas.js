/** Wide dark areas of the prediction: oil sheets or low wind, which the analyst keeps or removes as a whole. Pure. */
import { components } from "./regions.js";

/** @typedef {import("./regions.js").Component} Component */
/** @typedef {{what: "wide", prediction: Uint8Array, seeds: number[], keep: boolean}} WideJob seeds: one pixel of each area */
/** @typedef {"open" | "kept" | "removed"} WideStatus open: not answered yet */

/**
 * @param {Uint8Array} prediction @param {number[]} seeds one pixel of each area @param {number} width @param {number} height
 * @returns {(Component | null)[]} the areas in the order of their seeds, whatever the classes of their pixels
 */
export function wideComponents(prediction, seeds, width, height) {
  const all = components(prediction.map((value) => (value && value !== 255 ? 1 : 0)), width, height);
  return seeds.map((seed) => all.find((one) => holds(one, seed, width)) ?? null);
}

/** @param {Component} component @param {number} pixel y * width + x @param {number} width @returns {boolean} */
export function holds({ runs }, pixel, width) {
  const [x, y] = [pixel % width, Math.floor(pixel / width)];
  return runs.some(({ row, start, end }) => row === y && start <= x && x < end);
}

/** @param {Uint8Array} mask @param {Component} area @param {number} width @returns {boolean} whether any of it is seep */
export function isPresent(mask, { runs }, width) {
  for (const { row, start, end } of runs) {
    for (let i = row * width + start, last = row * width + end; i < last; i += 1) if (mask[i]) return true;
  }
  return false;
}

/**
 * Keep fills background with the predicted classes; remove takes out pixels that still have their predicted class. What
 * an analyst painted stays.
 * @param {Uint8Array} mask changed in place @param {{width: number, height: number}} image @param {WideJob} job
 * @param {import("./worker/edits.js").Touch} touch
 */
export function answerWide(mask, { width, height }, { prediction, seeds, keep }, touch) {
  for (const area of wideComponents(prediction, seeds, width, height)) {
    if (!area) continue;
    touch(area.x, area.y, area.x + area.width - 1, area.y + area.height - 1);
    for (const { row, start, end } of area.runs) {
      for (let i = row * width + start, last = row * width + end; i < last; i += 1) {
        if (keep && mask[i] === 0) mask[i] = prediction[i];
        else if (!keep && mask[i] === prediction[i]) mask[i] = 0;
      }
    }
  }
}
