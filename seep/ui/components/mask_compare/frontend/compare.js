/**
 * The grid of pairs, and the one that is looked at large.
 *
 * @import { CompareData } from "./types.js"
 */

import { attach, element } from "../../shared/dom.js";
import { card } from "./card.js";
import { Lightbox } from "./lightbox.js";
import { STYLE } from "./style.js";

export class MaskCompare {
  /**
   * @param {ShadowRoot | HTMLElement} parent
   * @param {CompareData} data
   * @param {(tile: number) => void} open
   */
  constructor(parent, data, open) {
    this.data = data;
    this.open = open;
    this.shown = "";
    this.at = -1;
    this.root = element("div", { class: "pairs" });
    this.grid = element("div", { class: "grid" });
    this.root.append(this.grid);
    attach(parent, STYLE, this.root);
    this.lightbox = new Lightbox(this.root, {
      go: (step) => this.look(this.at + step),
      close: () => this.close(),
      open: (tile) => this.open(tile),
    });
    this.grid.addEventListener("click", (event) => {
      const found = /** @type {HTMLElement} */ (event.target).closest(".card");
      if (found) this.look(Number(/** @type {HTMLElement} */ (found).dataset.at));
    });
  }

  /** @param {CompareData} data */
  update(data) {
    this.data = data;
    this.root.style.height = `${data.height_px}px`;
    const text = JSON.stringify([data.pairs, data.labels]);
    if (text === this.shown) return;
    this.shown = text;
    this.close();
    this.grid.scrollTop = 0;
    this.grid.replaceChildren(...data.pairs.map((pair, at) => card(pair, data, at)));
  }

  /** @param {number} at */
  look(at) {
    const pair = this.data.pairs[at];
    if (!pair) return;
    this.at = at;
    this.grid.inert = true;
    this.lightbox.show(pair, this.data, { at, of: this.data.pairs.length });
    this.root.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.lightbox.hide();
    this.grid.inert = false;
    /** @type {HTMLElement | undefined} */ (this.grid.children[this.at])?.focus();
    this.at = -1;
  }
}
