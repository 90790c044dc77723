/** Slicks and areas of the annotation, counted when the hand rests; what is done to slicks as a whole. */
import { give, proposals, sureness, takeSure } from "../proposals.js";
import { areas, components } from "../regions.js";

/** @typedef {import("../panels/slicks.js").Listed} Listed */
/** @typedef {import("../types.js").OpenTile} OpenTile */

const SETTLE_MS = 200; // after a change of the mask

export class Counting {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.timer = 0;
    /** Pixels by class. @type {Uint32Array | null} */
    this.areas = null;
    /** @type {import("../regions.js").Component[]} */
    this.found = [];
    /** The model's slicks of a tile. @type {{tile: OpenTile, all: import("../proposals.js").Proposal[]} | null} */
    this.proposed = null;
    /** The edit that the slider made last: moving it again is the same step of undo. @type {import("../history.js").Edit | null} */
    this.taken = null;
    this.previewing = false;
  }

  destroy() {
    window.clearTimeout(this.timer);
  }

  /** @param {number} [delayMs] */
  soon(delayMs = SETTLE_MS) {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.count(), delayMs);
  }

  /** Another tile is on the desk. */
  changed() {
    this.previewing = false;
    this.taken = null;
    this.soon(0);
  }

  count() {
    const { data, editor, parts, shared } = this.review;
    const { tile } = editor;
    this.areas = tile ? areas(tile.annotation) : null;
    this.found = tile ? components(tile.annotation, tile.info.width, tile.info.height) : [];
    const probability = tile?.probability;
    if (tile && probability === undefined) void shared.library.probability(tile).then(() => this.soon(0));
    if (tile && probability && tile.prediction && this.proposed?.tile !== tile) {
      const { width, height } = tile.info;
      this.proposed = { tile, all: proposals(tile.prediction, probability, width, height) };
    }
    const listed = this.found.map((one) => {
      const { runs: _, ...slick } = one;
      return { ...slick, sure: tile && probability ? sureness(one, probability, tile.info.width) : null };
    });
    const sure = tile && this.proposed?.tile === tile ? this.proposed.all.map((one) => one.sure) : null;
    parts.slicks.show({ slicks: listed, classes: data.classes, pixelM: tile?.info.pixel_m, sure });
    this.review.showChoices();
  }

  /** Give a slick another class, 0 to take it out: one step of undo. @param {Listed} slick @param {number} classId */
  give(slick, classId) {
    const { editor } = this.review;
    this.count(); // what was painted since the list was made
    const one = this.found.find((other) => same(other, slick));
    if (!one || !editor.begin()) return;
    editor.edit((mask, width, _, touch) => give(mask, one, classId, width, touch));
    editor.commit();
  }

  /** @param {number} least 0 to 1: the slicks that are as sure are shown in the mask, the others not */
  preview(least) {
    const { editor } = this.review;
    const { tile } = editor;
    if (!tile || this.proposed?.tile !== tile) return;
    const { all } = this.proposed;
    const { history } = tile;
    if (this.previewing) editor.cancel();
    else if (this.taken && history.edits[history.position - 1] === this.taken) editor.undo();
    this.previewing = editor.begin();
    if (this.previewing) editor.edit((mask, width, _, touch) => takeSure(mask, all, least, width, touch));
  }

  /** The slider was let go: what is shown becomes one step of undo. */
  take() {
    const { editor } = this.review;
    if (!this.previewing) return;
    this.previewing = false;
    const history = editor.tile?.history;
    const before = history?.edits[history.position - 1];
    editor.commit();
    const made = history?.edits[history.position - 1];
    this.taken = made && made !== before ? made : null;
  }
}

/** @param {import("../regions.js").Slick} one @param {import("../regions.js").Slick} other */
function same(one, other) {
  const names = /** @type {const} */ (["classId", "areaPx", "x", "y", "width", "height"]);
  return names.every((name) => one[name] === other[name]);
}
