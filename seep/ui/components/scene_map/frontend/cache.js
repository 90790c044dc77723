/**
 * Pictures of the pyramid: fetched a few at a time, those wanted now first, and the longest unseen let go.
 *
 * @template T
 * @typedef {object} Source
 * @property {(key: string, signal: AbortSignal) => Promise<T>} load
 * @property {(picture: T) => void} release
 * @property {() => void} arrived called after a picture came or failed
 */

import { failureText } from "../../shared/api.js";

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
    /** @type {Map<string, number>} when each failed, to leave it alone for a while */
    this.failed = new Map();
    /** Why the last one failed. */
    this.reason = "";
    /** @type {Set<string>} kept, shown, and to be fetched anew */
    this.stale = new Set();
    /** @type {string[]} */
    this.wanted = [];
  }

  /** Fetch everything anew once it is wanted; what is there is shown until then. */
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
   * Say what is on the screen now, the most urgent first; what is on its way for nothing is given up.
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

  /** Let the longest unseen go, but nothing that is on the screen. */
  shrink() {
    const now = new Set(this.wanted);
    for (const [key, picture] of this.kept) {
      if (this.kept.size <= this.limit) return;
      if (now.has(key)) continue;
      this.kept.delete(key);
      this.stale.delete(key);
      this.source.release(picture);
    }
  }

  /** Whether all that is on the screen is there, or has failed. */
  get settled() {
    return this.wanted.every((key) => (this.kept.has(key) && !this.stale.has(key)) || this.failed.has(key));
  }

  get troubled() {
    return this.wanted.some((key) => this.failed.has(key) && !this.kept.has(key));
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
