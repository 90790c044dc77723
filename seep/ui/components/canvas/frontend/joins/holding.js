/** Tiles that are open on a screen belong to whoever looks at them: taken, renewed, given back; others' are passed by. */
import { moment } from "../words.js";

const AHEAD = 20;
/** How long after a tile came up by itself it may still be passed by without a word from the analyst. */
const AT_ONCE_MS = 3000;

export class Holding {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** The tile that is held. @type {number | null} */
    this.id = null;
    this.timer = 0;
    this.shownAt = 0;
    /** Who else has the tile, in a sentence; "" for nobody. */
    this.others = "";
  }

  destroy() {
    window.clearTimeout(this.timer);
    this.leave();
  }

  /** Another tile is on the desk, or none. */
  changed() {
    const { desk } = this.review;
    if (desk.id === this.id) return;
    const left = this.id;
    this.id = desk.id;
    this.others = "";
    this.shownAt = performance.now();
    if (this.id === null) this.release(left);
    else void this.take(left);
  }

  /** @param {number | null} [left] the tile before */
  async take(left = null) {
    const { desk, shared } = this.review;
    const { id } = this;
    window.clearTimeout(this.timer);
    if (id === null) return;
    const answer = await shared.library.api.hold(id, desk.author, left, desk.ahead(AHEAD)).catch(() => null);
    if (id !== this.id) return;
    this.timer = window.setTimeout(() => void this.take(), (answer?.renew_s ?? 60) * 1000);
    if (!answer) return; // no connection: nobody is told anything, and saving still asks
    desk.away = new Set(answer.others);
    for (const [one, state] of answer.decided) desk.decidedElsewhere(one, state);
    if (answer.holder) this.taken(answer.holder, answer.until ?? "");
  }

  /** Somebody else has the tile that is on the desk. @param {string} holder @param {string} until */
  taken(holder, until) {
    const { desk, editor, parts } = this.review;
    const { tile } = editor;
    const name = tile?.info.name ?? "this tile";
    const untouched = !tile || (tile.save.version === 0 && !editor.engaged() && parts.note.node.hidden);
    const soon = performance.now() - this.shownAt < AT_ONCE_MS;
    if (desk.came === "next" && untouched && soon && desk.id !== null) {
      desk.away.add(desk.id);
      desk.open(desk.following(desk.id), "next");
      return parts.notice.say(`${holder} has ${name} open, so it is passed by.`);
    }
    const clock = moment(until, Date.now());
    this.others = `${holder} has ${name} open too, until ${clock} or longer. Nothing is lost if both of you save.`;
    this.review.flow.greet();
  }

  leave() {
    this.release(this.id);
    this.id = null;
  }

  /** @param {number | null} id */
  release(id) {
    const { desk, shared } = this.review;
    window.clearTimeout(this.timer);
    if (id !== null) shared.library.api.leave(id, desk.author).catch(() => {}); // it ends by itself
  }
}
