/** Requests to the server of the app. Every response is checked; a refusal becomes an error with its sentence. */

const TIMEOUT_MS = 30_000;

/** A response other than success. `body` is the JSON that the server sent. */
export class RequestError extends Error {
  /** @param {number} status @param {Record<string, any>} [body] */
  constructor(status, body = {}) {
    super(body.error || `The server responded with status ${status}.`);
    this.status = status;
    this.body = body;
  }
}

/**
 * @param {string} author @param {boolean} [changes] whether the request changes anything on the server
 * @returns {Record<string, string>}
 */
export function authorHeaders(author, changes = false) {
  const headers = /** @type {Record<string, string>} */ ({ "X-Seep-Author": encodeURIComponent(author) });
  if (changes) headers["X-Xsrftoken"] = cookie("_streamlit_xsrf");
  return headers;
}

/**
 * Send a request.
 *
 * @param {string} url @param {string} [author] @param {RequestInit} [options]
 * @returns {Promise<Response>} a response of success
 * @throws {RequestError} the server refused the request
 */
export async function request(url, author = "", options = {}) {
  const headers = new Headers(options.headers);
  for (const [name, value] of Object.entries(authorHeaders(author, Boolean(options.method)))) headers.set(name, value);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const response = await fetch(url, { ...options, headers, signal, credentials: "same-origin" });
  if (response.ok) return response;
  throw new RequestError(response.status, await response.json().catch(() => ({})));
}

/** @param {unknown} error @returns {string} why a request failed, in a sentence */
export function failureText(error) {
  const name = error instanceof Error ? error.name : "";
  if (name === "TimeoutError") return "The server does not respond.";
  if (name === "TypeError") return "No connection to the server.";
  return error instanceof Error ? error.message : String(error);
}

/** @param {unknown} error @returns {boolean} whether the server could not be reached */
export function isConnectionError(error) {
  return error instanceof Error && ["TypeError", "TimeoutError"].includes(error.name);
}

/** @param {string} name @returns {string} value of a cookie, "" where there is none */
function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? found.slice(name.length + 1).replace(/^"|"$/g, "") : "";
}
