/**
 * Traces one image: from the clicked nodes to the pixels to paint.
 *
 * The costs of each block, the shortest-path trees of the last nodes and the segments between nodes are cached. While the
 * pointer moves, only the last segment is new, and its path is read from the tree of the previous node.
 */
import { cellsOf } from "./cells.js";
import { Tree } from "./paths.js";
import { traceBand } from "./profile.js";
import { CostMap } from "./cost_map.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {import("./profile.js").Disc} Disc */
/** @typedef {import("./values.js").Image} Image */
/** @typedef {Point & {straight: boolean}} Node straight: whether a straight line leads here from the previous node */
/** @typedef {{lines: Point[][], cells: import("../types.js").Cells | null}} Traced lines: one per pair of nodes */

const TREES = 3; // a dragged node needs the trees of both neighbors
const SEGMENTS = 200;

export class RidgeTracer {
  /** @param {Image} image */
  constructor(image) {
    this.image = image;
    this.costs = new CostMap(image);
    /** Most recently used last. @type {Map<number, Tree>} */
    this.trees = new Map();
    /** @type {Map<string, Disc[]>} */
    this.segments = new Map();
  }

  /**
   * @param {Node[]} nodes one or more; those outside are moved to the edge of the image
   * @param {number | null} fixed width in px; null: the width of the slick
   * @returns {Traced}
   */
  trace(nodes, fixed) {
    const { width, height } = this.image;
    const parts = nodes.slice(1).map((node, i) => this.segment(nodes[i], node, fixed));
    const lines = parts.map((discs) => discs.map(({ x, y }) => ({ x, y })));
    return { lines, cells: cellsOf(parts.flat(), width, height) };
  }

  /** Compute the costs around a point ahead of a trace. @param {Point} at */
  warm(at) {
    this.costs.cost(this.indexOf(at));
  }

  /** @param {Node} from @param {Node} to @param {number | null} fixed @returns {Disc[]} */
  segment(from, to, fixed) {
    const [start, goal] = [this.indexOf(from), this.indexOf(to)];
    const key = [start, goal, to.straight, fixed].join();
    let discs = this.segments.get(key);
    if (!discs) {
      if (this.segments.size >= SEGMENTS) this.segments.clear();
      discs = traceBand(this.costs, to.straight ? this.straight(start, goal) : this.path(start, goal), fixed);
      this.segments.set(key, discs);
    }
    return discs;
  }

  /** @param {number} start @param {number} goal @returns {Int32Array} cheapest path, from the tree of either end */
  path(start, goal) {
    const known = this.trees.has(start) || !this.trees.has(goal);
    const path = this.tree(known ? start : goal).path(known ? goal : start);
    return known ? path : path.reverse();
  }

  /** @param {number} start @returns {Tree} */
  tree(start) {
    const tree = this.trees.get(start) ?? new Tree(this.costs, start);
    this.trees.delete(start);
    this.trees.set(start, tree);
    for (const old of this.trees.keys()) if (this.trees.size > TREES) this.trees.delete(old);
    return tree;
  }

  /** @param {number} start @param {number} goal @returns {Int32Array} the pixels of a straight line */
  straight(start, goal) {
    const { width } = this.image;
    const [ax, ay] = [start % width, Math.floor(start / width)];
    const [bx, by] = [goal % width, Math.floor(goal / width)];
    const steps = Math.max(Math.abs(bx - ax), Math.abs(by - ay));
    return Int32Array.from({ length: steps + 1 }, (_, i) => {
      const share = steps ? i / steps : 0;
      return Math.round(ay + share * (by - ay)) * width + Math.round(ax + share * (bx - ax));
    });
  }

  /** @param {Point} at @returns {number} index of the pixel, or of the nearest one if the point is outside */
  indexOf({ x, y }) {
    const { width, height } = this.image;
    const column = Math.min(Math.max(Math.floor(x), 0), width - 1);
    return Math.min(Math.max(Math.floor(y), 0), height - 1) * width + column;
  }
}
