/**
 * Actions that wait: a key or a button that comes while something is computed for the tile runs afterward, in order.
 *
 * A path of the tracer, the pixels of the wand, an edit of a large tile: an accept that overtook one of them would save
 * the mask without it, and a refused one would be lost. If the computation fails, the waiting actions are dropped and
 * named, since they were meant for its result.
 */
import { SHEET } from "../keys.js";

/** @typedef {{tile: import("../types.js").OpenTile | null, label: string, run: () => void, navigates: boolean}} Deferred */

const ENDS = ["work", "sketch", "selection", "tile"];
/** Messages that say that nothing was made of what was asked. */
const FAILURES = ["edit-failed", "area-too-large", "area-open", "no-suggestion", "class-as-suggested"];
const LABELS = new Map([
  ...SHEET.flatMap(([, actions]) => actions),
  ["accept", "Accept and next"],
  ["reject", "Reject"],
  ["flag", "Flag"],
]);

export class DeferredActions {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** @type {Deferred[]} */
    this.waiting = [];
    /** Requests to the server that an action began and waits for. */
    this.requests = 0;
    review.editor.subscribe((topic) => {
      if (this.waiting.length && ENDS.includes(topic)) queueMicrotask(() => this.run());
    });
  }

  /** @returns {boolean} whether something is computed that later actions depend on */
  get pending() {
    const { editor, parts } = this.review;
    return this.requests > 0 || editor.pendingEdit > 0 || parts.tools[editor.tool].pending?.() === true;
  }

  /** @returns {string} the actions that wait, for the analyst; "" for none */
  get text() {
    return this.waiting.map((one) => one.label).join(", ");
  }

  /**
   * Run an action now, or after what is being computed.
   * @param {string} action a key of the actions, or a label @param {() => void} run
   * @param {boolean} [navigates] whether it may run after another tile was opened
   */
  after(action, run, navigates = false) {
    if (!this.pending && !this.waiting.length) return run();
    const label = action.startsWith("class:") ? "Class" : (LABELS.get(action) ?? action);
    this.waiting.push({ tile: this.review.editor.tile, label, run, navigates });
    this.review.showChoices();
  }

  /** Make actions wait for a request to the server. @param {Promise<unknown>} request */
  async during(request) {
    this.requests += 1;
    try {
      await request;
    } finally {
      this.requests -= 1;
      this.run();
    }
  }

  run() {
    if (!this.waiting.length) return;
    while (this.waiting.length && !this.pending) {
      const next = /** @type {Deferred} */ (this.waiting.shift());
      if (next.tile === this.review.editor.tile || next.navigates) next.run();
    }
    this.review.showChoices();
  }

  /** Finish everything at once: the page is being left. */
  finish() {
    if (!this.pending) return;
    const { editor, parts } = this.review;
    editor.worker.fallBack();
    parts.tools[editor.tool].finish?.();
    this.run();
  }

  /** Forget what waits. @returns {boolean} whether anything did */
  clear() {
    const any = this.waiting.splice(0).length > 0;
    if (any) this.review.showChoices();
    return any;
  }

  /** @param {string} kind of a message @returns {string} what is not done because of it, as a sentence to add; "" for nothing */
  drop(kind) {
    const { text } = this;
    return FAILURES.includes(kind) && this.clear() ? ` Not done: ${text}.` : "";
  }
}
