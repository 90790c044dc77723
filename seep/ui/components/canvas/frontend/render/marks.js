/** Temporary marks over the image: the brush, an unfinished gesture, the highlighted slick. */
import { rgba } from "../overlay.js";
import { drawPasses } from "./passes.js";
import { drawWideAreas } from "./wide_areas.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {import("../types.js").Rect} Rect */
/** @typedef {import("../types.js").Sketch} Sketch */
/** @typedef {{at: Point | null, cross: Point | null, pressed: boolean, size: number, sized: boolean, sketch: Sketch, highlight: Rect | null, color: string, passes: import("./passes.js").PassMarks | null, wide: import("./wide_areas.js").WideMark[]}} Marks */

const DARK = "rgba(0,0,0,0.6)";
const LIGHT = "#ffffff";
const NODE_PX = 4.5;
const CROSS_PX = [3, 12]; // inner and outer end of the arms of the keyboard cursor

/**
 * Stroke a path in two tones, visible on dark and on bright sea.
 * @param {CanvasRenderingContext2D} context in image coordinates @param {number} scale screen px per pixel
 * @param {() => void} path @param {boolean} [dashed]
 */
function strokeTwoTone(context, scale, path, dashed = false) {
  context.beginPath();
  path();
  for (const [width, color] of /** @type {[number, string][]} */ ([
    [3.5, DARK],
    [1.75, LIGHT],
  ])) {
    context.setLineDash(dashed && color === LIGHT ? [5 / scale, 4 / scale] : []);
    context.lineWidth = width / scale;
    context.strokeStyle = color;
    context.stroke();
  }
  context.setLineDash([]);
}

export class MarkPainter {
  /** @param {CanvasRenderingContext2D} context */
  constructor(context) {
    this.context = context;
    /** Image of the preview pixels; drawn again only if they change. */
    this.canvas = document.createElement("canvas");
    /** @type {Uint8Array | null} */
    this.bits = null;
    this.color = "";
    this.step = 1;
  }

  /** @param {Marks} marks @param {number} scale screen px per pixel; the context is in image coordinates @param {{width: number, height: number}} image its size */
  draw({ at, cross, pressed, size, sized, sketch, highlight, color, passes, wide }, scale, image) {
    const { context } = this;
    context.lineCap = "butt";
    context.lineJoin = "round";
    drawWideAreas(context, wide, scale, image);
    if (passes) drawPasses(context, passes, scale);
    if (highlight) {
      const room = 3 / scale;
      const { x, y, width, height } = highlight;
      strokeTwoTone(context, scale, () =>
        context.rect(x - room, y - room, width + 2 * room, height + 2 * room),
      );
    }
    this.drawSketch(sketch, scale, color);
    if (at && sized) {
      const radius = Math.max(size / 2, 2 / scale);
      strokeTwoTone(context, scale, () => context.arc(at.x, at.y, radius, 0, 2 * Math.PI));
    }
    if (cross && pressed) this.drawNodes([{ ...cross, held: true }], scale, color);
    else if (cross) strokeTwoTone(context, scale, () => traceCross(context, cross, scale));
  }

  /** @param {Sketch} sketch @param {number} scale @param {string} color of the class */
  drawSketch({ lines, nodes, cells }, scale, color) {
    const { context } = this;
    if (cells?.rect.width && cells.rect.height) this.drawCells(cells, scale, color);
    const some = lines.filter(({ points }) => points.length);
    for (const line of some) if (line.width) this.drawBand(() => trace(context, line), line.width, color);
    for (const dashed of [false, true]) {
      // One path for all: many selected slicks have hundreds of outlines.
      const alike = some.filter((line) => Boolean(line.dashed) === dashed);
      if (alike.length)
        strokeTwoTone(context, scale, () => alike.forEach((line) => trace(context, line)), dashed);
    }
    this.drawNodes(nodes, scale, color);
  }

  /** @param {Sketch["nodes"]} nodes @param {number} scale @param {string} color */
  drawNodes(nodes, scale, color) {
    const { context } = this;
    const radius = NODE_PX / scale;
    for (const { x, y, held } of nodes) {
      strokeTwoTone(context, scale, () => context.arc(x, y, radius, 0, 2 * Math.PI));
      context.fillStyle = held ? LIGHT : color;
      context.fill();
    }
  }

  /** @param {() => void} path @param {number} width px of the image @param {string} color */
  drawBand(path, width, color) {
    const { context } = this;
    context.save();
    context.lineCap = "round";
    context.globalAlpha = 0.45;
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    path();
    context.stroke();
    context.restore();
  }

  /** @param {import("../types.js").Cells} cells @param {number} scale @param {string} color */
  drawCells({ rect, bits }, scale, color) {
    const step = scale < 1 ? 2 ** Math.floor(Math.log2(1 / scale)) : 1; // at most one cell per screen pixel
    if (bits !== this.bits || color !== this.color || step !== this.step)
      this.makeCells(rect, bits, step, color);
    const { width, height } = this.canvas;
    this.context.globalAlpha = 0.55;
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(this.canvas, rect.x, rect.y, width * step, height * step);
    this.context.globalAlpha = 1;
  }

  /** @param {Rect} rect @param {Uint8Array} bits @param {number} step @param {string} color */
  makeCells(rect, bits, step, color) {
    Object.assign(this, { bits, color, step });
    const [width, height] = [Math.ceil(rect.width / step), Math.ceil(rect.height / step)];
    this.canvas.width = width;
    this.canvas.height = height;
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    const data = context.createImageData(width, height);
    const pixels = new Uint32Array(data.data.buffer);
    const ink = rgba(color);
    const shift = Math.log2(step);
    for (let row = 0, i = 0; row < rect.height; row += 1) {
      const first = (row >> shift) * width;
      for (let x = 0; x < rect.width; x += 1, i += 1) if (bits[i]) pixels[first + (x >> shift)] = ink;
    }
    context.putImageData(data, 0, 0);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Point} at @param {number} scale screen px per pixel */
function traceCross(context, { x, y }, scale) {
  const [near, far] = [CROSS_PX[0] / scale, CROSS_PX[1] / scale];
  for (const [dx, dy] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ]) {
    context.moveTo(x + dx * near, y + dy * near);
    context.lineTo(x + dx * far, y + dy * far);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Sketch["lines"][0]} line added to its path */
function trace(context, { points, closed }) {
  context.moveTo(points[0].x, points[0].y);
  for (const { x, y } of points) context.lineTo(x, y);
  if (closed) context.closePath();
}
