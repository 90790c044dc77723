/** The server's routes, one method each. Each change sends who opened the page, and its base. */
import { request } from "../../shared/api.js";
import { decodePixels, packMask, unpackMask } from "./encoding.js";

/** @typedef {import("./types.js").Revision} Revision */
/** @typedef {{revision: Revision, state: string, correction_px?: number, joined?: number[]}} Saved joined: ids of overlapping tiles that also changed */

export class Api {
  /** @param {string} base base path of the app, "" at the root */
  constructor(base) {
    this.base = base.replace(/\/$/, "");
  }

  /**
   * @param {string} path @param {string} author @param {RequestInit} [options]
   * @returns {Promise<Response>} of success only
   */
  fetch(path, author, options = {}) {
    return request(`${this.base}/seep/${path}`, author, options);
  }

  /** @param {Record<string, string>} filters @param {string} author @returns {Promise<import("./types.js").QueueItem[]>} */
  async queue({ author: person = "", ...filters }, author) {
    const query = new URLSearchParams({ ...filters, ...(person && { person }), review: "1" });
    return (await this.fetch(`queue?${query}`, author, { cache: "no-store" })).json();
  }

  /** @param {number} id @param {string} author @returns {Promise<import("./types.js").TileDocument>} */
  async document(id, author) {
    return (await this.fetch(`tiles/${id}/document`, author, { cache: "no-store" })).json();
  }

  /** @param {number} id @param {string} author @returns {Promise<{pixels: import("./types.js").Pixels, etag: string}>} */
  async image(id, author) {
    const response = await this.fetch(`tiles/${id}/image`, author);
    const shape = (response.headers.get("X-Seep-Shape") ?? "").split(",").map(Number);
    const count = shape.reduce((product, side) => product * side, 1);
    const pixels = decodePixels(
      await response.arrayBuffer(),
      response.headers.get("X-Seep-Dtype") ?? "",
      count,
    );
    return { pixels, etag: response.headers.get("ETag") ?? "" };
  }

  /** @param {string} path @param {string} author @param {number} count @returns {Promise<Uint8Array>} */
  async mask(path, author, count) {
    const options = path.endsWith("/draft") ? /** @type {RequestInit} */ ({ cache: "no-store" }) : {};
    const response = await this.fetch(path, author, options);
    return unpackMask(await response.arrayBuffer(), count);
  }

  /**
   * @param {number} id @param {string} author @param {number} base @param {Uint8Array} mask
   * @param {string} draft hash of the draft that this window is based on; "" for none
   * @returns {Promise<{state?: string, draft: string, joined: boolean}>}
   */
  async saveDraft(id, author, base, mask, draft) {
    const body = await packMask(mask);
    const headers = {
      "If-Match": `"${base}"`,
      "X-Seep-Draft": draft,
      "Content-Type": "application/octet-stream",
    };
    return (await this.fetch(`tiles/${id}/draft`, author, { method: "PUT", headers, body })).json();
  }

  /** @param {number} id @param {string} author */
  async dropDraft(id, author) {
    await this.fetch(`tiles/${id}/draft`, author, { method: "DELETE" });
  }

  /**
   * @param {number} id @param {string} author @param {number} base
   * @param {import("./types.js").Command} command
   * @param {{draft: string, prediction: number | undefined}} seen draft and prediction shown in this window
   * @returns {Promise<Saved>}
   */
  async saveRevision(id, author, base, command, seen) {
    const headers = {
      "If-Match": `"${base}"`,
      "X-Seep-Request": command.request,
      "X-Seep-Draft": seen.draft,
      "X-Seep-Prediction": `${seen.prediction ?? ""}`,
      "Content-Type": "application/octet-stream",
    };
    const restoring = command.type === "restore";
    const path = restoring
      ? `restore?revision=${command.what}`
      : `revisions?kind=${command.what}${command.confirmed ? "&confirmed=1" : ""}`;
    const body = command.mask ? await packMask(command.mask) : undefined;
    return (await this.fetch(`tiles/${id}/${path}`, author, { method: "POST", headers, body })).json();
  }

  /**
   * @param {number} id @param {string} author @param {string} decision reject, flag, reopen or undo-accept @param {string} [note] @param {string} [reason] of a rejection
   * @returns {Promise<{state: string, rejections: import("./types.js").Rejection[], revision?: Revision | null, comments?: import("./types.js").Comment[]}>} revision: of a reviewed tile that was reopened; comments: of a decision with a note
   */
  async decide(id, author, decision, note = "", reason = "") {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ decision, note, reason });
    return (await this.fetch(`tiles/${id}/decision`, author, { method: "POST", headers, body })).json();
  }

  /**
   * Decide the cause of the slick at a pixel.
   * @param {number} id @param {string} author @param {{x: number, y: number, cause: string}} content
   * @returns {Promise<import("./types.js").SlickCause[]>} all decisions on the tile, newest first
   */
  async decideCause(id, author, content) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify(content);
    return (await this.fetch(`tiles/${id}/cause`, author, { method: "POST", headers, body })).json();
  }

  /**
   * Lock an opened tile and release the previous one.
   * @param {number} id @param {string} author @param {number | null} left @param {number[]} ahead next in the queue
   * @returns {Promise<import("./types.js").LockAnswer>}
   */
  async acquireLock(id, author, left, ahead) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ left, ahead });
    return (await this.fetch(`tiles/${id}/lock`, author, { method: "POST", headers, body })).json();
  }

  /** Release a tile. @param {number} id @param {string} author */
  async releaseLock(id, author) {
    await this.fetch(`tiles/${id}/lock`, author, { method: "DELETE", keepalive: true });
  }

  /** Tiles of the scene around a tile. @param {number} id @param {string} author @returns {Promise<import("./types.js").Neighbor[]>} */
  async neighbors(id, author) {
    return (await this.fetch(`tiles/${id}/neighbors`, author, { cache: "no-store" })).json();
  }

  /** Predictions of each checkpoint, newest first. @param {number} id @param {string} author @returns {Promise<import("./types.js").Predicted[]>} */
  async predictions(id, author) {
    return (await this.fetch(`tiles/${id}/predictions`, author, { cache: "no-store" })).json();
  }

  /** Passes over a tile by date. @param {number} id @param {string} author @returns {Promise<{place: string, passes: import("./types.js").TilePass[]}>} */
  async tilePasses(id, author) {
    return (await this.fetch(`tiles/${id}/passes`, author, { cache: "no-store" })).json();
  }

  /** Sites on a tile. @param {number} id @param {string} author @returns {Promise<{place: string, sites: import("./types.js").TileSite[]}>} */
  async tileSites(id, author) {
    return (await this.fetch(`tiles/${id}/sites`, author, { cache: "no-store" })).json();
  }

  /** Classes of the slicks of other passes. @param {number} id @param {string} author @returns {Promise<import("./types.js").ClassHistory>} */
  async classHistory(id, author) {
    return (await this.fetch(`tiles/${id}/classes`, author, { cache: "no-store" })).json();
  }

  /**
   * Classes that the model predicts for a slick.
   * @param {number} id of the tile @param {string} author @param {import("./types.js").SlickWindow} window around the slick
   * @param {AbortSignal} signal @returns {Promise<[number, number][]>} class id and probability, most probable first
   */
  async slickClasses(id, author, { pixels, x, y, width, height }, signal) {
    const query = new URLSearchParams({ x: `${x}`, y: `${y}`, width: `${width}`, height: `${height}` });
    const options = {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body: await packMask(pixels),
      signal,
    };
    return (await (await this.fetch(`tiles/${id}/slick-classes?${query}`, author, options)).json()).classes;
  }

  /**
   * The ground of a tile in another pass, 8-bit.
   * @param {import("./types.js").OpenTile} tile @param {number} scene of the pass @param {number} [size] of a thumbnail: its longer side
   * @returns {Promise<Uint8Array>} in the grid of the tile, or of `thumbnailSize`
   */
  async passPicture(tile, scene, size = 0) {
    const { width, height } = size ? thumbnailSize(tile.info, size) : tile.info;
    return this.mask(`tiles/${tile.id}/pass?scene=${scene}&size=${size}`, tile.author, width * height);
  }

  /** Seep probability, 0 to 255. @param {number} prediction @param {string} author @param {number} count pixels @returns {Promise<Uint8Array>} */
  async probability(prediction, author, count) {
    return this.mask(`predictions/${prediction}/probability`, author, count);
  }

  /** Summary of the author's session. @param {string} author @returns {Promise<import("./types.js").Summary>} */
  async summary(author) {
    return (
      await this.fetch(`summary?person=${encodeURIComponent(author)}`, author, { cache: "no-store" })
    ).json();
  }

  /**
   * Send active times.
   * @param {string} author @param {import("./active_time.js").TimeRecord[]} records
   * @param {boolean} leaving whether the page is closing: the browser then sends the request after it
   */
  async sendTime(author, records, leaving) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ records });
    await this.fetch("active-time", author, { method: "POST", headers, body, keepalive: leaving });
  }

  /** @param {number} id @param {string} version @returns {string} address of a thumbnail */
  thumbnail(id, version) {
    return `${this.base}/seep/tiles/${id}/thumbnail?size=96&overlay=1&v=${encodeURIComponent(version)}`;
  }
}

export const THUMBNAIL_PX = 112;

/**
 * Size of the thumbnail of a pass, as the server rounds it.
 * @param {{width: number, height: number}} tile @param {number} [size] longer side
 * @returns {{width: number, height: number}}
 */
export function thumbnailSize({ width, height }, size = THUMBNAIL_PX) {
  const longer = Math.max(width, height);
  return {
    width: Math.max(1, Math.floor((width * size) / longer)),
    height: Math.max(1, Math.floor((height * size) / longer)),
  };
}
