/** Class ids to colored pixels, and what changed between two masks. @import { Ids } from "./types.js" */

import { request } from "../../shared/api.js";

const UNSURE = 255;
const PALE = 110;
const STRONG = 235;

/**
 * Color a mask: pale where it is as it was before, strong where it is new or of another class, and dotted in
 * the old color where it is gone.
 *
 * @param {Ids} now
 * @param {Ids | null} before null where there is nothing to compare with; then all of it is pale
 * @param {Map<number, number[]>} colors red, green and blue by class id
 * @returns {Uint8ClampedArray<ArrayBuffer>} red, green, blue and opacity of each pixel
 */
export function paint(now, before, colors) {
  const painted = new Uint8ClampedArray(now.pixels.length * 4);
  const old = before && before.pixels.length === now.pixels.length ? before.pixels : now.pixels;
  for (let at = 0; at < now.pixels.length; at += 1) {
    const is = seep(now.pixels[at]);
    const was = seep(old[at]);
    if (is === 0 && was === 0) continue;
    const dot = (at + Math.floor(at / now.width)) % 2 === 0;
    if (is === 0 && !dot) continue;
    const color = colors.get(is || was) ?? [255, 255, 255];
    painted.set(color, at * 4);
    painted[at * 4 + 3] = is === was ? PALE : STRONG;
  }
  return painted;
}

/** @param {number | undefined} id */
function seep(id) {
  return id === undefined || id === UNSURE ? 0 : id;
}

/**
 * @param {Record<string, string>} colors "#rrggbb" by class id
 * @returns {Map<number, number[]>} red, green and blue by class id
 */
export function parseColors(colors) {
  return new Map(
    Object.entries(colors).map(([id, text]) => {
      const value = Number.parseInt(text.slice(1), 16);
      return [Number(id), [value >> 16, (value >> 8) & 255, value & 255]];
    }),
  );
}

/**
 * Fetch a mask and take the class ids out of its gray values, untouched by color management.
 *
 * @param {string} address
 * @returns {Promise<Ids>}
 */
export async function fetchIds(address) {
  const response = await request(address);
  const bitmap = await createImageBitmap(await response.blob(), {
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser gives no canvas to read pixels with");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, pixels: Uint8Array.from({ length: width * height }, (_, at) => data[at * 4] ?? 0) };
}
