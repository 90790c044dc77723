/** The model's slicks one by one: how sure it is of each, and taking those that it is sure of. Pure. */
import { components } from "./regions.js";

/** @typedef {import("./regions.js").Component} Component */
/** @typedef {import("./regions.js").Slick} Slick */
/** @typedef {Component & {sure: number}} PredictedSlick sure: mean probability of seep over its pixels, 0 to 1. */

/**
 * Mean probability of seep over the pixels of a component.
 * @param {Component} one @param {Uint8Array} probability 0 to 255 a pixel @param {number} width of the image
 * @returns {number} 0 to 1
 */
export function meanProbability({ runs, areaPx }, probability, width) {
  let sum = 0;
  for (const { row, start, end } of runs) {
    for (let i = row * width + start, last = row * width + end; i < last; i += 1) sum += probability[i];
  }
  return sum / areaPx / 255;
}

/**
 * The slicks of a prediction, surest first.
 * @param {Uint8Array} prediction @param {Uint8Array} probability @param {number} width @param {number} height
 * @returns {PredictedSlick[]}
 */
export function predictedSlicks(prediction, probability, width, height) {
  return components(prediction, width, height)
    .map((one) => ({ ...one, sure: meanProbability(one, probability, width) }))
    .sort((a, b) => b.sure - a.sure);
}

/**
 * Take the proposals that are as sure as `least`, and take out the others. What an analyst painted stays: a proposal
 * only fills background, and only pixels that still have its class are taken out.
 * @param {Uint8Array} mask changed in place
 * @param {PredictedSlick[]} all @param {number} least 0 to 1 @param {number} width
 * @param {(x0: number, y0: number, x1: number, y1: number) => void} touch told before pixels change
 * @returns {import("./types.js").Rect | null} what may have changed
 */
export function applyThreshold(mask, all, least, width, touch) {
  for (const { sure, classId, runs, ...box } of all) {
    const [from, to] = sure >= least ? [0, classId] : [classId, 0];
    touch(box.x, box.y, box.x + box.width - 1, box.y + box.height - 1);
    for (const { row, start, end } of runs) {
      for (let i = row * width + start, last = row * width + end; i < last; i += 1)
        if (mask[i] === from) mask[i] = to;
    }
  }
  return around(all);
}

/**
 * Give every pixel of a component another value.
 * @param {Uint8Array} mask changed in place
 * @param {Component} one @param {number} value @param {number} width
 * @param {(x0: number, y0: number, x1: number, y1: number) => void} touch
 * @returns {import("./types.js").Rect}
 */
export function setClass(mask, one, value, width, touch) {
  touch(one.x, one.y, one.x + one.width - 1, one.y + one.height - 1);
  for (const { row, start, end } of one.runs) mask.fill(value, row * width + start, row * width + end);
  return { x: one.x, y: one.y, width: one.width, height: one.height };
}

/** @param {Slick[]} slicks @returns {import("./types.js").Rect | null} */
function around(slicks) {
  if (!slicks.length) return null;
  const x = Math.min(...slicks.map((one) => one.x));
  const y = Math.min(...slicks.map((one) => one.y));
  const right = Math.max(...slicks.map((one) => one.x + one.width));
  const bottom = Math.max(...slicks.map((one) => one.y + one.height));
  return { x, y, width: right - x, height: bottom - y };
}
