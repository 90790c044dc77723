/** Slicks and areas of the annotation, counted when the hand rests. */
import { areas, slicks } from "../regions.js";

const SETTLE_MS = 200; // after a change of the mask

export class Counting {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.timer = 0;
    /** Pixels by class. @type {Uint32Array | null} */
    this.areas = null;
  }

  destroy() {
    window.clearTimeout(this.timer);
  }

  /** @param {number} [delayMs] */
  soon(delayMs = SETTLE_MS) {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.count(), delayMs);
  }

  count() {
    const { data, editor, parts } = this.review;
    const { tile } = editor;
    this.areas = tile ? areas(tile.annotation) : null;
    parts.slicks.show(tile ? slicks(tile.annotation, tile.info.width, tile.info.height) : [], data.classes);
    this.review.showChoices();
  }
}
