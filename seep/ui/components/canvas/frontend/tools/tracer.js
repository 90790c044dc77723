/**
 * The ridge tracer: idle -> tracing -> idle. Clicks set nodes, a worker finds the darkest path between them, and
 * Enter or a double click paints it. Until then nodes can be dragged, the line can be bent, and the last click undone;
 * the mask does not change.
 */
import { TracerClient } from "../ridge/client.js";
import { emptySketch } from "../types.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {import("../ridge/tracer.js").Node} Node */
/** @typedef {import("../ridge/tracer.js").Traced} Traced */

const GRAB_PX = 7; // screen px; a press this close grabs a node or the line
const shared = new TracerClient(); // one worker, however often the surface is mounted

class Tracer {
  /** @param {import("../editor.js").Editor} editor @param {TracerClient} client */
  constructor(editor, client) {
    this.editor = editor;
    this.client = client;
    /** @type {Node[]} */
    this.nodes = [];
    this.erases = false;
    /** Index of the dragged node; -1 for none. */
    this.held = -1;
    /** Position of the next node. @type {Node | null} */
    this.next = null;
    /** @type {Traced | null} */
    this.traced = null;
    /** Enter was pressed, and the worker has not answered yet. */
    this.committing = false;
    /** The class that the line gets. */
    this.value = 0;
  }

  /** @param {Point} at @param {number} value @param {import("../types.js").Held} held */
  down(at, value, { shift }) {
    const { tile } = this.editor;
    if (!tile || this.editor.rejectWhilePending(this.committing)) return;
    this.client.setImage(tile);
    if (!this.nodes.length) this.erases = value === 0;
    this.next = null;
    this.held = this.nodeAt(at);
    if (this.held < 0) this.held = this.bend(at);
    if (this.held < 0) this.held = this.nodes.push({ ...at, straight: shift && this.nodes.length > 0 }) - 1;
    this.requestTrace();
  }

  /** @param {Point[]} points */
  move(points) {
    if (this.held < 0) return;
    const { x, y } = points[points.length - 1];
    const node = this.nodes[this.held];
    if (node.x === x && node.y === y) return;
    this.nodes[this.held] = { ...node, x, y };
    this.requestTrace();
  }

  up() {
    this.held = -1;
  }

  /** @param {Point | null} at */
  hover(at) {
    const { tile } = this.editor;
    if (!tile || this.committing) return;
    if (at && !this.nodes.length) {
      this.client.setImage(tile);
      this.client.warm(at);
    }
    if (!this.nodes.length) return;
    this.next = at && this.nodeAt(at) < 0 ? { ...at, straight: false } : null;
    this.requestTrace();
  }

  /** @param {string} action @returns {boolean} */
  key(action) {
    if (!this.nodes.length) return false;
    if (action === "commit") this.commit();
    else if (action === "back" || action === "undo") this.back();
    else return false;
    return true;
  }

  back() {
    if (this.committing) return;
    this.nodes.pop();
    if (this.nodes.length) this.requestTrace();
    else this.cancel();
  }

  /** Paint the trace as soon as it is complete. */
  commit() {
    if (this.nodes.length < 2) return this.cancel();
    this.next = null;
    this.committing = true;
    this.value = this.erases ? 0 : this.editor.classId;
    this.requestTrace();
  }

  cancel() {
    this.client.cancel();
    this.nodes = [];
    this.next = null;
    this.traced = null;
    this.held = -1;
    this.committing = false;
  }

  requestTrace() {
    const { width, px } = this.editor.options.tracer;
    const nodes = this.next ? [...this.nodes, this.next] : [...this.nodes];
    const last = this.committing; // answers to earlier requests may still arrive
    this.client.request(nodes, width === "fixed" ? Number(px) : null, (traced) =>
      this.showTrace(traced, last),
    );
  }

  /** @param {Traced} traced @param {boolean} last whether to paint it */
  showTrace(traced, last) {
    this.traced = traced;
    if (last) {
      this.cancel();
      this.editor.fillCells(traced.cells, this.value);
    }
    this.editor.emit("sketch");
  }

  /** @param {number} px on the screen @returns {number} px of the image */
  reach(px) {
    return px / (this.editor.tile?.view?.scale ?? 1);
  }

  /** @param {Point} at @returns {number} the node under a point, -1 for none */
  nodeAt(at) {
    const reach = this.reach(GRAB_PX);
    return this.nodes.findIndex((node) => Math.hypot(node.x - at.x, node.y - at.y) <= reach);
  }

  /** @param {Point} at @returns {number} the segment of the line under a point, -1 for none */
  segmentAt(at) {
    const reach = this.reach(GRAB_PX);
    const near = (/** @type {Point} */ one) => Math.hypot(one.x - at.x, one.y - at.y) <= reach;
    const lines = this.traced?.lines.slice(0, Math.max(this.nodes.length - 1, 0)) ?? [];
    return lines.findIndex((line) => line.some(near));
  }

  /** Insert a node where the line was pressed. @param {Point} at @returns {number} its index; -1 if there is no line */
  bend(at) {
    const segment = this.segmentAt(at);
    if (segment < 0) return -1;
    this.nodes.splice(segment + 1, 0, { ...at, straight: this.nodes[segment + 1].straight });
    return segment + 1;
  }

  /** @returns {import("../types.js").Sketch} */
  sketch() {
    if (!this.nodes.length) return emptySketch();
    const lines = this.traced?.lines.map((points) => ({ points, dashed: this.erases })) ?? [];
    const nodes = this.nodes.map(({ x, y }, i) => ({ x, y, held: i === this.held }));
    return { lines, nodes, cells: this.traced?.cells ?? null };
  }
}

/** @param {import("../editor.js").Editor} editor @param {TracerClient} [client] @returns {import("../types.js").Tool} */
export function tracer(editor, client = shared) {
  const tool = new Tracer(editor, client);
  return {
    down: (at, value, held) => tool.down(at, value, held),
    move: (points) => tool.move(points),
    up: () => tool.up(),
    cancel: () => tool.cancel(),
    hover: (at) => tool.hover(at),
    key: (action) => tool.key(action),
    grabs: (at) => tool.nodeAt(at) >= 0 || tool.segmentAt(at) >= 0,
    busy: () => tool.nodes.length > 0,
    pending: () => tool.committing,
    finish: () => client.finish(),
    sketch: () => tool.sketch(),
  };
}
