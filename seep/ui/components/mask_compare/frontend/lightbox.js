/**
 * One tile large: the first mask left of an edge that follows the pointer, the second right of it.
 *
 * @import { Pair, CompareData } from "./types.js"
 */

import { element } from "../../shared/dom.js";
import { fitted, frame, picture } from "./layout.js";
import { image } from "./card.js";

const SIDE_PX = 196; // words and buttons beside the picture
const MARGIN_PX = 3;
const STEP = 0.05;
const LARGEST_PX = 1024;

/**
 * @typedef {object} LargeEvents
 * @property {(step: number) => void} go to the next pair, or the one before
 * @property {() => void} close
 * @property {(tile: number) => void} open the tile in Review
 */

export class Lightbox {
  /**
   * @param {HTMLElement} parent
   * @param {LargeEvents} events
   */
  constructor(parent, events) {
    this.events = events;
    this.element = element("div", { class: "large" });
    this.element.hidden = true;
    this.element.tabIndex = -1;
    this.share = 0.5;
    parent.append(this.element);
    this.element.addEventListener("keydown", (event) => this.press(event));
  }

  /**
   * @param {Pair} pair
   * @param {CompareData} data
   * @param {{at: number, of: number}} place
   */
  show(pair, data, place) {
    const box = this.element.parentElement?.getBoundingClientRect() ?? { width: 600, height: 400 };
    const size = fitted(pair, Math.max(120, box.width - SIDE_PX), box.height);
    this.stage = element("div", { class: "stage" });
    this.stage.style.width = `${size.width}px`;
    this.stage.style.height = `${size.height}px`;
    const sharp = Math.min(LARGEST_PX, Math.max(size.width, size.height));
    const [below, above] = [pair.second, pair.first].map((mask) =>
      image(picture(data.base_url, pair, mask, sharp, true)),
    );
    this.above = /** @type {HTMLImageElement} */ (above);
    this.truth = pair.truth ? image(picture(data.base_url, pair, pair.truth, sharp, true)) : null;
    this.edge = element("div", { class: "edge" });
    const labels = ["first", "second"].map((name, at) =>
      element("div", { class: `label ${name}` }, data.labels[at] ?? ""),
    );
    this.stage.append(/** @type {HTMLImageElement} */ (below), this.above, ...labels, this.edge);
    const place_ = frame(pair, MARGIN_PX);
    if (place_) {
      const mark = element("div", { class: "mark" });
      mark.dataset.tone = pair.tone;
      Object.assign(mark.style, place_);
      this.stage.append(mark);
    }
    if (this.truth) {
      this.truth.hidden = true;
      this.stage.append(this.truth);
    }
    this.stage.addEventListener("pointermove", (event) => this.follow(event));
    this.stage.addEventListener("pointerdown", (event) => this.follow(event));
    this.element.replaceChildren(this.stage, this.words(pair, place));
    this.element.hidden = false;
    this.swipe(this.share);
    this.element.focus({ preventScroll: true });
  }

  hide() {
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  /**
   * @param {Pair} pair
   * @param {{at: number, of: number}} place
   * @returns {HTMLElement}
   */
  words(pair, place) {
    const side = element("div", { class: "side" });
    const range = /** @type {HTMLInputElement} */ (element("input"));
    Object.assign(range, { type: "range", min: "0", max: "1", step: "0.01" });
    range.setAttribute("aria-label", "Position of the divider");
    range.addEventListener("input", () => this.swipe(Number(range.value)));
    this.range = range;
    side.append(
      element("h3", {}, pair.title),
      element("div", { class: "note" }, pair.note),
      element("div", { class: "tile" }, `Tile ${pair.name}`),
      range,
    );
    if (pair.truth) side.append(this.truthBox());
    const moves = element("div", { class: "row" });
    const back = button("Previous", "Previous (,)", () => this.events.go(-1), place.at === 0);
    const on = button("Next", "Next (.)", () => this.events.go(1), place.at === place.of - 1);
    moves.append(back, on);
    const ends = element("div", { class: "row" });
    ends.append(
      button("Open in Review", "Open this tile in Review", () => this.events.open(pair.tile), false),
      button("Close", "Close (Escape)", () => this.events.close(), false),
    );
    side.append(element("div", { class: "note" }, `${place.at + 1} of ${place.of}`), moves, ends);
    return side;
  }

  /** @returns {HTMLElement} */
  truthBox() {
    const label = element("label");
    const box = /** @type {HTMLInputElement} */ (element("input"));
    box.type = "checkbox";
    box.addEventListener("change", () => {
      if (this.truth) this.truth.hidden = !box.checked;
    });
    label.append(box, document.createTextNode("Show reference mask (T)"));
    this.box = box;
    return label;
  }

  /** @param {PointerEvent} event */
  follow(event) {
    if (!this.stage || (event.pointerType === "touch" && event.buttons === 0)) return;
    const box = this.stage.getBoundingClientRect();
    this.swipe((event.clientX - box.left) / box.width);
  }

  /** @param {number} share of the width that shows the first mask, 0 to 1 */
  swipe(share) {
    this.share = Math.min(1, Math.max(0, share));
    if (!this.above || !this.edge || !this.range) return;
    this.above.style.clipPath = `inset(0 ${(1 - this.share) * 100}% 0 0)`;
    this.edge.style.left = `${this.share * 100}%`;
    this.range.value = String(this.share);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onRange = event.target === this.range;
    if (event.key === "Escape") this.events.close();
    else if (event.key === ".") this.events.go(1);
    else if (event.key === ",") this.events.go(-1);
    else if (event.key === "ArrowLeft" && !onRange) this.swipe(this.share - STEP);
    else if (event.key === "ArrowRight" && !onRange) this.swipe(this.share + STEP);
    else if (event.key.toLowerCase() === "t") this.box?.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/**
 * @param {string} text
 * @param {string} title
 * @param {() => void} action
 * @param {boolean} disabled
 * @returns {HTMLElement}
 */
function button(text, title, action, disabled) {
  return element("button", { type: "button", title, disabled, onclick: action }, text);
}
