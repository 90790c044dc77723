/**
 * The page's side of the tracer's worker: one question at a time, and of those that wait only the newest.
 *
 * The worker is started at the first use and kept, since the next tile is traced too. Where a browser gives none, the
 * same code answers in the page.
 */
import { createHandler } from "./handler.js";
import { BLOCK_PX } from "./cost_map.js";

/** @typedef {import("./handler.js").Question} Question */
/** @typedef {import("./handler.js").Answer} Answer */
/** @typedef {import("./tracer.js").Node} Node */
/** @typedef {import("./tracer.js").Traced} Traced */
/** @typedef {{nodes: Node[], fixed: number | null, done: (traced: Traced) => void, at: number}} PendingRequest at: when, ms */
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
  const answer = createHandler();
  return (question) => {
    const reply = answer(question);
    if (reply) heard(reply);
  };
}

export class TracerClient {
  /** @param {typeof startWorker} start */
  constructor(start = startWorker) {
    this.start = start;
    /** @type {Send | null} */
    this.send = null;
    /** @type {import("../types.js").Pixels | null} */
    this.pixels = null;
    /** @type {import("./values.js").Image | null} */
    this.image = null;
    /** @type {PendingRequest | null} */
    this.running = null;
    /** @type {PendingRequest | null} */
    this.waiting = null;
    this.number = 0;
    this.warmed = "";
  }

  /** Tell the worker which image this is about, if it is another. @param {import("../types.js").OpenTile} tile */
  setImage({ pixels, info }) {
    if (pixels === this.pixels) return;
    this.pixels = pixels;
    const { width, height, nodata, unit = "dn" } = info;
    this.image = { pixels, width, height, nodata, unit };
    this.cancel();
    this.warmed = "";
    this.send ??= this.start(
      (answer) => this.receive(answer),
      () => this.fallBack(),
    );
    this.send({ type: "image", image: this.image });
  }

  /** The worker is of no use: answer in the page, what was asked already too. */
  fallBack() {
    if (!this.image) return;
    this.send = inPage((answer) => this.receive(answer));
    this.send({ type: "image", image: this.image });
    this.waiting ??= this.running;
    this.running = null;
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
  request(nodes, fixed, done) {
    this.waiting = { nodes, fixed, done, at: performance.now() };
    this.next();
  }

  /** No answer to what was asked so far is wanted any more. */
  cancel() {
    this.waiting = null;
    if (this.running) this.running.done = () => {};
  }

  next() {
    if (this.running || !this.waiting || !this.send) return;
    this.running = this.waiting;
    this.waiting = null;
    this.number += 1;
    this.send({ type: "trace", number: this.number, nodes: this.running.nodes, fixed: this.running.fixed });
  }

  /** @param {Answer} answer */
  receive({ number, traced }) {
    if (number !== this.number || !this.running) return;
    const { done, at } = this.running;
    this.running = null;
    performance.clearMeasures("trace"); // the last one only, for benchmarks: they would pile up
    performance.measure("trace", { start: at });
    done(traced);
    this.next();
  }
}
