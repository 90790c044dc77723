/**
 * Client of the tracer's worker: one request at a time; of waiting requests only the newest is sent.
 *
 * The worker starts at the first use and stays alive for the next tiles. Without workers, the same code runs in the page.
 */
import { createHandler } from "./handler.js";
import { BLOCK_PX } from "./cost_map.js";

/** @typedef {import("./handler.js").TracerRequest} Request */
/** @typedef {import("./handler.js").Answer} Answer */
/** @typedef {import("./tracer.js").Node} Node */
/** @typedef {import("./tracer.js").Traced} Traced */
/** @typedef {{nodes: Node[], fixed: number | null, done: (traced: Traced) => void, at: number}} PendingRequest at: start time, ms */
/** @typedef {(request: Request) => void} Send */

/**
 * @param {(answer: Answer) => void} onAnswer @param {() => void} failed the worker could not be started
 * @returns {Send}
 */
function startWorker(onAnswer, failed) {
  if (typeof Worker === "undefined") return inPage(onAnswer);
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => onAnswer(data));
  worker.addEventListener("error", failed);
  return (request) => worker.postMessage(request);
}

/** @param {(answer: Answer) => void} onAnswer @returns {Send} */
function inPage(onAnswer) {
  const answer = createHandler();
  return (request) => {
    const reply = answer(request);
    if (reply) onAnswer(reply);
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

  /** Send the image of a tile to the worker, unless it has it. @param {import("../types.js").OpenTile} tile */
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

  /** The worker failed: run in the page, including the request in progress. */
  fallBack() {
    if (!this.image) return;
    this.send = inPage((answer) => this.receive(answer));
    this.send({ type: "image", image: this.image });
    this.waiting ??= this.running;
    this.running = null;
    this.next();
  }

  /** Answer the newest request at once, in the page. */
  finish() {
    const request = this.waiting ?? this.running;
    if (!request || !this.image) return;
    const { done } = request;
    this.cancel();
    const answer = createHandler();
    answer({ type: "image", image: this.image });
    const reply = answer({ type: "trace", number: 0, nodes: request.nodes, fixed: request.fixed });
    if (reply) done(reply.traced);
  }

  /** Compute costs around a point ahead of a request. @param {import("../types.js").Point} at */
  warm(at) {
    const block = [at.x, at.y].map((value) => Math.floor(value / BLOCK_PX)).join();
    if (block === this.warmed) return;
    this.warmed = block;
    this.send?.({ type: "warm", at });
  }

  /**
   * Request the trace through nodes; it replaces a waiting request.
   * @param {Node[]} nodes @param {number | null} fixed width in px, or null @param {(traced: Traced) => void} done
   */
  request(nodes, fixed, done) {
    this.waiting = { nodes, fixed, done, at: performance.now() };
    this.next();
  }

  /** Discard the answers to all requests so far. */
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
    performance.clearMeasures("trace"); // keep only the last measure, for benchmarks
    performance.measure("trace", { start: at });
    done(traced);
    this.next();
  }
}
