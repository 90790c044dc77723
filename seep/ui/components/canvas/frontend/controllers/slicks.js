/** Slicks and class areas of the annotation, counted after a pause in editing, and edits of whole slicks. */
import { isSame } from "../worker/edits.js";
import { applyThreshold } from "../predicted_slicks.js";
import { LatestTask } from "../view/latest_task.js";

/** @typedef {import("../panels/slicks.js").ListedSlick} ListedSlick */
/** @typedef {import("../types.js").OpenTile} OpenTile */

const SETTLE_MS = 200; // after a change of the mask

export class SlickController {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.timer = 0;
    /** @type {LatestTask<import("../view/slicks.worker.js").SlickCounts>} */
    this.background = new LatestTask("slicks.worker.js");
    /** Pixels by class. @type {Uint32Array | null} */
    this.areas = null;
    /** @type {import("../view/slicks.worker.js").SlickCounts["found"]} */
    this.found = [];
    /** The predicted slicks of a tile. @type {{tile: OpenTile, all: import("../predicted_slicks.js").PredictedSlick[]} | null} */
    this.predicted = null;
    /** The last edit of the slider: moving it again replaces this undo step. @type {import("../history.js").Edit | null} */
    this.sliderEdit = null;
    this.previewing = false;
    /** How many slicks fine-tuning ignores. @type {WeakMap<OpenTile, number>} */
    this.ignored = new WeakMap();
  }

  destroy() {
    window.clearTimeout(this.timer);
    this.background.stop();
  }

  /** @param {number} [delayMs] */
  schedule(delayMs = SETTLE_MS) {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.count(), delayMs);
  }

  /** Another tile was opened. */
  tileChanged() {
    this.previewing = false;
    this.sliderEdit = null;
    this.schedule(0);
  }

  count() {
    const { data, editor, shared } = this.review;
    const { tile } = editor;
    if (!tile)
      return this.show(null, {
        found: [],
        areas: new Uint32Array(256),
        sure: [],
        proposed: null,
        ignored: 0,
      });
    const { probability } = tile;
    if (probability === undefined)
      void shared.library.probability(tile).then(() => (this.schedule(0), editor.emit("display")));
    const { width, height } = tile.info;
    const mask = tile.annotation.slice();
    // The predicted slicks of a tile do not change: request them once.
    const prediction = this.predicted?.tile === tile ? null : tile.prediction;
    const ignoredRadiusPx = tile.info.split === "train" ? data.ignored_radius_px : 0;
    this.background.ask(
      { mask, probability, prediction, width, height, ignoredRadiusPx },
      [mask.buffer],
      (counted) => {
        if (tile === editor.tile) this.show(tile, counted);
      },
    );
  }

  /** @param {OpenTile | null} tile @param {import("../view/slicks.worker.js").SlickCounts} counted */
  show(tile, { found, areas, sure, proposed, ignored }) {
    const { data, parts } = this.review;
    this.areas = tile && areas;
    this.found = found;
    const { wideAreas } = this.review;
    // Wide dark areas are a question of their own: neither listed here nor removed by the slider.
    const isSlick = (/** @type {import("../regions.js").Component} */ one) =>
      !wideAreas.includes({ ...one, seed: one.runs[0].row * (tile?.info.width ?? 0) + one.runs[0].start });
    if (tile && proposed) this.predicted = { tile, all: proposed.filter(isSlick) };
    const slicks = found
      .map(({ seed, ...slick }, i) => ({ ...slick, seed, sure: sure[i] }))
      .filter((one) => !wideAreas.includes(one))
      .map(({ seed: _, ...slick }) => slick);
    const all = tile && this.predicted?.tile === tile ? this.predicted.all.map((one) => one.sure) : null;
    wideAreas.show();
    parts.slicks.show({
      counted: tile !== null,
      slicks,
      classes: data.classes,
      pixelM: tile?.info.pixel_m,
      sure: all,
    });
    this.review.showChoices();
    if (tile) this.reportIgnored(tile, ignored);
  }

  /** Say once that an edit made a slick that fine-tuning ignores. @param {OpenTile} tile @param {number} ignored */
  reportIgnored(tile, ignored) {
    const before = this.ignored.get(tile) ?? ignored; // those that the tile was opened with are not reported
    this.ignored.set(tile, ignored);
    if (ignored > before) this.tellIgnored("this slick: its");
  }

  /** @param {string} what is ignored, and whose radius follows */
  tellIgnored(what) {
    const { data, editor } = this.review;
    const text = `Fine-tuning ignores ${what} radius is above ${data.ignored_radius_px} px (unless most seep pixels are in such slicks). "Maximum slick radius" on Fine-tune changes that.`;
    editor.emit("message", { kind: "wide-slick-ignored", text });
  }

  /** Select a slick for the tools that work on slicks. @param {ListedSlick} slick */
  select(slick) {
    const { editor } = this.review;
    const one = this.found.find((other) => isSame(other, slick));
    if (!one || !editor.tile) return;
    editor.selection = new Set([one.seed]);
    editor.emit("selection");
  }

  /** Change the class of a slick, or delete it with 0, as one undo step. @param {ListedSlick} slick @param {number} classId */
  setClass({ sure: _, ...slick }, classId) {
    if (!classId) this.review.viewport.highlightSlick(null);
    this.review.editor.runEdit({ what: "give", slick, value: classId });
  }

  /** @param {number} least 0 to 1: minimum mean probability of the predicted slicks in the preview */
  preview(least) {
    const { editor } = this.review;
    const { tile } = editor;
    if (!tile || this.predicted?.tile !== tile) return;
    const { all } = this.predicted;
    const { history } = tile;
    if (this.previewing) editor.cancel();
    else if (this.sliderEdit && history.edits[history.position - 1] === this.sliderEdit) editor.undo();
    this.previewing = editor.begin();
    if (this.previewing)
      editor.edit((mask, width, _, touch) => applyThreshold(mask, all, least, width, touch));
  }

  /** The slider was released: apply the preview as one undo step. */
  commitPreview() {
    const { editor } = this.review;
    if (!this.previewing) return;
    this.previewing = false;
    const history = editor.tile?.history;
    const before = history?.edits[history.position - 1];
    editor.commit();
    const made = history?.edits[history.position - 1];
    this.sliderEdit = made && made !== before ? made : null;
  }
}
