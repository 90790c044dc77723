/** The server's routes for places. @import { PlaceDocument, SiteData } from "./types.js" */

import { request } from "../../shared/api.js";

const EXPORT_TIMEOUT_MS = 600_000; // a report may have thousands of pictures

/** @param {SiteData} data @returns {Promise<PlaceDocument>} */
export async function fetchPlace(data) {
  return (await request(`${data.base_url}/seep/places/${data.place_id}/document`, data.author)).json();
}

/** @param {SiteData} data @param {Record<string, unknown>} change @returns {Promise<PlaceDocument>} */
export async function sendChange(data, change) {
  const options = {
    method: "POST",
    body: JSON.stringify(change),
    headers: { "Content-Type": "application/json" },
  };
  return (await request(`${data.base_url}/seep/places/${data.place_id}/sites`, data.author, options)).json();
}

/** @param {SiteData} data @returns {Promise<Blob>} the deliverables of the place as a zip */
export async function fetchExport(data) {
  return (
    await request(`${data.base_url}/seep/places/${data.place_id}/export`, data.author, {}, EXPORT_TIMEOUT_MS)
  ).blob();
}

/**
 * The address of a square of the place as one pass saw it.
 *
 * @param {SiteData} data @param {number} scene @param {number} x @param {number} y @param {number} side @param {number} size
 */
export function pictureAddress(data, scene, x, y, side, size) {
  return `${data.base_url}/seep/passes/${scene}/picture?x=${x}&y=${y}&side=${side}&size=${size}`;
}

/**
 * A square of the background as a picture.
 *
 * @param {SiteData} data @param {string} key "scene/level/column/row" @param {AbortSignal} signal @returns {Promise<ImageBitmap>}
 */
export async function fetchSquare(data, key, signal) {
  const [scene = 0, level = 0, column = 0, row = 0] = key.split("/").map(Number);
  const side = 256 * 2 ** level;
  const response = await request(
    pictureAddress(data, scene, column * side, row * side, side, 256),
    data.author,
    { signal },
  );
  return createImageBitmap(await response.blob());
}
