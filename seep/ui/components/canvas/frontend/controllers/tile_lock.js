/** Locks the open tile for the analyst: acquires, renews and releases the lock, and skips tiles that others have locked. */
import { dateTime } from "../../../shared/format.js";

const AHEAD = 20;
/** How long after a tile was opened as the next one it may still be skipped. */
const SKIP_MS = 3000;

export class TileLock {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** The locked tile. @type {number | null} */
    this.id = null;
    this.timer = 0;
    this.shownAt = 0;
    /** Who else has the tile open, as a sentence; "" for nobody. */
    this.holderText = "";
  }

  destroy() {
    window.clearTimeout(this.timer);
    this.leave();
  }

  /** Another tile was opened, or none is open. */
  tileChanged() {
    const { queue } = this.review;
    if (queue.id === this.id) return;
    const left = this.id;
    this.id = queue.id;
    this.holderText = "";
    this.shownAt = performance.now();
    if (this.review.data.denials.save) return; // whoever may not edit locks nothing
    if (this.id === null) this.release(left);
    else void this.acquire(left);
  }

  /** @param {number | null} [left] the previous tile */
  async acquire(left = null) {
    const { queue, shared } = this.review;
    const { id } = this;
    window.clearTimeout(this.timer);
    if (id === null) return;
    const answer = await shared.library.api
      .acquireLock(id, queue.author, left, queue.upcoming(AHEAD))
      .catch(() => null);
    if (id !== this.id) return;
    this.timer = window.setTimeout(() => void this.acquire(), (answer?.renew_s ?? 60) * 1000);
    if (!answer) return; // no connection: the server still detects conflicts when saving
    queue.lockedIds = new Set(answer.others);
    for (const [one, state] of answer.decided) queue.markDecidedByOthers(one, state);
    if (answer.holder) this.heldByOther(answer.holder, answer.until ?? "");
  }

  /** Somebody else has locked the open tile. @param {string} holder @param {string} until */
  heldByOther(holder, until) {
    const { queue, editor, parts } = this.review;
    const { tile } = editor;
    const name = tile?.info.name ?? "the tile";
    const untouched = !tile || (tile.save.version === 0 && !editor.inGesture() && parts.note.node.hidden);
    const soon = performance.now() - this.shownAt < SKIP_MS;
    if (queue.openedBy === "next" && untouched && soon && queue.id !== null) {
      queue.lockedIds.add(queue.id);
      queue.open(queue.nextOpenId(queue.id), "next");
      return this.review.events.tileSkipped(`Skipped ${name}: open by ${holder}.`);
    }
    const clock = dateTime(until, Date.now());
    this.holderText = `Also open by ${holder}, until ${clock} or later. Both versions are kept if both of you save.`;
    this.review.events.showNotice();
  }

  leave() {
    this.release(this.id);
    this.id = null;
  }

  /** @param {number | null} id */
  release(id) {
    const { queue, shared } = this.review;
    window.clearTimeout(this.timer);
    if (id !== null && !this.review.data.denials.save)
      shared.library.api.releaseLock(id, queue.author).catch(() => {}); // the lock also expires
  }
}
