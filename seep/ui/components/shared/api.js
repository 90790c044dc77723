/** Requests to the server of the app. Every response is checked; a refusal becomes an error with its sentence. */

const TIMEOUT_MS = 30_000;

const MAX_WAIT_S = 120;

/** A response other than success. `body` is the JSON that the server sent, `waitMs` how long it asks to wait. */
export class RequestError extends Error {
  /** @param {number} status @param {Record<string, any>} [body] @param {string | null} [retryAfter] the header, in seconds */
  constructor(status, body = {}, retryAfter = null) {
    super(body.error || `The server responded with status ${status}.`);
    this.status = status;
    this.body = body;
    const seconds = Number(retryAfter ?? Number.NaN);
    this.waitMs = seconds >= 0 ? Math.min(seconds, MAX_WAIT_S) * 1000 : undefined;
  }
}

/**
 * The server refuses a request of a page that was opened by another person than the one who is signed in now.
 *
 * @param {string} person @returns {Record<string, string>}
 */
export function personHeaders(person) {
  return person ? { "X-Seep-Person": encodeURIComponent(person) } : {};
}

/**
 * Send a request.
 *
 * @param {string} url @param {string} [person] who opened the page @param {RequestInit} [options] @param {number} [timeoutMs]
 * @returns {Promise<Response>} a response of success
 * @throws {RequestError} the server refused the request
 */
export async function request(url, person = "", options = {}, timeoutMs = TIMEOUT_MS) {
  const headers = new Headers(options.headers);
  for (const [name, value] of Object.entries(personHeaders(person))) headers.set(name, value);
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const response = await fetch(url, { ...options, headers, signal, credentials: "same-origin" });
  if (response.ok) return response;
  throw new RequestError(
    response.status,
    await response.json().catch(() => ({})),
    response.headers.get("Retry-After"),
  );
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
