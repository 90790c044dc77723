/** Colors of the layers that show how sure a model is: probability of a seep, and its entropy. */

/** @typedef {[number, number, number]} Color */

/** Dark to bright in even steps of lightness, legible without color vision (after matplotlib's inferno and viridis). */
const RAMPS = /** @type {Record<"probability" | "uncertainty", Color[]>} */ ({
  probability: [
    [40, 11, 84],
    [101, 21, 110],
    [159, 42, 99],
    [212, 72, 66],
    [245, 125, 21],
    [250, 193, 39],
    [252, 255, 164],
  ],
  uncertainty: [
    [68, 1, 84],
    [65, 68, 135],
    [42, 120, 142],
    [34, 168, 132],
    [122, 209, 81],
    [253, 231, 37],
  ],
});
const CLEAR_BELOW = 0.25; // colors fade out toward 0, so that the image stays in sight where nothing is claimed

/**
 * The entropy of a yes-or-no answer, in bits.
 * @param {number} p 0 to 1 @returns {number} 0 where it is sure, 1 at 0.5
 */
export function entropy(p) {
  if (p <= 0 || p >= 1) return 0;
  return -(p * Math.log2(p) + (1 - p) * Math.log2(1 - p));
}

/** @param {Color[]} ramp @param {number} share 0 to 1 @returns {Color} */
function along(ramp, share) {
  const at = Math.min(Math.max(share, 0), 1) * (ramp.length - 1);
  const low = Math.min(Math.floor(at), ramp.length - 2);
  const mix = (/** @type {0 | 1 | 2} */ part) =>
    Math.round(ramp[low][part] + (at - low) * (ramp[low + 1][part] - ramp[low][part]));
  return [mix(0), mix(1), mix(2)];
}

/**
 * RGBA by the byte of a probability.
 * @param {"probability" | "uncertainty"} layer
 * @returns {Uint32Array} 256 entries, little-endian
 */
export function heatTable(layer) {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i += 1) {
    const share = layer === "probability" ? i / 255 : entropy(i / 255);
    const [red, green, blue] = along(RAMPS[layer], share);
    const alpha = Math.round(255 * Math.min(share / CLEAR_BELOW, 1));
    table[i] = ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return table;
}

/** @param {"probability" | "uncertainty"} layer @returns {string} the ramp as a CSS gradient, 0 at the left */
export function heatGradient(layer) {
  return `linear-gradient(to right, ${RAMPS[layer].map((color) => `rgb(${color.join(" ")})`).join(", ")})`;
}
