/** Shows what can be measured of the slick that is selected on the image or in the list. */
import { tileDenials } from "../actions.js";
import { evidenceRows, measureSlick } from "../slick_evidence.js";

export class SlickEvidenceController {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** The newest rows, by what they are for. @type {{of: unknown[], rows: [string, string][] | null}} */
    this.last = { of: [], rows: null };
  }

  /** @returns {[string, string][] | null} null without a selected slick */
  get rows() {
    const { editor, selected } = this.review;
    const { tile } = editor;
    const { current } = selected;
    if (!tile || !current) return null;
    const of = [current, tile.band];
    if (of.some((one, i) => one !== this.last.of[i])) {
      this.last = { of, rows: evidenceRows(measureSlick(current.cells, tile), tile.info.pixel_m) };
    }
    return this.last.rows;
  }

  show() {
    const { causes, data, editor, parts } = this.review;
    const denial = tileDenials(data.denials, editor.tile).cause ?? "";
    parts.evidence.show(this.rows, { causes: data.causes, decision: causes.decision, denial });
  }
}
