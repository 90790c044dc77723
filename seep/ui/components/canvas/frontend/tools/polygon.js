/**
 * The polygon: idle -> placing -> idle. A click sets a corner, a drag moves one; Enter, a double click or a click on
 * the first corner closes it.
 */
import { polygonCells } from "../regions.js";
import { emptySketch } from "../types.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {import("../types.js").Tool} Tool */

const EDGE_PX = 2; // on the screen: a corner this near an edge of the image, or on its last pixels, lies on the edge
const NEAR_PX = 8; // on the screen: how near a click must be to take hold of a corner

/** @implements {Tool} */
export class Polygon {
  /** @param {import("../editor.js").Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Point[]} */
    this.nodes = [];
    this.held = -1;
    /** The first corner was clicked and not dragged yet. */
    this.closing = false;
    /** How the first click was made says what the polygon does. */
    this.how = { erases: false, painted: false };
    /** @type {Point | null} */
    this.pointer = null;
  }

  /** @param {Point} at @param {Point} node @returns {boolean} */
  near(at, node) {
    return Math.hypot(at.x - node.x, at.y - node.y) < NEAR_PX / (this.editor.tile?.view?.scale ?? 1);
  }

  /** @param {Point} at @returns {Point} on the edge of the image if it is near */
  atEdge(at) {
    const { info, view } = this.editor.tile ?? {};
    if (!info) return at;
    const near = Math.max(EDGE_PX / (view?.scale ?? 1), 1);
    const moved = (/** @type {number} */ value, /** @type {number} */ end) =>
      value <= near ? Math.min(value, 0) : value >= end - near ? Math.max(value, end) : value;
    return { x: moved(at.x, info.width), y: moved(at.y, info.height) };
  }

  /** @param {Point} at @param {number} value @param {import("../types.js").Held} keys */
  down(at, value, { shift }) {
    const { nodes } = this;
    if (!nodes.length) this.how = { erases: value === 0, painted: shift };
    this.held = nodes.findIndex((node) => this.near(at, node));
    this.closing = this.held === 0 && nodes.length > 2;
    if (this.held < 0) this.held = nodes.push(this.atEdge(at)) - 1;
    this.pointer = null;
  }

  /** @param {Point[]} points */
  move(points) {
    const at = points[points.length - 1];
    if (this.held < 0 || (this.closing && this.near(at, this.nodes[0]))) return;
    this.closing = false;
    this.nodes[this.held] = this.atEdge(at);
  }

  up() {
    this.held = -1;
    if (this.closing) this.close();
    this.closing = false;
  }

  cancel() {
    this.nodes = [];
    this.held = -1;
    this.closing = false;
    this.pointer = null;
  }

  /** @param {Point | null} at */
  hover(at) {
    this.pointer = at;
  }

  /** @param {Point} at @returns {boolean} */
  grabs(at) {
    return this.nodes.some((node) => this.near(at, node));
  }

  /** @param {string} action @returns {boolean} */
  key(action) {
    if (!this.nodes.length) return false;
    if (action === "commit") this.close();
    else if (action === "back" || action === "undo") this.nodes.pop();
    else return false;
    return true;
  }

  busy() {
    return this.nodes.length > 0;
  }

  close() {
    const { editor, how, nodes } = this;
    const { width, height } = editor.tile?.info ?? { width: 0, height: 0 };
    if (nodes.length < 3) {
      editor.emit("message", { kind: "too-few-corners", text: "A polygon needs at least three corners." });
      return;
    }
    if (!polygonCells(nodes, width, height)?.bits.includes(1)) {
      const text =
        "The polygon holds no pixel center. Drag its corners apart, or zoom in to set them closer.";
      editor.emit("message", { kind: "empty-polygon", text });
      return;
    }
    const value = how.erases ? 0 : editor.classId;
    this.cancel();
    editor.runEdit({ what: "polygon", points: nodes, value, painted: how.painted });
  }

  /** @returns {import("../types.js").Sketch} */
  sketch() {
    const { held, nodes, pointer } = this;
    if (!nodes.length) return emptySketch();
    const points = pointer ? [...nodes, pointer] : nodes;
    const closing =
      points.length > 2 ? [{ points: [points[points.length - 1], points[0]], dashed: true }] : [];
    return {
      lines: [{ points }, ...closing],
      nodes: nodes.map((node, i) => ({ ...node, held: i === held })),
      cells: null,
    };
  }
}
