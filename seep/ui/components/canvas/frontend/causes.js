/** Where a cause of a slick is decided: at one of its pixels. Pure. */

/** @typedef {import("./types.js").Cells} Cells */

/** @param {Cells} slick @param {import("./types.js").Point} pixel @returns {boolean} whether the pixel is of the slick */
export function holds({ rect, bits }, { x, y }) {
  const [column, row] = [x - rect.x, y - rect.y];
  if (column < 0 || row < 0 || column >= rect.width || row >= rect.height) return false;
  return Boolean(bits[row * rect.width + column]);
}

/**
 * A pixel that is still of the slick after small edits of its outline: the middle of a run in its middle row.
 * @param {Cells} slick @returns {import("./types.js").Point}
 */
export function innerPixel({ rect, bits }) {
  const pixels = Array.from(bits.keys()).filter((i) => bits[i]);
  const middle = pixels[Math.floor(pixels.length / 2)];
  const row = Math.floor(middle / rect.width);
  let [first, last] = [middle, middle];
  while (first > row * rect.width && bits[first - 1]) first -= 1;
  while (last < (row + 1) * rect.width - 1 && bits[last + 1]) last += 1;
  return { x: rect.x + Math.floor((first + last) / 2) - row * rect.width, y: rect.y + row };
}
