/**
 * The page's side of heavy work: small tiles are answered at once, large ones by a worker, by the same code.
 *
 * Questions are answered in their order. The worker is started at the first use and kept; where a browser gives none,
 * the page answers itself.
 */
import { answering } from "./answering.js";

/** @typedef {import("./answering.js").Question} Question */
/** done: told of the answer; failed: told why there is none. @typedef {{question: Question, done: (answer: any) => void, failed: (why: string) => void}} Wish */
/** @typedef {{number: number, answer?: any, failed?: string}} Heard */
/** @typedef {{send: (number: number, question: Question) => void, stop: () => void}} Line */

const SMALL_PX = 2 ** 17; // a tile of this many pixels, or fewer, takes less than a frame or two

/** @param {(heard: Heard) => void} heard @param {() => void} failed the worker could not be started @returns {Line | null} */
function startWorker(heard, failed) {
  if (typeof Worker === "undefined") return null;
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => heard(data));
  worker.addEventListener("error", failed);
  return { send: (number, question) => worker.postMessage({ number, question }), stop: () => worker.terminate() };
}

export class Crew {
  /** @param {typeof startWorker} start */
  constructor(start = startWorker) {
    this.start = start;
    this.here = answering();
    /** @type {import("./edits.js").Image | null} */
    this.image = null;
    /** @type {Line | null} */
    this.line = null;
    /** No worker is to be had. */
    this.alone = false;
    /** What is not answered yet. @type {Map<number, Wish>} */
    this.wishes = new Map();
    this.number = 0;
  }

  /** Say which image all that follows is about. @param {import("../types.js").OpenTile} tile */
  look({ pixels, info: { width, height, nodata } }) {
    if (pixels === this.image?.pixels) return;
    this.image = { pixels, width, height, nodata };
    this.tell({ type: "image", image: this.image });
  }

  /** @returns {boolean} whether the page answers itself, at once */
  get prompt() {
    const { width, height } = this.image ?? { width: 0, height: 0 };
    return this.alone || width * height <= SMALL_PX;
  }

  /** @returns {Line | null} */
  open() {
    if (!this.line) {
      this.line = this.start((heard) => this.heard(heard), () => this.goOnHere());
      this.alone = !this.line;
    }
    return this.line;
  }

  /** Say what needs no answer. @param {Question} question */
  tell(question) {
    const line = this.prompt ? null : this.open();
    if (line) line.send(0, question);
    else this.here(question);
  }

  /**
   * @param {Question} question @param {(answer: any) => void} done @param {(why: string) => void} [failed]
   * @returns {number} to drop it by; 0 where it was answered at once
   */
  ask(question, done, failed = () => {}) {
    const line = this.prompt ? null : this.open();
    if (!line) {
      done(this.here(own(question)));
      return 0;
    }
    this.number += 1;
    this.wishes.set(this.number, { question, done, failed });
    line.send(this.number, question);
    return this.number;
  }

  /** @param {Heard} heard */
  heard({ number, answer, failed }) {
    const wish = this.wishes.get(number);
    this.wishes.delete(number);
    if (failed !== undefined) wish?.failed(failed);
    else wish?.done(answer);
  }

  /** Abandon a question: what is being computed stops, the others are asked again. @param {number} number */
  drop(number) {
    if (!this.wishes.delete(number)) return;
    this.line?.stop();
    this.line = null;
    const line = this.open();
    if (!line || !this.image) return;
    line.send(0, { type: "image", image: this.image });
    for (const [left, { question }] of this.wishes) line.send(left, question);
  }

  /** The worker is of no use: answer in the page, what was asked already too. */
  goOnHere() {
    this.alone = true;
    if (this.image) this.here({ type: "image", image: this.image });
    const wishes = [...this.wishes.values()];
    this.wishes.clear();
    for (const { question, done } of wishes) done(this.here(own(question)));
  }

  /** Let the worker go; it is started again when it is needed. */
  stop() {
    this.line?.stop();
    this.line = null;
    this.image = null;
    this.wishes.clear();
  }
}

/** A worker gets copies; in the page, only a mask that is to be changed must be one. @param {Question} question @returns {Question} */
function own(question) {
  return question.type === "edit" ? { ...question, mask: question.mask.slice() } : question;
}
