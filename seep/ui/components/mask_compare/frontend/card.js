/**
 * One pair on the grid.
 *
 * @import { Pair, PairsData } from "./types.js"
 */

import { picture } from "./layout.js";

const SIZE_PX = 128;
/** A shape for each kind, so that color never says it alone. @type {Record<string, string>} */
const SHAPES = { gained: "+", lost: "−", changed: "≠" };

/**
 * @param {Pair} pair
 * @param {PairsData} data
 * @param {number} at its place on the grid
 * @returns {HTMLElement}
 */
export function card(pair, data, at) {
  const element = make("button", "card");
  element.dataset.at = String(at);
  element.dataset.tone = pair.tone;
  const [first = "", second = ""] = data.labels;
  element.setAttribute("aria-label", `${pair.title}, ${pair.note}, tile ${pair.name}: ${first} and ${second}`);
  const size = SIZE_PX * Math.min(2, Math.ceil(window.devicePixelRatio || 1));
  const two = make("div", "two");
  two.append(...[pair.first, pair.second].map((mask) => image(picture(data.base_url, pair, mask, size, false))));
  const words = make("div", "words");
  const title = make("div", "title", pair.title);
  if (SHAPES[pair.tone]) title.prepend(make("span", "", SHAPES[pair.tone]));
  words.append(title, make("div", "note", pair.note), make("div", "tile", pair.name));
  element.append(two, words);
  return element;
}

/**
 * @param {string} address
 * @returns {HTMLImageElement}
 */
export function image(address) {
  const element = document.createElement("img");
  element.alt = "";
  element.loading = "lazy";
  element.decoding = "async";
  element.draggable = false;
  element.src = address;
  return element;
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} [text] set as text: a name is never markup
 * @returns {HTMLElement}
 */
export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
