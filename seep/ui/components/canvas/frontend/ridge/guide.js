/**
 * The page's side of the tracer's worker: one question at a time, and of those that wait only the newest.
 *
 * The worker is started at the first use and kept, since the next tile is traced too. Where a browser gives none, the
 * same code answers in the page.
 */
import { answering } from "./answering.js";
import { BLOCK_PX } from "./terrain.js";

/** @typedef {import("./answering.js").Question} Question */
/** @typedef {import("./answering.js").Answer} Answer */
/** @typedef {import("./tracing.js").Node} Node */
/** @typedef {import("./tracing.js").Traced} Traced */
/** @typedef {{nodes: Node[], fixed: number | null, done: (traced: Traced) => void, at: number}} Wish at: when, ms */
/** @typedef {(question: Question) => void} Send */

/**
 * @param {(answer: Answer) => void} heard @param {() => void} failed the worker could not be started
 * @returns {Send}
 */
function startWorker(heard, failed) {
  if (typeof Worker === "undefined") return inPage(heard);
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => heard(data));
  worker.addEventListener("error", failed);
  return (question) => worker.postMessage(question);
}

/** @param {(answer: Answer) => void} heard @returns {Send} */
function inPage(heard) {
  const answer = answering();
  return (question) => {
    const reply = answer(question);
    if (reply) heard(reply);
  };
}

export class Guide {
  /** @param {typeof startWorker} start */
  constructor(start = startWorker) {
    this.start = start;
    /** @type {Send | null} */
    this.send = null;
    /** @type {import("../types.js").Pixels | null} */
    this.pixels = null;
    /** @type {import("./values.js").Image | null} */
    this.image = null;
    /** @type {Wish | null} */
    this.asked = null;
    /** @type {Wish | null} */
    this.waiting = null;
    this.number = 0;
    this.warmed = "";
  }

  /** Tell the worker which image this is about, if it is another. @param {import("../types.js").OpenTile} tile */
  look({ pixels, info }) {
    if (pixels === this.pixels) return;
    this.pixels = pixels;
    const { width, height, nodata, unit = "dn" } = info;
    this.image = { pixels, width, height, nodata, unit };
    this.forget();
    this.warmed = "";
    this.send ??= this.start(
      (answer) => this.heard(answer),
      () => this.goOnHere(),
    );
    this.send({ type: "image", image: this.image });
  }

  /** The worker is of no use: answer in the page, what was asked already too. */
  goOnHere() {
    if (!this.image) return;
    this.send = inPage((answer) => this.heard(answer));
    this.send({ type: "image", image: this.image });
    this.waiting ??= this.asked;
    this.asked = null;
    this.next();
  }

  /** Say that something near a point will be asked for. @param {import("../types.js").Point} at */
  warm(at) {
    const block = [at.x, at.y].map((value) => Math.floor(value / BLOCK_PX)).join();
    if (block === this.warmed) return;
    this.warmed = block;
    this.send?.({ type: "warm", at });
  }

  /**
   * Ask for the trace through nodes; a question that still waits is dropped for this one.
   * @param {Node[]} nodes @param {number | null} fixed width in px, or null @param {(traced: Traced) => void} done
   */
  ask(nodes, fixed, done) {
    this.waiting = { nodes, fixed, done, at: performance.now() };
    this.next();
  }

  /** No answer to what was asked so far is wanted any more. */
  forget() {
    this.waiting = null;
    if (this.asked) this.asked.done = () => {};
  }

  next() {
    if (this.asked || !this.waiting || !this.send) return;
    this.asked = this.waiting;
    this.waiting = null;
    this.number += 1;
    this.send({ type: "trace", number: this.number, nodes: this.asked.nodes, fixed: this.asked.fixed });
  }

  /** @param {Answer} answer */
  heard({ number, traced }) {
    if (number !== this.number || !this.asked) return;
    const { done, at } = this.asked;
    this.asked = null;
    performance.clearMeasures("trace"); // the last one only, for benchmarks: they would pile up
    performance.measure("trace", { start: at });
    done(traced);
    this.next();
  }
}
