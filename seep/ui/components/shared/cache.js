/**
 * Cache of pyramid images: loads a few at a time, visible ones first, and evicts the least recently used.
 *
 * @template T
 * @typedef {object} Source
 * @property {(key: string, signal: AbortSignal) => Promise<T>} load
 * @property {(picture: T) => void} release
 * @property {() => void} arrived called after an image was loaded or failed
 */

import { failureText } from "./api.js";

const RETRY_MS = 4000;

/** @template T */
export class Cache {
  /**
   * @param {Source<T>} source
   * @param {number} limit pictures kept
   * @param {number} parallel fetched at once
   */
  constructor(source, limit, parallel) {
    this.source = source;
    this.limit = limit;
    this.parallel = parallel;
    /** @type {Map<string, T>} in the order of use, the oldest first */
    this.kept = new Map();
    /** @type {Map<string, AbortController>} */
    this.coming = new Map();
    /** @type {Map<string, number>} time of each failure, to delay the retry */
    this.failed = new Map();
    /** Reason of the last failure. */
    this.reason = "";
    /** @type {Set<string>} stale images: shown until they are loaded again */
    this.stale = new Set();
    /** @type {string[]} */
    this.wanted = [];
  }

  /** Mark all images as stale; they are shown until they are loaded again. */
  renew() {
    this.stale = new Set(this.kept.keys());
    this.failed.clear();
    this.giveUp(new Set());
  }

  /** @param {Set<string>} wanted */
  giveUp(wanted) {
    for (const [key, controller] of this.coming) {
      if (wanted.has(key)) continue;
      controller.abort();
      this.coming.delete(key);
    }
  }

  /** @param {string} key @returns {T | undefined} */
  get(key) {
    const picture = this.kept.get(key);
    if (picture === undefined) return undefined;
    this.kept.delete(key);
    this.kept.set(key, picture);
    return picture;
  }

  /**
   * Set the visible images, most urgent first; other requests are canceled.
   *
   * @param {string[]} keys
   */
  want(keys) {
    this.giveUp(new Set(keys));
    this.wanted = keys;
    this.next();
  }

  next() {
    for (const key of this.wanted) {
      if (this.coming.size >= this.parallel) return;
      if (this.coming.has(key) || (this.kept.has(key) && !this.stale.has(key))) continue;
      if (performance.now() - (this.failed.get(key) ?? -Infinity) < RETRY_MS) continue;
      this.fetch(key);
    }
  }

  /** @param {string} key */
  async fetch(key) {
    const controller = new AbortController();
    this.coming.set(key, controller);
    try {
      const picture = await this.source.load(key, controller.signal);
      if (controller.signal.aborted) return this.source.release(picture);
      const before = this.kept.get(key);
      if (before !== undefined) this.source.release(before);
      this.failed.delete(key);
      this.stale.delete(key);
      this.kept.set(key, picture);
      this.shrink();
    } catch (error) {
      if (controller.signal.aborted) return;
      this.failed.set(key, performance.now());
      this.reason = failureText(error);
    }
    this.coming.delete(key);
    this.source.arrived();
    this.next();
  }

  /** Evict the least recently used images that are not visible. @param {number} [limit] */
  shrink(limit = this.limit) {
    const now = new Set(this.wanted);
    for (const [key, picture] of this.kept) {
      if (this.kept.size <= limit) return;
      if (now.has(key)) continue;
      this.kept.delete(key);
      this.stale.delete(key);
      this.source.release(picture);
    }
  }

  /** Whether all visible images are loaded or failed. */
  get settled() {
    return this.wanted.every((key) => (this.kept.has(key) && !this.stale.has(key)) || this.failed.has(key));
  }

  get troubled() {
    return this.wanted.some((key) => this.failed.has(key) && !this.kept.has(key));
  }

  /** Keep the most recently used images while nothing is shown. @param {number} limit */
  park(limit) {
    this.giveUp(new Set());
    this.wanted = [];
    this.shrink(limit);
  }

  clear() {
    this.giveUp(new Set());
    for (const picture of this.kept.values()) this.source.release(picture);
    this.kept.clear();
    this.stale.clear();
    this.failed.clear();
    this.wanted = [];
  }
}
