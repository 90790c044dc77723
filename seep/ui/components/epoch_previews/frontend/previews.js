/**
 * The strip as a whole: a slider over the epochs of a run, and a cell for each tile.
 *
 * @import { Epoch, Ids, Shown, PreviewData } from "./types.js"
 */

import { attach, element } from "../../shared/dom.js";
import { Cell } from "./cell.js";
import { epochText, tileOrder, sliderPosition } from "./text.js";
import { fetchIds, parseColors } from "./paint.js";
import { STYLE } from "./style.js";

const EMPTY = "Validation tiles with changing predictions appear after the first epoch.";
const KEY = "Pale: unchanged · strong: added · dotted: removed";
const MOST_KEPT = 400; // masks of 64 kB at 256 px

export class EpochPreviews {
  /**
   * @param {ShadowRoot | HTMLElement} parent
   * @param {PreviewData} data
   * @param {(id: number) => void} open
   */
  constructor(parent, data, open) {
    this.data = data;
    this.open = open;
    /** @type {number | null} the epoch that somebody chose; null follows the run */
    this.chosen = null;
    /** @type {Map<number, Cell>} */
    this.cells = new Map();
    /** @type {Map<string, Promise<Ids>>} */
    this.masks = new Map();
    this.root = element("div", { class: "previews" });
    this.slider = element("input", { type: "range", min: "0", id: "epoch" });
    this.epoch = element("output", { class: "epoch" });
    this.grid = element("div", { class: "grid" });
    this.empty = element("div", { class: "empty" }, EMPTY);
    this.build(parent);
  }

  /** @param {ShadowRoot | HTMLElement} parent */
  build(parent) {
    this.slider.addEventListener("input", () => this.choose(Number(this.slider.value)));
    const label = element("label", {}, "Validation predictions by epoch");
    label.setAttribute("for", "epoch");
    const head = element("div", { class: "head" });
    head.append(label, this.slider, this.epoch);
    this.grid.append(this.empty);
    this.root.append(head, this.grid, element("p", { class: "key" }, KEY));
    attach(parent, STYLE, this.root);
  }

  /** @param {number} position of the slider; its end follows the run again */
  choose(position) {
    const newest = this.data.epochs.length - 1;
    this.chosen = position === newest ? null : (this.data.epochs[position]?.epoch ?? null);
    this.draw();
  }

  /** @param {PreviewData} data */
  update(data) {
    this.data = data;
    for (const { id, name } of tileOrder(data.epochs)) {
      if (this.cells.has(id)) continue;
      const cell = new Cell(id, name, data.base_url, (tile) => this.open(tile));
      this.cells.set(id, cell);
      this.grid.append(cell.element);
    }
    this.draw();
  }

  draw() {
    const { epochs } = this.data;
    const at = sliderPosition(epochs, this.chosen);
    const epoch = epochs[at];
    const newest = epochs[epochs.length - 1];
    this.empty.hidden = this.cells.size > 0;
    this.empty.style.display = this.empty.hidden ? "none" : "";
    this.slider.disabled = epochs.length < 2;
    this.slider.max = String(Math.max(0, epochs.length - 1));
    this.slider.value = String(Math.max(0, at));
    this.epoch.textContent = epoch && newest ? epochText(epoch, newest) : "";
    if (epoch) this.showEpoch(epoch);
  }

  /** @param {Epoch} epoch */
  showEpoch(epoch) {
    const colors = parseColors(this.data.colors);
    const [first] = this.data.epochs;
    for (const [id, cell] of this.cells) {
      const tile = epoch.tiles.find((one) => one.tile_id === id);
      const before = first?.tiles.find((one) => one.tile_id === id);
      cell.showMetrics(tile);
      const wanted = tile ? `${tile.mask} ${before?.mask}` : `none ${epoch.epoch}`;
      cell.show(wanted, tile ? this.pair(tile, before) : null, colors);
    }
  }

  /**
   * @param {Shown} tile
   * @param {Shown | undefined} before
   * @returns {Promise<[Ids, Ids | null]>}
   */
  async pair(tile, before) {
    return Promise.all([this.mask(tile.mask), before ? this.mask(before.mask) : null]);
  }

  /**
   * @param {string} address
   * @returns {Promise<Ids>}
   */
  mask(address) {
    const known = this.masks.get(address);
    if (known) return known;
    if (this.masks.size >= MOST_KEPT) this.masks.clear();
    const asked = fetchIds(this.data.base_url + address);
    this.masks.set(address, asked);
    asked.catch(() => this.masks.delete(address));
    return asked;
  }

  destroy() {
    this.root.remove();
  }
}
