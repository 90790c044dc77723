/** What the analyst did since the session began, asked for when decisions have come to rest. */

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
    if (!sum) return; // no connection: the sum of before stays
    this.summary = sum;
    parts.placeholder.sum(sum);
    this.review.showHeader();
  }
}
