/** What a step over each pixel costs the tracer; computed in blocks, where it is asked for. */
import { MEASURE, ridgeResponse, reachOf } from "./response.js";
import { scores, scoring, statistics } from "./values.js";

export const BLOCK_PX = 256;
export const COSTS = {
  floor: 0.03, // of the darkest ridge; lower lets a path wander further for a little darkness
  half: 2, // darkness, in standard deviations, at which a step costs half
  power: 3,
  nodata: 1000, // a path crosses nodata only where there is no other way
};

export class CostMap {
  /** @param {import("./values.js").Image} image */
  constructor(image, measure = MEASURE, costs = COSTS) {
    this.measure = measure;
    this.costs = costs;
    this.width = image.width;
    this.height = image.height;
    /** Robust z-score of a pixel, NaN for nodata. */
    this.score = scoring(image, statistics(image));
    /** By pixel; 0: not computed yet. */
    this.field = new Float32Array(image.width * image.height);
    this.cost = (/** @type {number} */ index) => this.field[index] || this.fresh(index);
  }

  /** @param {number} index @returns {number} its cost, after its block was computed */
  fresh(index) {
    const x = index % this.width;
    this.compute(Math.floor(x / BLOCK_PX), Math.floor((index - x) / this.width / BLOCK_PX));
    return this.field[index];
  }

  /** @param {number} column @param {number} row of blocks */
  compute(column, row) {
    const { width, height, field } = this;
    const [x0, y0] = [column * BLOCK_PX, row * BLOCK_PX];
    const [x1, y1] = [Math.min(x0 + BLOCK_PX, width), Math.min(y0 + BLOCK_PX, height)];
    const margin = reachOf(this.measure);
    const [left, top] = [Math.max(x0 - margin, 0), Math.max(y0 - margin, 0)];
    const right = Math.min(x1 + margin, width);
    const rect = { x: left, y: top, width: right - left, height: Math.min(y1 + margin, height) - top };
    const { plane, valid } = scores(width, this.score, rect);
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
