/**
 * One pair on the grid.
 *
 * @import { Pair, CompareData } from "./types.js"
 */

import { element } from "../../shared/dom.js";
import { picture } from "./layout.js";

const SIZE_PX = 128;
/** A shape for each kind, so that color never says it alone. @type {Record<string, string>} */
const SHAPES = { gained: "+", lost: "−", changed: "≠" };

/**
 * @param {Pair} pair
 * @param {CompareData} data
 * @param {number} at its place on the grid
 * @returns {HTMLElement}
 */
export function card(pair, data, at) {
  const size = SIZE_PX * Math.min(2, Math.ceil(window.devicePixelRatio || 1));
  const two = element("div", { class: "two" });
  two.append(
    ...[pair.first, pair.second].map((mask) => image(picture(data.base_url, pair, mask, size, false))),
  );
  const words = element("div", { class: "words" });
  const title = element("div", { class: "title" }, pair.title);
  if (SHAPES[pair.tone]) title.prepend(element("span", {}, SHAPES[pair.tone]));
  words.append(
    title,
    element("div", { class: "note" }, pair.note),
    element("div", { class: "tile" }, pair.name),
  );
  return element("button", { class: "card", "data-at": String(at), "data-tone": pair.tone }, two, words);
}

/**
 * @param {string} address
 * @returns {HTMLImageElement}
 */
export function image(address) {
  return element("img", { alt: "", loading: "lazy", decoding: "async", draggable: false, src: address });
}
