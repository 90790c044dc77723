/** Outlines of the slicks of other passes over the tile, colored by date, and thumbnails of passes. */
import { passColor } from "../../../shared/pass_colors.js";

/** @typedef {import("../types.js").TilePass} TilePass */
/** @typedef {{passes: TilePass[], shown: TilePass[], sites: import("../types.js").TileSite[]}} PassMarks passes: all, by date */

const DARK = "rgba(0,0,0,0.65)";
const SITE_PX = 9;

/** @type {WeakMap<TilePass, Path2D>} */
const paths = new WeakMap();

/** @param {TilePass} pass @returns {Path2D} its outlines in pixels of the tile */
function pathOf(pass) {
  let path = paths.get(pass);
  if (!path) {
    path = new Path2D(pass.rings.map((ring) => `M${ring.join(" ")}Z`).join(""));
    paths.set(pass, path);
  }
  return path;
}

/** @param {TilePass[]} passes by date @param {TilePass} pass @returns {string} its color on maps and in the strip */
export function colorOf(passes, pass) {
  return passColor(passes.indexOf(pass), passes.length);
}

/**
 * @param {CanvasRenderingContext2D} context in image coordinates @param {PassMarks} marks
 * @param {number} scale screen px per pixel
 */
export function drawPasses(context, { passes, shown, sites }, scale) {
  context.lineJoin = "round";
  for (const pass of shown) {
    for (const [width, color] of /** @type {[number, string][]} */ ([
      [3.5, DARK],
      [1.75, colorOf(passes, pass)],
    ])) {
      context.lineWidth = width / scale;
      context.strokeStyle = color;
      context.setLineDash(pass.reviewed || color === DARK ? [] : [6 / scale, 4 / scale]);
      context.stroke(pathOf(pass));
    }
  }
  context.setLineDash([]);
  for (const { tile_x: x, tile_y: y } of sites) {
    for (const [width, color] of /** @type {[number, string][]} */ ([
      [4, DARK],
      [2, "#ffffff"],
    ])) {
      context.beginPath();
      context.arc(x, y, SITE_PX / scale, 0, 2 * Math.PI);
      context.lineWidth = width / scale;
      context.strokeStyle = color;
      context.stroke();
    }
  }
}

/**
 * @param {HTMLCanvasElement} canvas @param {Uint8Array} pixels @param {{width: number, height: number}} size of them
 * @param {{width: number, height: number}} tile @param {TilePass} pass @param {string} color
 */
export function drawThumbnail(canvas, pixels, { width, height }, tile, pass, color) {
  Object.assign(canvas, { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const data = context.createImageData(width, height);
  const cells = new Uint32Array(data.data.buffer);
  pixels.forEach((gray, i) => (cells[i] = ((255 << 24) | (gray * 0x010101)) >>> 0));
  context.putImageData(data, 0, 0);
  const scale = width / tile.width;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.lineWidth = 1.5 / scale;
  context.strokeStyle = color;
  context.stroke(pathOf(pass));
}
