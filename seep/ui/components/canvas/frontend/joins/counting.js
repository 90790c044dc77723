/** Slicks and areas of the annotation, counted when the hand rests; what is done to slicks as a whole. */
import { isSame } from "../heavy/edits.js";
import { takeSure } from "../proposals.js";
import { Background } from "../view/background.js";

/** @typedef {import("../panels/slicks.js").Listed} Listed */
/** @typedef {import("../types.js").OpenTile} OpenTile */

const SETTLE_MS = 200; // after a change of the mask

export class Counting {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.timer = 0;
    /** @type {Background<import("../view/counting.worker.js").Counted>} */
    this.background = new Background("counting.worker.js");
    /** Pixels by class. @type {Uint32Array | null} */
    this.areas = null;
    /** @type {import("../view/counting.worker.js").Counted["found"]} */
    this.found = [];
    /** The model's slicks of a tile. @type {{tile: OpenTile, all: import("../proposals.js").Proposal[]} | null} */
    this.proposed = null;
    /** The edit that the slider made last: moving it again is the same step of undo. @type {import("../history.js").Edit | null} */
    this.taken = null;
    this.previewing = false;
  }

  destroy() {
    window.clearTimeout(this.timer);
    this.background.stop();
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
    const { editor, shared } = this.review;
    const { tile } = editor;
    if (!tile) return this.show(null, { found: [], areas: new Uint32Array(256), sure: [], proposed: null });
    const { probability } = tile;
    if (probability === undefined) void shared.library.probability(tile).then(() => (this.soon(0), editor.tell("look")));
    const { width, height } = tile.info;
    const mask = tile.annotation.slice();
    // What a tile's model proposes never changes: it is asked for once.
    const prediction = this.proposed?.tile === tile ? null : tile.prediction;
    this.background.ask({ mask, probability, prediction, width, height }, [mask.buffer], (counted) => {
      if (tile === editor.tile) this.show(tile, counted);
    });
  }

  /** @param {OpenTile | null} tile @param {import("../view/counting.worker.js").Counted} counted */
  show(tile, { found, areas, sure, proposed }) {
    const { data, parts } = this.review;
    this.areas = tile && areas;
    this.found = found;
    if (tile && proposed) this.proposed = { tile, all: proposed };
    const slicks = found.map(({ seed: _, ...slick }, i) => ({ ...slick, sure: sure[i] }));
    const all = tile && this.proposed?.tile === tile ? this.proposed.all.map((one) => one.sure) : null;
    parts.slicks.show({ slicks, classes: data.classes, pixelM: tile?.info.pixel_m, sure: all });
    this.review.showChoices();
  }

  /** Select a slick for the tools that work on slicks. @param {Listed} slick */
  select(slick) {
    const { editor } = this.review;
    const one = this.found.find((other) => isSame(other, slick));
    if (!one || !editor.tile) return;
    editor.selection = new Set([one.seed]);
    editor.tell("selection");
  }

  /** Give a slick another class, 0 to take it out: one step of undo. @param {Listed} slick @param {number} classId */
  give({ sure: _, ...slick }, classId) {
    this.review.editor.work({ what: "give", slick, value: classId });
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
