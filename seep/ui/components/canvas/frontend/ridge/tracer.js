/**
 * Tracing on one image: from the nodes that were clicked to the pixels that will be painted.
 *
 * What was computed is kept: the costs of a block, the trees of the last nodes, the segments between nodes. While the
 * pointer moves only the last segment is new, and its way is read off the tree of the node before.
 */
import { cellsOf } from "./cells.js";
import { Tree } from "./paths.js";
import { traceBand } from "./profile.js";
import { CostMap } from "./cost_map.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {import("./profile.js").Disc} Disc */
/** @typedef {import("./values.js").Image} Image */
/** @typedef {Point & {straight: boolean}} Node straight: the way to it from the node before is a straight line */
/** @typedef {{lines: Point[][], cells: import("../types.js").Cells | null}} Traced lines: one a pair of nodes */

const TREES = 3; // a node that is dragged needs those of both its neighbors
const SEGMENTS = 200;

export class RidgeTracer {
  /** @param {Image} image */
  constructor(image) {
    this.image = image;
    this.costs = new CostMap(image);
    /** Youngest last. @type {Map<number, Tree>} */
    this.trees = new Map();
    /** @type {Map<string, Disc[]>} */
    this.segments = new Map();
  }

  /**
   * @param {Node[]} nodes one or more; those outside the image count as on its edge
   * @param {number | null} fixed width in px; null: as wide as the slick is
   * @returns {Traced}
   */
  trace(nodes, fixed) {
    const { width, height } = this.image;
    const parts = nodes.slice(1).map((node, i) => this.segment(nodes[i], node, fixed));
    const lines = parts.map((discs) => discs.map(({ x, y }) => ({ x, y })));
    return { lines, cells: cellsOf(parts.flat(), width, height) };
  }

  /** Compute the costs around a point, before they are asked for. @param {Point} at */
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

  /** @param {number} start @param {number} goal @returns {Int32Array} cheapest way; read off a tree of either end */
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

  /** @param {Point} at @returns {number} of the pixel; the nearest where the point is outside */
  indexOf({ x, y }) {
    const { width, height } = this.image;
    const column = Math.min(Math.max(Math.floor(x), 0), width - 1);
    return Math.min(Math.max(Math.floor(y), 0), height - 1) * width + column;
  }
}
