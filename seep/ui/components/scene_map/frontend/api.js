/** The server's routes for scenes. @import { MapData, SceneDocument } from "./types.js" */

import { request } from "../../shared/api.js";

/** @param {MapData} data @param {string} path below the scene's URL @param {AbortSignal} [signal] */
function get(data, path, signal) {
  return request(`${data.base_url}/seep/scenes/${data.scene_id}/${path}`, data.author, { signal });
}

/** @param {MapData} data @returns {Promise<SceneDocument>} */
export async function fetchScene(data) {
  return (await get(data, "document")).json();
}

/**
 * One picture of the pyramid.
 *
 * @param {MapData} data
 * @param {string} key "layer/level/column/row"
 * @param {string} version of the layer, part of the address
 * @param {AbortSignal} signal
 * @returns {Promise<ImageBitmap>}
 */
export async function fetchSquare(data, key, version, signal) {
  const [layer = "", ...place] = key.split("/");
  const response = await get(
    data,
    `map/${place.join("/")}?layer=${layer}&v=${encodeURIComponent(version)}`,
    signal,
  );
  return createImageBitmap(await response.blob());
}
