/** What tools show over the image, made of small parts. */

/** @returns {import("../types.js").Sketch} nothing */
export function emptySketch() {
  return { lines: [], nodes: [], cells: null };
}
