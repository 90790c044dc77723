/**
 * The only module that touches a 2D context: image, overlay and brush, once a frame at most.
 *
 * Two canvases of the image's size hold greys and overlay; only what changed in them is computed again. The
 * outline is drawn as paths by 64-px block, so it stays one line wide at every zoom.
 */
import { toGrey } from "./contrast.js";
import { TILE_PX } from "./history.js";
import { edges, fillClasses, fillDifference, palette } from "./overlay.js";
import { MarkPainter } from "./render/marks.js";
import { visible } from "./viewport.js";

/** @typedef {import("./types.js").Rect} Rect */
/** @typedef {{canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, data: ImageData, rgba: Uint32Array}} Sheet */

/** @param {number} width @param {number} height @returns {Sheet} */
function sheet(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const data = context.createImageData(width, height);
  return { canvas, context, data, rgba: new Uint32Array(data.data.buffer) };
}

/** @param {Sheet} of @param {Rect} rect */
function put(of, rect) {
  of.context.putImageData(of.data, 0, 0, rect.x, rect.y, rect.width, rect.height);
}

export class Renderer {
  /**
   * @param {HTMLCanvasElement} canvas @param {import("./editor.js").Editor} editor
   * @param {() => import("./render/marks.js").Marks} marks what else to draw
   */
  constructor(canvas, editor, marks) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.editor = editor;
    this.marks = marks;
    this.painter = new MarkPainter(this.context);
    /** @type {import("./types.js").SeepClass[]} */
    this.classes = [];
    /** @type {{image: Sheet, overlay: Sheet} | null} */
    this.sheets = null;
    /** What of the greys is as it should be; null: nothing. @type {Rect | null} */
    this.grey = null;
    /** @type {Map<number, Map<number, Path2D>>} */
    this.paths = new Map();
    this.screen = { width: 1, height: 1 };
  }

  /** @param {number} width @param {number} height CSS px */
  resize(width, height) {
    const ratio = window.devicePixelRatio || 1;
    this.screen = { width, height };
    this.canvas.width = Math.max(Math.round(width * ratio), 1);
    this.canvas.height = Math.max(Math.round(height * ratio), 1);
  }

  /** Another tile is on the table. */
  reset() {
    const tile = this.editor.tile;
    const same = tile && this.sheets?.image.canvas.width === tile.info.width;
    if (!tile) this.sheets = null;
    else if (!same || this.sheets?.image.canvas.height !== tile.info.height) {
      const { width, height } = tile.info;
      this.sheets = { image: sheet(width, height), overlay: sheet(width, height) };
    }
    this.grey = null;
    this.recolour(null);
  }

  /** @param {Rect | null} rect where the mask changed; null: everywhere */
  recolour(rect) {
    const { tile, shown, overlay, off } = this.editor;
    if (!tile || !this.sheets || !shown) return;
    const { width, height } = tile.info;
    const area = rect ?? { x: 0, y: 0, width, height };
    const target = this.sheets.overlay;
    if (overlay === "difference" && tile.prediction) {
      fillDifference(shown, tile.prediction, width, area, target.rgba);
    } else {
      fillClasses(shown, width, palette(this.classes, off), area, target.rgba);
    }
    put(target, area);
    if (!rect) this.paths.clear();
    else this.forgetPaths(area, Math.ceil(width / TILE_PX));
  }

  /** @param {Rect} rect @param {number} columns blocks in a row; neighbours share an edge, so one px more */
  forgetPaths(rect, columns) {
    for (let row = (rect.y - 1) >> 6; row <= (rect.y + rect.height) >> 6; row += 1) {
      for (let column = (rect.x - 1) >> 6; column <= (rect.x + rect.width) >> 6; column += 1) {
        this.paths.delete(row * columns + column);
      }
    }
  }

  draw() {
    const { context } = this;
    const { tile, hidden, overlay } = this.editor;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!tile?.view || !this.sheets) return;
    const ratio = window.devicePixelRatio || 1;
    const { scale, x, y } = tile.view;
    this.freshGreys(visible(tile.view, tile.info, this.screen));
    context.setTransform(scale * ratio, 0, 0, scale * ratio, x * ratio, y * ratio);
    context.imageSmoothingEnabled = scale < 1;
    context.drawImage(this.sheets.image.canvas, 0, 0);
    if (!hidden) {
      context.globalAlpha = this.editor.opacity;
      if (overlay !== "outline") context.drawImage(this.sheets.overlay.canvas, 0, 0);
      context.globalAlpha = 1;
      if (overlay === "outline") this.drawOutline(scale);
    }
    this.painter.draw(this.marks(), scale);
  }

  /** Grey what is on the screen, if it is not yet. @param {Rect} seen */
  freshGreys(seen) {
    const { tile } = this.editor;
    if (!tile || !this.sheets || !seen.width || !seen.height) return;
    const have = this.grey;
    const enough =
      have &&
      have.x <= seen.x &&
      have.y <= seen.y &&
      have.x + have.width >= seen.x + seen.width &&
      have.y + have.height >= seen.y + seen.height;
    if (enough) return;
    toGrey(tile.pixels, tile.info.width, tile.info.nodata, tile.contrast, seen, this.sheets.image.rgba);
    put(this.sheets.image, seen);
    this.grey = seen;
  }

  /** @param {number} scale */
  drawOutline(scale) {
    const { tile, shown, off } = this.editor;
    if (!tile || !shown || !tile.view) return;
    const { context } = this;
    const seen = visible(tile.view, tile.info, this.screen);
    const paths = this.pathsWithin(seen, shown, tile.info.width, tile.info.height);
    context.lineJoin = "round";
    context.lineCap = "square";
    for (const [width, dark] of /** @type {[number, boolean][]} */ ([[3.5, true], [1.5, false]])) {
      context.lineWidth = width / scale;
      for (const [id, path] of paths) {
        if (off.has(id)) continue;
        context.strokeStyle = dark ? "rgba(0,0,0,0.75)" : this.colourOf(id);
        context.stroke(path);
      }
    }
  }

  /**
   * @param {Rect} seen @param {Uint8Array} mask @param {number} width @param {number} height
   * @returns {[number, Path2D][]} class id and path
   */
  pathsWithin(seen, mask, width, height) {
    /** @type {[number, Path2D][]} */
    const found = [];
    const columns = Math.ceil(width / TILE_PX);
    for (let row = seen.y >> 6; row * TILE_PX < seen.y + seen.height; row += 1) {
      for (let column = seen.x >> 6; column * TILE_PX < seen.x + seen.width; column += 1) {
        const index = row * columns + column;
        let block = this.paths.get(index);
        if (!block) {
          const [x, y] = [column * TILE_PX, row * TILE_PX];
          const size = { width: Math.min(TILE_PX, width - x), height: Math.min(TILE_PX, height - y) };
          block = toPaths(edges(mask, width, height, { x, y, ...size }));
          this.paths.set(index, block);
        }
        found.push(...block);
      }
    }
    return found;
  }

  /** @param {number} id @returns {string} */
  colourOf(id) {
    return this.classes.find((one) => one.id === id)?.colour ?? "#e6e6e6";
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
