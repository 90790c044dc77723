/** What tools show over the image, made of small parts. */

/** @returns {import("../types.js").Sketch} nothing */
export function blank() {
  return { lines: [], nodes: [], cells: null };
}
