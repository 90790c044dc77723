/** Summary of the session, loaded after a pause between decisions. */

const ASK_AFTER_MS = 1500;

export class SessionSummary {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.timer = 0;
    /** @type {import("../types.js").Summary | null} */
    this.summary = null;
  }

  destroy() {
    window.clearTimeout(this.timer);
  }

  /** @param {number} [delayMs] */
  schedule(delayMs = ASK_AFTER_MS) {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.load(), delayMs);
  }

  async load() {
    const { queue, parts, shared } = this.review;
    const sum = await shared.library.api.summary(queue.author).catch(() => null);
    if (!sum) return; // no connection: keep the previous summary
    this.summary = sum;
    parts.placeholder.sum(sum);
    this.review.showHeader();
  }
}
