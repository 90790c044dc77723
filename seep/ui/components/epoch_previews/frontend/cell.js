/** One tile of the strip: its picture, the mask of an epoch over it, two figures. @import { Ids, Shown } from "./types.js" */

import { element } from "../../shared/dom.js";
import { describe, metricText } from "./text.js";
import { paint } from "./paint.js";

const PICTURE_PX = 256; // as sharp as a screen of two device pixels for each of its own shows 104

export class Cell {
  /**
   * @param {number} id
   * @param {string} name
   * @param {string} baseUrl
   * @param {(id: number) => void} open
   */
  constructor(id, name, baseUrl, open) {
    this.name = name;
    this.element = element("button", { class: "cell" });
    this.element.dataset.tile = String(id);
    this.element.setAttribute("type", "button");
    this.element.addEventListener("click", () => open(id));
    this.image = element("img", {
      alt: "",
      src: `${baseUrl}/seep/tiles/${id}/thumbnail?size=${PICTURE_PX}&overlay=0`,
    });
    this.image.addEventListener("error", () => (this.image.hidden = true)); // of a tile that was deleted since
    this.canvas = element("canvas");
    this.picture = element("span", { class: "picture" });
    this.picture.append(this.image, this.canvas);
    this.iou = element("span", { class: "iou" });
    this.changed = element("span", { class: "changed" });
    const line = element("span", { class: "line" });
    line.append(this.iou, this.changed);
    this.element.append(this.picture, line, element("span", { class: "name" }, name));
    this.failed = element("span", { class: "failed" }, "No image");
    /** @type {string} what is shown or being fetched, so that an answer that comes late is left out */
    this.wanted = "";
  }

  /** @param {Shown | undefined} tile */
  showMetrics(tile) {
    const { iou, changed } = metricText(tile);
    this.iou.textContent = iou;
    this.changed.textContent = changed;
    this.element.title = describe(this.name, tile);
  }

  /**
   * Show the mask of an epoch once it is there; the one before stays until then.
   *
   * @param {string} wanted names the epoch
   * @param {Promise<[Ids, Ids | null]> | null} masks of the epoch and of the first one; null shows none
   * @param {Map<number, number[]>} colors
   */
  async show(wanted, masks, colors) {
    if (this.wanted === wanted) return;
    this.wanted = wanted;
    try {
      const found = masks && (await masks);
      if (this.wanted !== wanted) return;
      this.failed.remove();
      if (found) this.draw(found[0], found[1], colors);
      else this.canvas.width = 0;
    } catch {
      if (this.wanted !== wanted) return;
      this.wanted = ""; // asked for again when the strip is drawn next
      this.picture.append(this.failed);
    }
  }

  /**
   * @param {Ids} now
   * @param {Ids | null} before
   * @param {Map<number, number[]>} colors
   */
  draw(now, before, colors) {
    this.canvas.width = now.width;
    this.canvas.height = now.height;
    const pixels = new ImageData(paint(now, before, colors), now.width, now.height);
    this.canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  }
}
