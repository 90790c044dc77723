/** What can be measured of one slick: length, width, direction, contrast to the sea around it. Pure. */
import { distanceText } from "../../shared/nearest.js";
import { decimal, integer } from "../../shared/format.js";
import { grown } from "./morphology.js";

/** @typedef {import("./types.js").Cells} Cells */
/** @typedef {import("./types.js").OpenTile} OpenTile */
/**
 * @typedef {object} Evidence
 * @property {number} lengthPx from end to end, along the slick
 * @property {number} widthPx area divided by length
 * @property {number} direction degrees clockwise from the top of the image, 0 to 179; of the line between its ends
 * @property {number | null} contrastDb negative if the slick is darker; null without enough sea around it
 */

/** The ring of sea around a slick, as in exported slicks (seep/core/masks/slick_shape.py). */
const GAP_PX = 2;
const RING_PX = 8;
const LEAST_SEA = 8;
/** Pixels between the points of the line along a slick; fewer count the steps between pixels. */
const STRIDE = 8;

/**
 * @param {Cells} slick its pixels @param {Pick<OpenTile, "info" | "pixels" | "annotation">} tile
 * @returns {Evidence}
 */
export function measureSlick(slick, tile) {
  const area = slick.bits.reduce((sum, bit) => sum + bit, 0);
  const line = lineAlong(slick);
  let length = 1; // from the outer edge of the first pixel to that of the last one
  for (let i = 1; i < line.length; i += 1)
    length += Math.hypot(line[i].x - line[i - 1].x, line[i].y - line[i - 1].y);
  const [start, end] = [line[0], line[line.length - 1]];
  const turned = (Math.atan2(end.x - start.x, start.y - end.y) * 180) / Math.PI;
  return {
    lengthPx: length,
    widthPx: area / length,
    direction: Math.round(turned + 360) % 180,
    contrastDb: contrastOf(slick, tile),
  };
}

/** @param {Evidence} found @param {number | null | undefined} pixelM @returns {[string, string][]} name and value */
export function evidenceRows({ lengthPx, widthPx, direction, contrastDb }, pixelM) {
  const length = (/** @type {number} */ px) =>
    pixelM ? distanceText((px * pixelM) / 1000) : `${integer(Math.round(px))} px`;
  return [
    ["Length", length(lengthPx)],
    ["Width", length(widthPx)],
    ["Direction", `${direction}°`],
    ["Contrast", contrastDb === null ? "–" : `${decimal(contrastDb, 1)} dB`],
  ];
}

/**
 * The shortest way inside of the slick between two of its farthest pixels.
 * @param {Cells} slick @returns {import("./types.js").Point[]} every eighth pixel of it, and both ends
 */
function lineAlong({ rect, bits }) {
  const first = farthest(bits, rect, bits.indexOf(1));
  const { from, last } = farthest(bits, rect, first.last);
  /** @type {import("./types.js").Point[]} */
  const line = [];
  const add = (/** @type {number} */ at) =>
    line.push({ x: rect.x + (at % rect.width), y: rect.y + Math.floor(at / rect.width) });
  let steps = 0;
  let at = last;
  for (; from[at] !== at; at = from[at], steps += 1) if (steps % STRIDE === 0) add(at);
  add(at);
  return line;
}

/**
 * @param {Uint8Array} bits @param {{width: number, height: number}} rect @param {number} start
 * @returns {{last: number, from: Int32Array}} a pixel with the most steps from the start, and the one before each
 */
function farthest(bits, { width, height }, start) {
  const from = new Int32Array(bits.length).fill(-1);
  const queue = [start];
  from[start] = start;
  for (let i = 0; i < queue.length; i += 1) {
    const [x, y] = [queue[i] % width, Math.floor(queue[i] / width)];
    for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row += 1) {
      for (let column = Math.max(x - 1, 0); column <= Math.min(x + 1, width - 1); column += 1) {
        const at = row * width + column;
        if (!bits[at] || from[at] >= 0) continue;
        from[at] = queue[i];
        queue.push(at);
      }
    }
  }
  return { last: queue[queue.length - 1], from };
}

/** @param {Cells} slick @param {Pick<OpenTile, "info" | "pixels" | "annotation">} tile @returns {number | null} decibels */
function contrastOf({ rect, bits }, { info, pixels, annotation }) {
  const margin = GAP_PX + RING_PX;
  const [left, top] = [Math.max(rect.x - margin, 0), Math.max(rect.y - margin, 0)];
  const width = Math.min(rect.x + rect.width + margin, info.width) - left;
  const height = Math.min(rect.y + rect.height + margin, info.height) - top;
  const slick = new Uint8Array(width * height);
  for (let row = 0; row < rect.height; row += 1) {
    slick.set(
      bits.subarray(row * rect.width, (row + 1) * rect.width),
      (rect.y - top + row) * width + rect.x - left,
    );
  }
  const near = grown(slick, width, height, GAP_PX);
  const around = grown(slick, width, height, margin);
  const power = powerOf(info.unit ?? "dn");
  const sums = { inside: 0, pixels: 0, sea: 0, ring: 0 };
  for (let i = 0; i < slick.length; i += 1) {
    const at = (top + Math.floor(i / width)) * info.width + left + (i % width);
    const value = pixels[at];
    if (value === info.nodata || !Number.isFinite(value)) continue;
    if (slick[i]) {
      sums.inside += power(value);
      sums.pixels += 1;
    } else if (around[i] && !near[i] && annotation[at] === 0) {
      sums.sea += power(value);
      sums.ring += 1;
    }
  }
  if (!sums.pixels || sums.ring < LEAST_SEA || !(sums.inside > 0) || !(sums.sea > 0)) return null;
  return 10 * Math.log10(sums.inside / sums.pixels / (sums.sea / sums.ring));
}

/** @param {"dn" | "linear" | "db"} unit @returns {(value: number) => number} backscatter power, up to a factor; digital numbers are amplitudes */
function powerOf(unit) {
  if (unit === "db") return (value) => 10 ** (value / 10);
  return unit === "linear" ? (value) => value : (value) => value * value;
}
