/** Display settings of the image and its overlays. They are kept in the browser, except those of a single tile. */

/**
 * @typedef {object} DisplaySettings
 * @property {import("./scales.js").Scale} scale
 * @property {import("./speckle.js").Filter} filter
 * @property {boolean | null} composite three bands as colors; null for pictures whose bands are red, green and blue
 * @property {boolean} neighbors of the scene around the tile
 * @property {boolean} passes whether the strip of passes is open
 * @property {boolean} passOutlines of the slicks of other passes
 * @property {boolean} minimap when only a part is seen
 * @property {string} against source that the difference is to
 * @property {[string, string] | null} compare two sources, left and right of the divider
 * @property {number} divider 0 to 1, from the left edge of the stage
 */

/** A source of a mask: "annotation", "prediction:12" (its id) or "revision:7". */

export const SCALES = /** @type {[import("./scales.js").Scale, string][]} */ ([
  ["raw", "Raw"],
  ["decibel", "dB"],
  ["root", "√"],
]);

export const FILTERS = /** @type {[import("./speckle.js").Filter, string][]} */ ([
  ["none", "No filter"],
  ["lee", "Lee 7 × 7"],
  ["refined", "Refined Lee 7 × 7"],
  ["median3", "Median 3 × 3"],
  ["median5", "Median 5 × 5"],
  ["median7", "Median 7 × 7"],
]);

/**
 * @param {any} [kept] a look of an earlier visit
 * @returns {DisplaySettings} with what still fits of it
 */
export function displaySettings(kept) {
  const one = (/** @type {[any, string][]} */ choices, /** @type {any} */ value) =>
    choices.some(([name]) => name === value) ? value : choices[0][0];
  return {
    scale: one(SCALES, kept?.scale),
    filter: one(FILTERS, kept?.filter),
    composite: typeof kept?.composite === "boolean" ? kept.composite : null,
    neighbors: kept?.neighbors !== false,
    passes: kept?.passes !== false,
    passOutlines: kept?.passOutlines === true,
    minimap: kept?.minimap !== false,
    against: "prediction",
    compare: null,
    divider: 0.5,
  };
}
