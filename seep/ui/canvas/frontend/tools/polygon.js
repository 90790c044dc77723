/**
 * The polygon: idle -> placing -> idle. A click sets a corner, a drag moves one; Enter, a double click or a click on
 * the first corner closes it.
 */
import { polygonCells } from "../regions.js";

/** @typedef {import("../types.js").Point} Point */

const NEAR_PX = 8; // on the screen: how near a click must be to take hold of a corner

/** @param {import("../editor.js").Editor} editor @returns {import("../types.js").Tool} */
export function polygon(editor) {
  /** @type {Point[]} */
  let nodes = [];
  let held = -1;
  let closing = false;
  /** How the first click was made says what the polygon does. */
  let how = { erases: false, painted: false };
  /** @type {Point | null} */
  let pointer = null;
  const reach = () => NEAR_PX / (editor.tile?.view?.scale ?? 1);
  const near = (/** @type {Point} */ at, /** @type {Point} */ node) => Math.hypot(at.x - node.x, at.y - node.y) < reach();
  const clear = () => {
    nodes = [];
    held = -1;
    pointer = null;
  };
  const close = () => {
    if (nodes.length === 2) {
      editor.tell("message", { text: "A polygon needs three corners or more." });
      return;
    }
    const info = editor.tile?.info;
    const value = how.erases ? 0 : editor.classId;
    if (info) editor.stamp(polygonCells(nodes, info.width, info.height), value, how.painted);
    clear();
  };
  const back = () => {
    nodes.pop();
    if (!nodes.length) clear();
  };
  return {
    down(at, value, { shift }) {
      if (!nodes.length) how = { erases: value === 0, painted: shift };
      held = nodes.findIndex((node) => near(at, node));
      closing = held === 0 && nodes.length > 2;
      if (held < 0) held = nodes.push(at) - 1;
      pointer = null;
    },
    move(points) {
      const at = points[points.length - 1];
      if (held < 0 || (closing && near(at, nodes[0]))) return;
      closing = false;
      nodes[held] = at;
    },
    up() {
      held = -1;
      if (closing) close();
      closing = false;
    },
    cancel: clear,
    hover(at) {
      pointer = at;
    },
    key(action) {
      if (!nodes.length) return false;
      if (action === "commit") close();
      else if (action === "back" || action === "undo") back();
      else return false;
      return true;
    },
    busy: () => nodes.length > 0,
    sketch: () => sketched(nodes, held, pointer),
  };
}

/** @param {Point[]} nodes @param {number} held @param {Point | null} pointer @returns {import("../types.js").Sketch} */
function sketched(nodes, held, pointer) {
  if (!nodes.length) return { lines: [], nodes: [], cells: null };
  const points = pointer ? [...nodes, pointer] : nodes;
  const closing = points.length > 2 ? [{ points: [points[points.length - 1], points[0]], dashed: true }] : [];
  return {
    lines: [{ points }, ...closing],
    nodes: nodes.map((node, i) => ({ ...node, held: i === held })),
    cells: null,
  };
}
