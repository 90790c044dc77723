/**
 * Gaussian filters on a rectangle of numbers: smoothing and second derivatives, separable, mirrored at the edges.
 */

/** @typedef {{data: Float32Array, width: number, height: number}} Plane Row-major. */

/**
 * Samples of a Gaussian or of its derivative, -3 sigma to 3 sigma.
 * @param {number} sigma px @param {0 | 1 | 2} order of the derivative
 * @returns {Float32Array} odd length; order 0 sums to 1; orders 1 and 2 give 1 for the ramp x and for x*x/2
 */
export function kernel(sigma, order) {
  const radius = Math.max(Math.ceil(3 * sigma), 1);
  const taps = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const total = taps.reduce((sum, one) => sum + one, 0);
  const smooth = taps.map((one) => one / total);
  if (order === 0) return Float32Array.from(smooth);
  const at = (/** @type {number} */ i) => i - radius;
  if (order === 1) {
    const gain = smooth.reduce((sum, one, i) => sum + one * at(i) ** 2, 0);
    return Float32Array.from(smooth, (one, i) => (one * at(i)) / gain);
  }
  const raw = smooth.map((one, i) => one * (at(i) ** 2 / sigma ** 2 - 1));
  const mean = raw.reduce((sum, one) => sum + one, 0) / raw.length; // no response to a constant
  const gain = raw.reduce((sum, one, i) => sum + ((one - mean) * at(i) ** 2) / 2, 0);
  return Float32Array.from(raw, (one) => (one - mean) / gain);
}

/**
 * Correlate along the rows, then along the columns.
 * @param {Plane} plane @param {Float32Array} along kernel for x @param {Float32Array} down kernel for y
 * @returns {Plane} a new one
 */
export function separable(plane, along, down) {
  return columns(rows(plane, along), down);
}

/** @param {Plane} plane @param {Float32Array} taps @returns {Plane} */
export function rows({ data, width, height }, taps) {
  const radius = taps.length >> 1;
  const result = new Float32Array(data.length);
  const line = new Float32Array(width + 2 * radius);
  for (let y = 0; y < height; y += 1) {
    const base = y * width;
    for (let i = 0; i < line.length; i += 1) line[i] = data[base + mirrored(i - radius, width)];
    for (let x = 0; x < width; x += 1) {
      let sum = 0;
      for (let i = 0; i < taps.length; i += 1) sum += taps[i] * line[x + i];
      result[base + x] = sum;
    }
  }
  return { data: result, width, height };
}

/** @param {Plane} plane @param {Float32Array} taps @returns {Plane} */
export function columns({ data, width, height }, taps) {
  const radius = taps.length >> 1;
  const result = new Float32Array(data.length);
  for (let y = 0; y < height; y += 1) {
    const base = y * width;
    for (let i = 0; i < taps.length; i += 1) {
      const from = mirrored(y + i - radius, height) * width;
      const tap = taps[i];
      for (let x = 0; x < width; x += 1) result[base + x] += tap * data[from + x];
    }
  }
  return { data: result, width, height };
}

/** @param {number} at @param {number} size @returns {number} `at` folded back into 0 .. size - 1 */
function mirrored(at, size) {
  let place = at;
  while (place < 0 || place >= size) place = place < 0 ? -place - 1 : 2 * size - 1 - place;
  return place;
}
