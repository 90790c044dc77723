/** Sends one file to the server's disk, telling how far it is. @import { Found, Role, Taken, UploadData } from "./types.js" */

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
    const request = new XMLHttpRequest(); // fetch does not tell how much was sent
    const query = new URLSearchParams({ token: data.token, name: found.path, role });
    request.open("POST", `${data.base_url}/seep/uploads?${query}`);
    for (const [name, value] of Object.entries(head(data))) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => progress(event.loaded);
    request.onload = () => {
      const answer = request.response ?? {};
      if (request.status < 300) resolve(answer);
      else reject(new Error(answer.error || `The server answered ${request.status}.`));
    };
    request.onerror = () => reject(new Broken("The connection broke, or the file changed while it was sent; drop it again."));
    request.onabort = () => reject(new Error("Canceled."));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(found.file);
  });
}

/**
 * Remove all that waits in the stage.
 *
 * @param {UploadData} data
 */
export async function removeAll(data) {
  const query = new URLSearchParams({ token: data.token });
  await fetch(`${data.base_url}/seep/uploads?${query}`, { method: "DELETE", headers: head(data), credentials: "same-origin" });
}

/** @param {UploadData} data @returns {Record<string, string>} */
function head(data) {
  const found = document.cookie.split("; ").find((part) => part.startsWith("_streamlit_xsrf="));
  const token = found ? found.slice("_streamlit_xsrf=".length).replace(/^"|"$/g, "") : "";
  return { "X-Seep-Author": encodeURIComponent(data.author), "X-Xsrftoken": token };
}
