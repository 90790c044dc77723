/**
 * Cheapest paths over a cost map with 8-connectivity (Dijkstra 1959; "intelligent scissors": Mortensen and Barrett 1995).
 *
 * A tree grows from one pixel until it reaches the goal, and continues from there for the next goal. While the pointer
 * moves, each request adds little.
 */
import { Heap } from "./heap.js";

const DX = [1, 1, 0, -1, -1, -1, 0, 1];
const DY = [0, 1, 1, 1, 0, -1, -1, -1];
const NONE = 8;

/**
 * Costs by pixel; `cost(index)` must be > 0 and may be computed at the first call.
 * @typedef {{width: number, height: number, cost: (index: number) => number}} Costs
 */

export class Tree {
  /** @param {Costs} costs @param {number} start index of a pixel */
  constructor(costs, start) {
    this.costs = costs;
    this.start = start;
    const count = costs.width * costs.height;
    this.distance = new Float32Array(count).fill(Infinity);
    /** Direction from the parent, 0 to 7. */
    this.from = new Uint8Array(count).fill(NONE);
    this.settled = new Uint8Array(count);
    this.heap = new Heap();
    this.distance[start] = 0;
    this.heap.push(0, start);
  }

  /** @param {number} goal index @returns {Int32Array} pixels from the start to the goal, both included */
  path(goal) {
    this.grow(goal);
    const { width } = this.costs;
    const indices = [goal];
    for (let at = goal; at !== this.start; ) {
      const direction = this.from[at];
      at -= DY[direction] * width + DX[direction];
      indices.push(at);
    }
    return Int32Array.from(indices.reverse());
  }

  /** Settle pixels in the order of their distance until the goal is settled. @param {number} goal index */
  grow(goal) {
    const { heap, settled, distance, from } = this;
    const { width, height, cost } = this.costs;
    while (!settled[goal]) {
      const index = heap.pop();
      if (index < 0) return;
      if (settled[index]) continue; // an outdated entry: a shorter path was found
      settled[index] = 1;
      const x = index % width;
      const y = (index - x) / width;
      const here = cost(index);
      for (let direction = 0; direction < 8; direction += 1) {
        const nx = x + DX[direction];
        const ny = y + DY[direction];
        if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
        const next = ny * width + nx;
        if (settled[next]) continue;
        const length = direction & 1 ? Math.SQRT2 : 1;
        const reached = distance[index] + (length * (here + cost(next))) / 2;
        if (reached >= distance[next]) continue;
        distance[next] = reached;
        from[next] = direction;
        heap.push(reached, next);
      }
    }
  }
}
