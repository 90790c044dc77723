/** Several bands: which one is looked at, and three of them as red, green and blue. */
import { percentileLimits } from "../contrast.js";
import { bandOf } from "../encoding.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */
/**
 * @typedef {object} Composite
 * @property {import("../types.js").Pixels} raw interleaved
 * @property {number} bands in raw
 * @property {[number, number][]} windows raw values that become dark and bright: of red, green and blue, the first three bands
 */

/**
 * Show another band. Its window starts from its own percentiles; the tools work on it too.
 * @param {OpenTile} tile changed in place
 * @param {number} band
 */
export function pickBand(tile, band) {
  tile.band = band;
  tile.pixels = bandOf(tile.raw, tile.info.bands, band);
  const [low, high] = percentileLimits(tile.pixels, tile.info.nodata);
  tile.contrast = { ...tile.contrast, low, high };
  tile.window = [low, high];
}

const COLOR_NAMES = ["red", "green", "blue"];

/**
 * @param {boolean | null} composite the user's choice; null for color where the file names its bands red, green and blue
 * @param {{bands: number, band_names?: string[]}} info
 * @returns {boolean} whether the first three bands are shown in color
 */
export function showsColor(composite, info) {
  return info.bands > 2 && (composite ?? COLOR_NAMES.every((name, i) => info.band_names?.[i] === name));
}

/**
 * @param {import("./display.js").DisplaySettings} display @param {{bands: number, band_names?: string[]} | null} info of the open tile
 * @returns {boolean} whether the tile is not shown as it would be at first
 */
export function isViewChanged({ scale, filter, composite }, info) {
  return (
    scale !== "raw" ||
    filter !== "none" ||
    (info !== null && showsColor(composite, info) !== showsColor(null, info))
  );
}

/** Percentiles by tile, since they take 10 ms. @type {WeakMap<object, [number, number][]>} */
const limits = new WeakMap();

/**
 * The first three bands, each within its own percentiles; a window narrowed by hand narrows all three alike.
 * @param {OpenTile} tile of three bands or more
 * @returns {Composite}
 */
export function compositeOf({ raw, band, info, contrast }) {
  const all =
    limits.get(raw) ?? [0, 1, 2].map((one) => percentileLimits(bandOf(raw, info.bands, one), info.nodata));
  limits.set(raw, all);
  const [low, high] = all[band] ?? percentileLimits(bandOf(raw, info.bands, band), info.nodata);
  const from = (contrast.low - low) / (high - low);
  const to = (contrast.high - low) / (high - low);
  const windows = all.map(
    ([a, b]) => /** @type {[number, number]} */ ([a + from * (b - a), a + to * (b - a)]),
  );
  return { raw, bands: info.bands, windows };
}

/**
 * Color a rectangle by three bands; a cell of several pixels shows its first.
 * @param {Composite} composite @param {number} width of the image
 * @param {number | null} nodata a pixel with this value in all three bands is transparent, and one with NaN in any
 * @param {Uint32Array} table of grays(), straight
 * @param {import("../types.js").Rect} rect @param {number} step
 * @param {Uint32Array} out RGBA, a row every `stride` entries @param {number} stride
 */
export function toColor({ raw, bands, windows }, width, nodata, table, rect, step, out, stride) {
  const last = table.length - 1;
  const scales = windows.map(([low, high]) => ({ low, factor: last / Math.max(high - low, 1e-12) }));
  for (let y = rect.y, base = 0; y < rect.y + rect.height; y += step, base += stride) {
    for (let x = rect.x, at = base; x < rect.x + rect.width; x += step, at += 1) {
      const from = (y * width + x) * bands;
      let color = 0xff000000;
      let measured = false;
      for (let one = 0; one < 3; one += 1) {
        const value = raw[from + one];
        if (Number.isNaN(value)) {
          measured = false;
          break;
        }
        measured ||= value !== nodata;
        const gray = (value - scales[one].low) * scales[one].factor;
        const share = table[Math.round(Math.min(Math.max(gray, 0), last))] & 255;
        color += share << (8 * one);
      }
      out[at] = measured ? color : 0;
    }
  }
}
