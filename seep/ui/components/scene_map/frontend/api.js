/** The server's routes for scenes. @import { MapData, SceneDocument } from "./types.js" */

const TIMEOUT_MS = 30000;

/**
 * @param {MapData} data
 * @param {string} path below the scene's address
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>} of success only
 */
async function ask(data, path, signal) {
  const address = `${data.base_url}/seep/scenes/${data.scene_id}/${path}`;
  const headers = { "X-Seep-Author": encodeURIComponent(data.author) };
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(address, {
    headers,
    credentials: "same-origin",
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  }).catch((error) => {
    throw signal?.aborted ? error : new Error("The server does not answer; is it running?");
  });
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Error(body.error || `The server answered ${response.status}.`);
}

/** @param {MapData} data @returns {Promise<SceneDocument>} */
export async function fetchScene(data) {
  return (await ask(data, "document")).json();
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
  const response = await ask(data, `map/${place.join("/")}?layer=${layer}&v=${encodeURIComponent(version)}`, signal);
  return createImageBitmap(await response.blob());
}
