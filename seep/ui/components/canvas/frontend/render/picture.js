/** The displayed image of the open tile or a neighbor, in grays or colors. */
import { grays, toGray } from "../contrast.js";
import { toColor } from "../view/bands.js";
import { Panes } from "./panes.js";

/** @typedef {import("../types.js").Pixels} Pixels */
/** @typedef {import("../view/bands.js").Composite} Composite */
/**
 * @typedef {object} Shown What is displayed.
 * @property {Pixels} pixels one band, filtered or not
 * @property {number} width @property {number} height
 * @property {number | null} nodata
 * @property {import("../types.js").Contrast} contrast
 * @property {((value: number) => number) | null} curve of the scale
 * @property {Composite | null} composite three bands as red, green and blue instead
 */

export class Picture {
  /** @param {Shown} shown */
  constructor(shown) {
    this.shown = shown;
    /** While the contrast is dragged: zoomed out, draw one pixel of each cell. */
    this.quick = false;
    this.table = grays(shown.contrast, shown.curve);
    this.panes = new Panes(shown.width, shown.height, (rect, step, out, stride) => {
      const { pixels, width, nodata, contrast, composite } = this.shown;
      if (composite) toColor(composite, width, nodata, this.table, rect, step, out, stride);
      else toGray(pixels, width, nodata, contrast, this.table, rect, step, out, stride, this.quick);
    });
  }

  /**
   * @param {Shown} shown of the same size
   * @param {boolean} other whether it is another image, of which no old part may stay visible
   */
  change(shown, other) {
    this.shown = shown;
    this.table = grays(shown.contrast, shown.curve);
    if (other) this.panes.forget();
    else this.panes.stale(null);
  }
}
