/** The histogram of a tile, with the contrast window. */
import { histogram } from "../contrast.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */

/** Counts by band. @type {WeakMap<object, {counts: Uint32Array, low: number, high: number}>} */
const kept = new WeakMap();

/** @param {HTMLCanvasElement} canvas @param {OpenTile} tile */
export function drawHistogram(canvas, { pixels, info, contrast }) {
  const found = kept.get(pixels) ?? histogram(pixels, info.nodata, canvas.width / 2);
  kept.set(pixels, found);
  const { counts, low, high } = found;
  const context = canvas.getContext("2d");
  if (!context) return;
  const { width, height } = canvas;
  const top = Math.max(...counts, 1);
  const x = (/** @type {number} */ value) => ((value - low) / (high - low)) * width;
  context.clearRect(0, 0, width, height);
  context.fillStyle = "#8f8f97";
  counts.forEach((count, i) => context.fillRect(i * 2, height - (count / top) * height, 2, height));
  context.fillStyle = "rgba(79, 168, 204, 0.25)";
  context.fillRect(x(contrast.low), 0, x(contrast.high) - x(contrast.low), height);
  context.fillStyle = "#4fa8cc";
  for (const limit of [contrast.low, contrast.high]) context.fillRect(Math.round(x(limit)) - 1, 0, 2, height);
}
