/**
 * Client of the worker for slow edits: small tiles are computed in the page, large ones in a worker, by the same code.
 *
 * Requests are answered in order. The worker starts at the first use and stays alive; without workers, the page computes
 * everything.
 */
import { createHandler } from "./handler.js";

/** @typedef {import("./handler.js").Question} Question */
/** done: called with the answer; failed: called with the reason of a failure. @typedef {{question: Question, done: (answer: any) => void, failed: (why: string) => void}} PendingRequest */
/** @typedef {{number: number, answer?: any, failed?: string}} Reply */
/** @typedef {{send: (number: number, question: Question) => void, stop: () => void}} Channel */

const SMALL_PX = 2 ** 17; // a tile of at most this many pixels takes less than two frames

/** @param {(heard: Reply) => void} heard @param {() => void} failed the worker could not be started @returns {Channel | null} */
function startWorker(heard, failed) {
  if (typeof Worker === "undefined") return null;
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => heard(data));
  worker.addEventListener("error", failed);
  return {
    send: (number, question) => worker.postMessage({ number, question }),
    stop: () => worker.terminate(),
  };
}

export class WorkerClient {
  /** @param {typeof startWorker} start */
  constructor(start = startWorker) {
    this.start = start;
    this.handle = createHandler();
    /** @type {import("./edits.js").Image | null} */
    this.image = null;
    /** @type {Channel | null} */
    this.channel = null;
    /** Whether the worker could not be started. */
    this.noWorker = false;
    /** Requests without an answer. @type {Map<number, PendingRequest>} */
    this.pending = new Map();
    this.number = 0;
  }

  /** Set the image of the following requests. @param {import("../types.js").OpenTile} tile */
  setImage({ pixels, info: { width, height, nodata } }) {
    if (pixels === this.image?.pixels) return;
    this.image = { pixels, width, height, nodata };
    this.post({ type: "image", image: this.image });
  }

  /** @returns {boolean} whether the page computes requests itself */
  get isSynchronous() {
    const { width, height } = this.image ?? { width: 0, height: 0 };
    return this.noWorker || width * height <= SMALL_PX;
  }

  /** @returns {Channel | null} */
  open() {
    if (!this.channel) {
      this.channel = this.start(
        (heard) => this.receive(heard),
        () => this.fallBack(),
      );
      this.noWorker = !this.channel;
    }
    return this.channel;
  }

  /** Say what needs no answer. @param {Question} question */
  post(question) {
    const line = this.isSynchronous ? null : this.open();
    if (line) line.send(0, question);
    else this.handle(question);
  }

  /**
   * @param {Question} question @param {(answer: any) => void} done @param {(why: string) => void} [failed]
   * @returns {number} to drop it by; 0 where it was answered at once
   */
  request(question, done, failed = () => {}) {
    const line = this.isSynchronous ? null : this.open();
    if (!line) {
      done(this.handle(own(question)));
      return 0;
    }
    this.number += 1;
    this.pending.set(this.number, { question, done, failed });
    line.send(this.number, question);
    return this.number;
  }

  /** @param {Reply} heard */
  receive({ number, answer, failed }) {
    const wish = this.pending.get(number);
    this.pending.delete(number);
    if (failed !== undefined) wish?.failed(failed);
    else wish?.done(answer);
  }

  /** Abandon a question: what is being computed stops, the others are asked again. @param {number} number */
  cancel(number) {
    if (!this.pending.delete(number)) return;
    this.channel?.stop();
    this.channel = null;
    const line = this.open();
    if (!line || !this.image) return;
    line.send(0, { type: "image", image: this.image });
    for (const [left, { question }] of this.pending) line.send(left, question);
  }

  /** The worker is of no use: answer in the page, what was asked already too. */
  fallBack() {
    this.noWorker = true;
    if (this.image) this.handle({ type: "image", image: this.image });
    const wishes = [...this.pending.values()];
    this.pending.clear();
    for (const { question, done } of wishes) done(this.handle(own(question)));
  }

  /** Let the worker go; it is started again when it is needed. */
  stop() {
    this.channel?.stop();
    this.channel = null;
    this.image = null;
    this.pending.clear();
  }
}

/** A worker gets copies; in the page, only a mask that is to be changed must be one. @param {Question} question @returns {Question} */
function own(question) {
  return question.type === "edit" ? { ...question, mask: question.mask.slice() } : question;
}
