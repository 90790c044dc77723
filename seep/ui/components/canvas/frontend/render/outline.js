/** Outlines of areas as one path per 64-px block, with a constant line width at every zoom. */
import { TILE_PX } from "../history.js";
import { edges } from "../overlay.js";

/** @typedef {import("../types.js").Rect} Rect */

export class Outline {
  constructor() {
    /** Paths by block, then by class. @type {Map<number, Map<number, Path2D>>} */
    this.blocks = new Map();
  }

  /** @param {Rect | null} rect where the mask changed; null: everywhere @param {number} width of the mask */
  stale(rect, width) {
    if (!rect) return this.blocks.clear();
    const columns = Math.ceil(width / TILE_PX);
    // Neighbors share an edge, so one px more.
    for (let row = (rect.y - 1) >> 6; row <= (rect.y + rect.height) >> 6; row += 1) {
      for (let column = (rect.x - 1) >> 6; column <= (rect.x + rect.width) >> 6; column += 1) {
        this.blocks.delete(row * columns + column);
      }
    }
  }

  /**
   * @param {Rect} seen @param {Uint8Array} mask @param {number} width @param {number} height
   * @param {import("./panes.js").Budget} budget
   * @returns {{paths: [number, Path2D][], complete: boolean}} class id and path
   */
  within(seen, mask, width, height, budget) {
    /** @type {[number, Path2D][]} */
    const paths = [];
    let complete = true;
    const columns = Math.ceil(width / TILE_PX);
    for (let row = seen.y >> 6; row * TILE_PX < seen.y + seen.height; row += 1) {
      for (let column = seen.x >> 6; column * TILE_PX < seen.x + seen.width; column += 1) {
        const index = row * columns + column;
        let block = this.blocks.get(index);
        if (!block) {
          if (!budget.left()) {
            complete = false;
            continue;
          }
          const [x, y] = [column * TILE_PX, row * TILE_PX];
          const size = { width: Math.min(TILE_PX, width - x), height: Math.min(TILE_PX, height - y) };
          block = toPaths(edges(mask, width, height, { x, y, ...size }));
          this.blocks.set(index, block);
        }
        paths.push(...block);
      }
    }
    return { paths, complete };
  }

  /**
   * Stroke in two tones, visible on dark and on bright sea.
   * @param {CanvasRenderingContext2D} context in image coordinates @param {number} scale screen px per pixel
   * @param {[number, Path2D][]} paths @param {(id: number) => string | null} colorOf null: hidden
   */
  stroke(context, scale, paths, colorOf) {
    context.lineJoin = "round";
    context.lineCap = "square";
    for (const [width, dark] of /** @type {[number, boolean][]} */ ([
      [3.5, true],
      [1.5, false],
    ])) {
      context.lineWidth = width / scale;
      for (const [id, path] of paths) {
        const color = colorOf(id);
        if (!color) continue;
        context.strokeStyle = dark ? "rgba(0,0,0,0.75)" : color;
        context.stroke(path);
      }
    }
  }
}

/** @param {Map<number, number[]>} lines @returns {Map<number, Path2D>} */
function toPaths(lines) {
  const paths = new Map();
  for (const [id, ends] of lines) {
    const path = new Path2D();
    for (let i = 0; i < ends.length; i += 4) {
      path.moveTo(ends[i], ends[i + 1]);
      path.lineTo(ends[i + 2], ends[i + 3]);
    }
    paths.set(id, path);
  }
  return paths;
}
