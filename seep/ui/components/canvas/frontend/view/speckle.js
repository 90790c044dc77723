/**
 * Speckle filters, for the eye only: tools never see what they make.
 *
 * Lee: J.-S. Lee, "Digital image enhancement and noise filtering by use of local statistics", IEEE PAMI 2 (1980).
 * Refined Lee: J.-S. Lee, "Refined filtering of image noise using local statistics", Computer Graphics and Image
 * Processing 15 (1981). Both take speckle as multiplicative; its strength is read off the tile itself, as the
 * median of the local variation, since most of a tile is open sea. Decibels are filtered as power.
 */

/** @typedef {"none" | "lee" | "refined" | "median3" | "median5" | "median7"} Filter */
/** @typedef {import("../types.js").Pixels} Pixels */
/** @typedef {{values: Float32Array, width: number, height: number}} Plane NaN where there is no data. */

const HALF = 3; // of the 7 x 7 window of both Lee filters
const SAMPLED = 4096; // places at which the strength of speckle is read

/**
 * @param {Pixels} pixels @param {number} width @param {number} height
 * @param {number | null} nodata @param {boolean} db whether the values are decibels
 * @param {Filter} filter
 * @returns {Float32Array} in the units of pixels; NaN where there is no data
 */
export function despeckled(pixels, width, height, nodata, db, filter) {
  const values = Float32Array.from(pixels, (value) => (value === nodata ? Number.NaN : value));
  const plane = { values, width, height };
  if (filter.startsWith("median")) return median(plane, (Number(filter.at(-1)) - 1) / 2);
  if (filter === "none") return values;
  if (db) for (let i = 0; i < values.length; i += 1) values[i] = 10 ** (values[i] / 10);
  const done = filter === "lee" ? lee(plane) : refinedLee(plane);
  if (db) for (let i = 0; i < done.length; i += 1) done[i] = 10 * Math.log10(Math.max(done[i], 1e-12));
  return done;
}

/**
 * Mean and variance over a part of the window round a pixel, of valid pixels only.
 * @param {Plane} plane @param {number} x @param {number} y
 * @param {Int8Array} offsets dx, dy, dx, dy, ... of the part
 * @param {Float64Array} out mean and variance
 */
function statistics({ values, width, height }, x, y, offsets, out) {
  let [count, sum, square] = [0, 0, 0];
  const middle = values[y * width + x];
  for (let i = 0; i < offsets.length; i += 2) {
    const [u, v] = [x + offsets[i], y + offsets[i + 1]];
    if (u < 0 || v < 0 || u >= width || v >= height) continue;
    const value = values[v * width + u] - middle; // near the mean: squares of large values would cancel badly
    if (Number.isNaN(value)) continue;
    count += 1;
    sum += value;
    square += value * value;
  }
  const mean = sum / count;
  out[0] = mean + middle;
  out[1] = Math.max(square / count - mean * mean, 0);
}

/** @param {(dx: number, dy: number) => boolean} inside @returns {Int8Array} dx, dy pairs of a part of the window */
function part(inside) {
  const offsets = [];
  for (let dy = -HALF; dy <= HALF; dy += 1) {
    for (let dx = -HALF; dx <= HALF; dx += 1) if (inside(dx, dy)) offsets.push(dx, dy);
  }
  return Int8Array.from(offsets);
}

const WHOLE = part(() => true);
/** Halves of the window, on either side of an edge that runs |, /, - or \. */
const HALVES = [
  [part((dx) => dx <= 0), part((dx) => dx >= 0)],
  [part((dx, dy) => dx + dy <= 0), part((dx, dy) => dx + dy >= 0)],
  [part((_dx, dy) => dy <= 0), part((_dx, dy) => dy >= 0)],
  [part((dx, dy) => dx >= dy), part((dx, dy) => dx <= dy)],
];

/**
 * The strength of speckle: squared coefficient of variation where the image is even.
 * @param {Plane} plane @returns {number}
 */
function speckle(plane) {
  const { values, width } = plane;
  const step = Math.max(Math.floor(values.length / SAMPLED), 1);
  const found = [];
  const out = new Float64Array(2);
  for (let i = 0; i < values.length; i += step) {
    if (Number.isNaN(values[i])) continue;
    statistics(plane, i % width, Math.floor(i / width), WHOLE, out);
    if (out[0] !== 0) found.push(out[1] / (out[0] * out[0]));
  }
  found.sort((a, b) => a - b);
  return found[found.length >> 1] ?? 0;
}

/**
 * The estimate with the least expected square error, after Lee.
 * @param {number} value @param {number} mean @param {number} variance local @param {number} noise of speckle()
 * @returns {number}
 */
function estimate(value, mean, variance, noise) {
  if (variance <= 0) return mean;
  const signal = Math.max((variance - mean * mean * noise) / (1 + noise), 0);
  return mean + (signal / variance) * (value - mean);
}

/** @param {Plane} plane @returns {Float32Array} */
function lee(plane) {
  const { values, width, height } = plane;
  const noise = speckle(plane);
  const done = new Float32Array(values.length);
  const out = new Float64Array(2);
  for (let y = 0, i = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 1) {
      statistics(plane, x, y, WHOLE, out);
      done[i] = estimate(values[i], out[0], out[1], noise);
    }
  }
  return done;
}

/** @param {Plane} plane @returns {Float32Array} each pixel by the half of its window that lies on its side of an edge */
function refinedLee(plane) {
  const { values, width, height } = plane;
  const noise = speckle(plane);
  const done = new Float32Array(values.length);
  const out = new Float64Array(2);
  const means = boxMeans(plane);
  const at = (
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ dx,
    /** @type {number} */ dy,
  ) => means[Math.min(Math.max(y + dy, 0), height - 1) * width + Math.min(Math.max(x + dx, 0), width - 1)];
  for (let y = 0, i = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 1) {
      const [a, b, c] = [at(x, y, -2, -2), at(x, y, 0, -2), at(x, y, 2, -2)];
      const [d, middle, e] = [at(x, y, -2, 0), means[i], at(x, y, 2, 0)];
      const [f, g, h] = [at(x, y, -2, 2), at(x, y, 0, 2), at(x, y, 2, 2)];
      const sides = [
        [a + d + f, c + e + h, d, e],
        [a + b + d, e + g + h, a, h],
        [a + b + c, f + g + h, b, g],
        [b + c + e, d + f + g, c, f],
      ];
      let edge = 0;
      for (let k = 1; k < 4; k += 1) {
        if (Math.abs(sides[k][0] - sides[k][1]) > Math.abs(sides[edge][0] - sides[edge][1])) edge = k;
      }
      const first = Math.abs(sides[edge][2] - middle) <= Math.abs(sides[edge][3] - middle);
      statistics(plane, x, y, HALVES[edge][first ? 0 : 1], out);
      done[i] = estimate(values[i], out[0], out[1], noise);
    }
  }
  return done;
}

/** @param {Plane} plane @returns {Float32Array} means of 3 x 3 pixels */
function boxMeans({ values, width, height }) {
  const means = new Float32Array(values.length);
  for (let y = 0, i = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 1) {
      let [sum, count] = [0, 0];
      for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v += 1) {
        for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u += 1) {
          const value = values[v * width + u];
          if (Number.isNaN(value)) continue;
          sum += value;
          count += 1;
        }
      }
      means[i] = count ? sum / count : 0;
    }
  }
  return means;
}

/** @param {Plane} plane @param {number} half of the window, without its middle @returns {Float32Array} */
function median({ values, width, height }, half) {
  const done = new Float32Array(values.length);
  const window = new Float32Array((2 * half + 1) ** 2);
  for (let y = 0, i = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 1) {
      let count = 0;
      for (let v = Math.max(y - half, 0); v <= Math.min(y + half, height - 1); v += 1) {
        for (let u = Math.max(x - half, 0); u <= Math.min(x + half, width - 1); u += 1) {
          const value = values[v * width + u];
          if (!Number.isNaN(value)) window[count++] = value;
        }
      }
      done[i] = Number.isNaN(values[i]) ? Number.NaN : middleOf(window, count);
    }
  }
  return done;
}

/** @param {Float32Array} window changed in place @param {number} count values in it @returns {number} the middle one, the upper of two */
function middleOf(window, count) {
  const wanted = count >> 1;
  for (let low = 0, high = count - 1; low < high; ) {
    const pivot = window[wanted];
    let [i, j] = [low, high];
    while (i <= j) {
      while (window[i] < pivot) i += 1;
      while (window[j] > pivot) j -= 1;
      if (i > j) break;
      [window[i], window[j]] = [window[j], window[i]];
      i += 1;
      j -= 1;
    }
    if (j < wanted) low = i;
    if (wanted < i) high = j;
  }
  return window[wanted];
}
