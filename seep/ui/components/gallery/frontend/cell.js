/** A cell of the grid: an empty box, its content, and the updates of both. @import { Tile } from "./types.js" */

import { element, svgElement } from "../../shared/dom.js";
import { stateMark, stateOf } from "../../shared/states.js";
import { cellValue, extraText, stateText, thumbnailAddress, valueLabel } from "./text.js";

const TICK = "M4 8.5l3 3L12.5 5";

/**
 * @typedef {object} Cell
 * @property {HTMLElement} element
 * @property {HTMLImageElement | null} image null in an empty cell
 * @property {string} address of the thumbnail, fetched once the cell is near the window
 * @property {string} content what the cell shows now
 */

/**
 * Create an empty cell.
 *
 * @param {number} id
 * @returns {Cell}
 */
export function makeCell(id) {
  const properties = {
    class: "cell",
    role: "option",
    id: `tile-${id}`,
    tabIndex: -1,
    "data-id": String(id),
    "aria-selected": "false",
  };
  return { element: element("div", properties), image: null, address: "", content: "" };
}

/**
 * Fill an empty cell with elements.
 *
 * @param {Cell} cell
 * @returns {HTMLImageElement}
 */
function fill(cell) {
  const image = element("img", { alt: "", decoding: "async", draggable: false });
  const tick = element("span", { class: "tick", "data-role": "tick" });
  tick.append(
    svgElement("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svgElement("path", { d: TICK })),
  );
  const picture = element("div", { class: "picture" }, image, tick, element("div", { class: "scene" }));
  const caption = element(
    "div",
    { class: "caption" },
    element("div", { class: "line" }),
    element("div", { class: "name" }),
    element("span", { class: "hidden extra" }),
  );
  image.addEventListener("load", () => image.classList.add("shown"));
  image.addEventListener("error", () => picture.append(element("div", { class: "failed" }, "No image")));
  cell.element.append(picture, caption);
  cell.image = image;
  return image;
}

/**
 * Show a tile in a cell. Names are set as text, never as markup.
 *
 * @param {Cell} cell
 * @param {Tile} tile
 * @param {{base_url: string, order: import("../../shared/orders.js").QueueOrder | null, size_px: number}} how
 */
export function showTile(cell, tile, how) {
  const address = thumbnailAddress(how.base_url, tile, how.size_px, window.devicePixelRatio);
  const image = cell.image ?? fill(cell);
  if (cell.address !== address) {
    const fetched = image.hasAttribute("src");
    cell.address = address;
    if (fetched) fetchPicture(cell);
  }
  const content = JSON.stringify([tile, how.order?.key]);
  if (cell.content === content) return;
  cell.content = content;
  cell.element.dataset.state = tile.state;
  cell.element.dataset.drafted = String(Boolean(tile.drafted));
  part(cell, ".name").textContent = tile.person ? `${tile.person} · ${tile.name}` : tile.name;
  part(cell, ".extra").textContent = extraText(tile);
  part(cell, ".scene").textContent = tile.scene ? `scene ${tile.scene}` : "";
  const state = stateOf(tile.state);
  cell.element.style.setProperty(
    "--state",
    state ? `light-dark(${state.color_light}, ${state.color_dark})` : "",
  );
  part(cell, ".line").replaceChildren(
    ...(state ? [stateMark(tile.state)] : []),
    element("span", { class: "state" }, stateText(tile)),
    element(
      "span",
      { class: "value" },
      element("span", { class: "hidden" }, valueLabel(tile, how.order)),
      cellValue(tile, how.order),
    ),
  );
}

/**
 * Load the thumbnail of a cell that shows a tile; the old one stays until then.
 *
 * @param {Cell} cell
 */
export function fetchPicture(cell) {
  if (!cell.image || cell.image.getAttribute("src") === cell.address) return;
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
