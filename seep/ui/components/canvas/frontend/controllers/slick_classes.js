/** Classes that the model predicts for the selected slick, asked of the server for its present outline. */
import { slickWindow } from "../class_suggestions.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */
/** @typedef {import("./selected_slick.js").Selected} Selected */
/** @typedef {[number, number][]} Told class id and probability, 0 to 1, most probable first */
/** @typedef {import("../types.js").SlickWindow} Sent */

const TIMEOUT_MS = 3000; // then the suggestions do without

export class SlickClassesController {
  /** @param {import("../review.js").Review} review @param {() => void} changed called after each answer */
  constructor(review, changed) {
    this.review = review;
    this.changed = changed;
    /** The newest request. @type {{tile: OpenTile, selected: Selected, sent: Sent, told: Told | null, answered: Promise<void>} | null} */
    this.last = null;
    this.abort = new AbortController();
    /** Tiles for which the model predicts no classes. @type {WeakSet<OpenTile>} */
    this.silent = new WeakSet();
  }

  destroy() {
    this.abort.abort();
  }

  /** @param {OpenTile} tile @param {Selected} selected @returns {Told | null} null until the server has answered; empty without classes */
  of(tile, selected) {
    const { denials } = this.review.data;
    if (denials.save || !tile.info.prediction || this.silent.has(tile)) return [];
    if (selected !== this.last?.selected) this.look(tile, selected);
    return this.last?.told ?? null;
  }

  /** @returns {Promise<void>} when the newest request is answered, has failed, or took too long */
  async settled() {
    await this.last?.answered;
  }

  /** Ask for another outline; the same one is not asked twice. @param {OpenTile} tile @param {Selected} selected */
  look(tile, selected) {
    const sent = slickWindow(selected.cells, tile.annotation, tile.info.width, tile.info.height);
    if (this.last && this.last.tile === tile && isSameWindow(this.last.sent, sent)) {
      this.last.selected = selected;
      return;
    }
    this.abort.abort();
    this.abort = new AbortController();
    const signal = AbortSignal.any([this.abort.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    /** @type {NonNullable<SlickClassesController["last"]>} */
    const asked = { tile, selected, sent, told: null, answered: Promise.resolve() };
    asked.answered = this.review.shared.library.api.slickClasses(tile.id, tile.author, sent, signal).then(
      (told) => {
        if (!told.length) this.silent.add(tile);
        asked.told = told;
      },
      () => {
        asked.told = []; // the suggestions do without; the next outline is asked again
      },
    );
    this.last = asked;
    void asked.answered.then(() => asked === this.last && this.changed());
  }
}

/** @param {Sent} one @param {Sent} other @returns {boolean} */
function isSameWindow(one, other) {
  const sides = /** @type {const} */ (["x", "y", "width", "height"]);
  return (
    sides.every((side) => one[side] === other[side]) &&
    one.pixels.every((value, i) => value === other.pixels[i])
  );
}
