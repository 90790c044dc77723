/** One tile on the grid: its elements, and how they follow the tile. @import { Tile } from "./types.js" */

import { DISC, stateLabel, stateOf } from "../../shared/states.js";
import { cellValue, describe, thumbnailAddress } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";
const TICK = "M4 8.5l3 3L12.5 5";

/**
 * @typedef {object} Cell
 * @property {HTMLElement} element
 * @property {HTMLImageElement} image
 * @property {string} address of the thumbnail, fetched once the cell is near the window
 * @property {string} look what is shown now, to leave it alone when nothing changed
 */

/**
 * Make a cell, still without words and picture.
 *
 * @param {number} id
 * @returns {Cell}
 */
export function makeCell(id) {
  const element = make("div", "cell");
  element.id = `tile-${id}`;
  element.dataset.id = String(id);
  element.tabIndex = -1;
  element.setAttribute("role", "option");
  element.setAttribute("aria-selected", "false");
  const image = document.createElement("img");
  image.alt = "";
  image.decoding = "async";
  image.draggable = false;
  const tick = make("span", "tick");
  tick.dataset.role = "tick";
  tick.append(drawing(16, [["", TICK]]));
  const picture = make("div", "picture");
  picture.append(image, tick, make("div", "scene"));
  const caption = make("div", "caption");
  caption.append(make("div", "line"), make("div", "name"));
  element.append(picture, caption);
  image.addEventListener("load", () => image.classList.add("shown"));
  image.addEventListener("error", () => picture.append(make("div", "failed", "No picture")));
  return { element, image, address: "", look: "" };
}

/**
 * Show a tile in a cell. Text is set as text: a name is never markup.
 *
 * @param {Cell} cell
 * @param {Tile} tile
 * @param {{base_url: string, order: import("../../shared/orders.js").QueueOrder | null, size_px: number}} how
 */
export function showTile(cell, tile, how) {
  const address = thumbnailAddress(how.base_url, tile, how.size_px, window.devicePixelRatio);
  if (cell.address !== address) {
    const fetched = cell.image.hasAttribute("src");
    cell.address = address;
    if (fetched) fetchPicture(cell);
  }
  const description = describe(tile, how.order);
  const look = `${description} ${tile.state}`;
  if (cell.look === look) return;
  cell.look = look;
  cell.element.dataset.state = tile.state;
  cell.element.setAttribute("aria-label", description);
  part(cell, ".name").textContent = tile.name;
  part(cell, ".scene").textContent = tile.scene ? `scene ${tile.scene}` : "";
  const state = stateOf(tile.state);
  cell.element.style.setProperty("--state", state ? `light-dark(${state.color_light}, ${state.color_dark})` : "");
  part(cell, ".line").replaceChildren(
    ...(state ? [drawing(12, state.filled ? [["shape-disc", DISC], ["shape-line", state.shape]] : [["shape-line", state.shape]])] : []),
    make("span", "state", stateLabel(tile.state)),
    make("span", "value", cellValue(tile, how.order)),
  );
}

/**
 * Fetch the picture of a cell; the one before stays until it is there.
 *
 * @param {Cell} cell
 */
export function fetchPicture(cell) {
  if (cell.image.getAttribute("src") === cell.address) return;
  cell.element.querySelector(".failed")?.remove();
  cell.image.src = cell.address;
}

/**
 * @param {Cell} cell
 * @param {string} selector
 * @returns {HTMLElement}
 */
function part(cell, selector) {
  return /** @type {HTMLElement} */ (cell.element.querySelector(selector));
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} [text]
 * @returns {HTMLElement}
 */
export function make(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/**
 * @param {number} size of the view box
 * @param {string[][]} paths class and path data of each
 * @returns {SVGElement}
 */
function drawing(size, paths) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("aria-hidden", "true");
  for (const [className = "", data = ""] of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", className);
    path.setAttribute("d", data);
    svg.append(path);
  }
  return svg;
}
