/** The slick that is selected in the list or on the image, and its pixels. */
import { flood } from "../flood.js";
import { isSame } from "../worker/edits.js";

/** @typedef {import("../regions.js").Slick & {seed: number}} FoundSlick */
/** @typedef {{slick: FoundSlick, cells: import("../types.js").Cells}} Selected */

export class SelectedSlick {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** The newest answer, with its tile. @type {(Selected & {tile: import("../types.js").OpenTile}) | null} */
    this.last = null;
  }

  /** @returns {FoundSlick | null} the slick of the list, else the only one that is selected on the image */
  get slick() {
    const { editor, parts, slicks } = this.review;
    const listed = parts.slicks.current();
    if (listed) return slicks.found.find((one) => isSame(one, listed)) ?? null;
    if (editor.tool !== "select" || editor.selection.size !== 1) return null;
    return slicks.found.find((one) => editor.selection.has(one.seed)) ?? null;
  }

  /** @returns {Selected | null} the same object until another slick is selected or the slicks are counted again */
  get current() {
    const { slick } = this;
    const { tile } = this.review.editor;
    if (!tile || !slick || tile.annotation[slick.seed] !== slick.classId) return null; // the slicks are being counted again
    // Each count makes new objects, so an object stands for one version of the mask.
    if (slick !== this.last?.slick || tile !== this.last.tile) {
      const cells = flood(tile.annotation, slick.classId, tile.info.width, tile.info.height, slick.seed);
      this.last = cells && { tile, slick, cells };
    }
    return this.last;
  }
}
