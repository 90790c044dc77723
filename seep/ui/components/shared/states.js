/**
 * The states of a tile, as `seep/core/tile_states.py` defines them. Each component hands over what it got from
 * Python when it is mounted; it is the same for all of them.
 */

/**
 * @typedef {object} TileState
 * @property {string} key
 * @property {string} label
 * @property {boolean} reviewed
 * @property {boolean} open the tile still needs a decision
 * @property {string} icon name of the Material symbol
 * @property {string} color_light "#rrggbb" on a light background
 * @property {string} color_dark "#rrggbb" on a dark background
 * @property {number[]} dash lengths in px of strokes and gaps
 * @property {string} shape SVG path in a 12 x 12 box
 * @property {boolean} filled the shape is cut out of a filled disc
 */

import { svgElement } from "./dom.js";

/** The disc behind a filled shape: an SVG path in a 12 x 12 box. */
export const DISC = "M6 .8a5.2 5.2 0 1 0 0 10.4a5.2 5.2 0 1 0 0-10.4z";

/** @type {Map<string, TileState>} */
const known = new Map();

/** @param {TileState[]} states in the order of lists and legends */
export function setStates(states) {
  known.clear();
  for (const state of states) known.set(state.key, state);
}

/** @returns {TileState[]} */
export function allStates() {
  return [...known.values()];
}

/** @param {string} key @returns {TileState | undefined} */
export function stateOf(key) {
  return known.get(key);
}

/** @param {string} key @returns {string} its label, or the key itself where there is no such state */
export function stateLabel(key) {
  return known.get(key)?.label ?? key;
}

/** @param {string} key @returns {boolean} whether a tile in this state still needs a decision */
export function isOpen(key) {
  return known.get(key)?.open ?? false;
}

/**
 * Draw the mark of a state: its shape, cut out of a disc where the state has one.
 *
 * @param {string} key @returns {SVGElement} with paths of the classes "disc" and "cut", or "line"
 */
export function stateMark(key) {
  const state = known.get(key);
  const shapes = !state
    ? []
    : state.filled
      ? [
          ["disc", DISC],
          ["cut", state.shape],
        ]
      : [["line", state.shape]];
  const paths = shapes.map(([name = "", path = ""]) => svgElement("path", { class: name, d: path }));
  return svgElement("svg", { viewBox: "0 0 12 12", class: "mark", "aria-hidden": "true" }, ...paths);
}
