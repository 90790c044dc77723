/**
 * The upload queue: sends a few files at once, counts and cancels them, and collects rejected files with reasons. It knows
 * neither the page nor the server.
 *
 * @import { Found, Role, Taken } from "./types.js"
 *
 * @typedef {(found: Found, role: Role, progress: (bytes: number) => void, signal: AbortSignal) => Promise<Taken>} Send
 *
 * @typedef {object} Item
 * @property {Found} found
 * @property {Role} role
 * @property {number} sentBytes
 * @property {AbortController} controller
 *
 * @typedef {object} Sums
 * @property {number} total files of this batch
 * @property {number} done finished files, rejected ones included
 * @property {number} totalBytes
 * @property {number} sentBytes
 * @property {boolean} sending
 * @property {string} current name of the file that started last
 */

import { byteText } from "../../shared/format.js";

const PARALLEL = 3;

export class Queue {
  /**
   * @param {Send} send
   * @param {number} mostBytes size limit per file
   */
  constructor(send, mostBytes) {
    this.send = send;
    this.mostBytes = mostBytes;
    /** @type {Item[]} */
    this.waiting = [];
    /** @type {Set<Item>} */
    this.running = new Set();
    /** @type {string[]} sentences, since the last clearing */
    this.refused = [];
    /** Number of uploaded files since the last clearing. */
    this.taken = 0;
    this.total = 0;
    this.done = 0;
    this.totalBytes = 0;
    this.doneBytes = 0;
    this.current = "";
    /** @type {(settled: boolean) => void} called at each change; settled: no upload is running */
    this.changed = () => {};
  }

  /**
   * @param {Found[]} found
   * @param {Role} role
   */
  add(found, role) {
    if (!this.sending) this.begin();
    for (const one of found) {
      if (one.file.size > this.mostBytes) {
        this.refused.push(
          `${one.path} is ${byteText(one.file.size)}; the maximum is ${byteText(this.mostBytes)}. Import it from a server folder.`,
        );
        continue;
      }
      this.waiting.push({ found: one, role, sentBytes: 0, controller: new AbortController() });
      this.total += 1;
      this.totalBytes += one.file.size;
    }
    this.next();
    this.changed(!this.sending);
  }

  begin() {
    this.total = this.done = this.totalBytes = this.doneBytes = 0;
  }

  next() {
    while (this.running.size < PARALLEL && this.waiting.length) {
      const item = /** @type {Item} */ (this.waiting.shift());
      this.running.add(item);
      this.current = item.found.path;
      void this.run(item);
    }
  }

  /** @param {Item} item */
  async run(item) {
    const progress = (/** @type {number} */ bytes) => {
      item.sentBytes = bytes;
      this.changed(false);
    };
    try {
      const taken = await this.send(item.found, item.role, progress, item.controller.signal);
      this.taken += taken.files.length;
      this.refused.push(...taken.refused);
    } catch (error) {
      if (!item.controller.signal.aborted)
        this.refused.push(withName(item.found.path, error instanceof Error ? error.message : String(error)));
    }
    this.running.delete(item);
    this.done += 1;
    this.doneBytes += item.found.file.size;
    this.next();
    this.changed(!this.sending);
  }

  /** Cancel waiting and running uploads; uploaded files stay. */
  cancel() {
    this.waiting = [];
    for (const item of this.running) item.controller.abort();
    this.changed(!this.sending);
  }

  /** Reset the counts and reasons, after the files were imported or removed. */
  clear() {
    this.refused = [];
    this.taken = 0;
    this.begin();
  }

  get sending() {
    return this.running.size > 0 || this.waiting.length > 0;
  }

  /** @returns {Sums} */
  get sums() {
    const sentBytes = [...this.running].reduce(
      (sum, item) => sum + Math.min(item.sentBytes, item.found.file.size),
      this.doneBytes,
    );
    const { total, done, totalBytes, sending, current } = this;
    return { total, done, totalBytes, sentBytes, sending, current };
  }
}

/** @param {string} path @param {string} message @returns {string} the message with the file's path in front, unless it begins with its name */
export function withName(path, message) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return message.startsWith(name) ? message : `${path}: ${message}`;
}
