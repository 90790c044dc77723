/** The scale bar: a round length, as long as fits. */

export const LONGEST_PX = 120;

/**
 * @param {number} scale CSS px a pixel of the image
 * @param {number | null} pixelM side of a pixel on the ground, meters; null where it is not known
 * @returns {{lengthPx: number, label: string}} length on the screen: 1, 2 or 5 times a power of ten of meters, or of pixels
 */
export function barOf(scale, pixelM) {
  const unit = pixelM ?? 1;
  const most = (LONGEST_PX / scale) * unit;
  const power = 10 ** Math.floor(Math.log10(most));
  const round = ([5, 2, 1].find((one) => one * power <= most * (1 + 1e-9)) ?? 1) * power;
  return { lengthPx: (round / unit) * scale, label: pixelM ? groundWords(round) : `${trimmed(round)} px` };
}

/** @param {number} meters @returns {string} */
function groundWords(meters) {
  return meters >= 1000 ? `${trimmed(meters / 1000)} km` : `${trimmed(meters)} m`;
}

/** @param {number} value @returns {string} without the noise of floating point */
function trimmed(value) {
  return String(Number(value.toPrecision(3)));
}
