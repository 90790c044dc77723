/** Cost of each pixel for the tracer's paths; computed in blocks, on demand. */
import { MEASURE, ridgeResponse, marginOf } from "./response.js";
import { zScores, zScorer, statistics } from "./values.js";

export const BLOCK_PX = 256;
export const COSTS = {
  floor: 0.03, // cost of the darkest ridge; a lower value allows longer detours
  half: 2, // darkness, in standard deviations, at which a step costs half as much
  power: 3,
  nodata: 1000, // a path crosses nodata only if there is no other path
};

export class CostMap {
  /** @param {import("./values.js").Image} image */
  constructor(image, measure = MEASURE, costs = COSTS) {
    this.measure = measure;
    this.costs = costs;
    this.width = image.width;
    this.height = image.height;
    /** Robust z-score of a pixel, NaN for nodata. */
    this.score = zScorer(image, statistics(image));
    /** By pixel; 0: not computed yet. */
    this.field = new Float32Array(image.width * image.height);
    this.cost = (/** @type {number} */ index) => this.field[index] || this.computeAt(index);
  }

  /** @param {number} index @returns {number} its cost; computes the block */
  computeAt(index) {
    const x = index % this.width;
    this.compute(Math.floor(x / BLOCK_PX), Math.floor((index - x) / this.width / BLOCK_PX));
    return this.field[index];
  }

  /** @param {number} column @param {number} row of blocks */
  compute(column, row) {
    const { width, height, field } = this;
    const [x0, y0] = [column * BLOCK_PX, row * BLOCK_PX];
    const [x1, y1] = [Math.min(x0 + BLOCK_PX, width), Math.min(y0 + BLOCK_PX, height)];
    const margin = marginOf(this.measure);
    const [left, top] = [Math.max(x0 - margin, 0), Math.max(y0 - margin, 0)];
    const right = Math.min(x1 + margin, width);
    const rect = { x: left, y: top, width: right - left, height: Math.min(y1 + margin, height) - top };
    const { plane, valid } = zScores(width, this.score, rect);
    const dark = ridgeResponse(plane, this.measure);
    const { floor, half, power, nodata } = this.costs;
    for (let y = y0; y < y1; y += 1) {
      for (let x = x0; x < x1; x += 1) {
        const at = (y - top) * rect.width + x - left;
        field[y * width + x] = valid[at] ? floor + 1 / (1 + (dark[at] / half) ** power) : nodata;
      }
    }
  }
}
