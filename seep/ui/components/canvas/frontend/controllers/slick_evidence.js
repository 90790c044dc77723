/** Shows what can be measured of the slick that is selected on the image or in the list. */
import { flood } from "../flood.js";
import { evidenceRows, measureSlick } from "../slick_evidence.js";

export class SlickEvidenceController {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** The newest rows, by the slick that they are for. @type {{key: string, rows: [string, string][] | null}} */
    this.last = { key: "", rows: null };
  }

  /** @returns {[string, string][] | null} null without a selected slick */
  get rows() {
    const { editor, suggestions } = this.review;
    const { tile } = editor;
    const slick = suggestions.target();
    if (!tile || !slick || tile.annotation[slick.seed] !== slick.classId) return null; // the slicks are being counted again
    const key = JSON.stringify([tile.id, tile.band, slick]);
    if (key !== this.last.key) {
      const { width, height, pixel_m: pixelM } = tile.info;
      const cells = flood(tile.annotation, slick.classId, width, height, slick.seed);
      this.last = { key, rows: cells && evidenceRows(measureSlick(cells, tile), pixelM) };
    }
    return this.last.rows;
  }

  show() {
    this.review.parts.evidence.show(this.rows);
  }
}
