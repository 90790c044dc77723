/** Uploads one file and reports the progress. @import { Found, Role, Taken, UploadData } from "./types.js" */

import { RequestError, personHeaders, request } from "../../shared/api.js";

const RETRY_MS = 1000;

/**
 * @param {UploadData} data
 * @returns {import("./queue.js").Send}
 */
export function sender(data) {
  return async (found, role, progress, signal) => {
    try {
      return await post(data, found, role, progress, signal);
    } catch (error) {
      if (!(error instanceof Broken) || signal.aborted) throw error;
    }
    await new Promise((done) => setTimeout(done, RETRY_MS));
    return post(data, found, role, progress, signal);
  };
}

/** The connection broke before there was an answer. */
class Broken extends Error {}

/**
 * @param {UploadData} data
 * @param {Found} found
 * @param {Role} role
 * @param {(bytes: number) => void} progress
 * @param {AbortSignal} signal
 * @returns {Promise<Taken>}
 */
function post(data, found, role, progress, signal) {
  return new Promise((resolve, reject) => {
    const upload = new XMLHttpRequest(); // fetch does not report upload progress
    const query = new URLSearchParams({ token: data.token, name: found.path, role });
    upload.open("POST", `${data.base_url}/seep/uploads?${query}`);
    for (const [name, value] of Object.entries(personHeaders(data.author)))
      upload.setRequestHeader(name, value);
    upload.responseType = "json";
    upload.upload.onprogress = (event) => progress(event.loaded);
    upload.onload = () => {
      const answer = upload.response ?? {};
      if (upload.status < 300) resolve(answer);
      else reject(new RequestError(upload.status, answer));
    };
    upload.onerror = () =>
      reject(new Broken("The connection was lost, or the file changed during the upload. Drop it again."));
    upload.onabort = () => reject(new Error("Canceled."));
    signal.addEventListener("abort", () => upload.abort(), { once: true });
    upload.send(found.file);
  });
}

/**
 * Remove all uploaded files.
 *
 * @param {UploadData} data
 */
export async function removeAll(data) {
  const query = new URLSearchParams({ token: data.token });
  await request(`${data.base_url}/seep/uploads?${query}`, data.author, { method: "DELETE" });
}
