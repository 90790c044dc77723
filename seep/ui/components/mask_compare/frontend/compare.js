/**
 * The grid of pairs, and the one that is looked at large.
 *
 * @import { PairsData } from "./types.js"
 */

import { card, make } from "./card.js";
import { Lightbox } from "./lightbox.js";
import { STYLE } from "./style.js";

export class MaskCompare {
  /**
   * @param {ShadowRoot | HTMLElement} parent
   * @param {PairsData} data
   * @param {(tile: number) => void} open
   */
  constructor(parent, data, open) {
    this.data = data;
    this.open = open;
    this.shown = "";
    this.at = -1;
    const style = document.createElement("style");
    style.textContent = STYLE;
    this.root = make("div", "pairs");
    this.grid = make("div", "grid");
    this.root.append(this.grid);
    parent.append(style, this.root);
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

  /** @param {PairsData} data */
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
