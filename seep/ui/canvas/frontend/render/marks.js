/** What is drawn over the image for a moment: the brush, an unfinished gesture, the slick that is pointed at. */
import { rgba } from "../overlay.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {import("../types.js").Rect} Rect */
/** @typedef {import("../types.js").Sketch} Sketch */
/** @typedef {{at: Point | null, size: number, sized: boolean, sketch: Sketch, highlight: Rect | null, colour: string}} Marks */

const DARK = "rgba(0,0,0,0.6)";
const LIGHT = "#ffffff";
const NODE_PX = 4.5;

/**
 * Stroke a path in two tones, so that it shows on dark and on bright sea.
 * @param {CanvasRenderingContext2D} context in image coordinates @param {number} scale screen px a pixel
 * @param {() => void} path @param {boolean} [dashed]
 */
function twice(context, scale, path, dashed = false) {
  context.beginPath();
  path();
  for (const [width, colour] of /** @type {[number, string][]} */ ([[3, DARK], [1.25, LIGHT]])) {
    context.setLineDash(dashed && colour === LIGHT ? [5 / scale, 4 / scale] : []);
    context.lineWidth = width / scale;
    context.strokeStyle = colour;
    context.stroke();
  }
  context.setLineDash([]);
}

export class MarkPainter {
  /** @param {CanvasRenderingContext2D} context */
  constructor(context) {
    this.context = context;
    /** Preview pixels as a picture; made anew only for other pixels. */
    this.canvas = document.createElement("canvas");
    /** @type {Uint8Array | null} */
    this.bits = null;
    this.colour = "";
  }

  /** @param {Marks} marks @param {number} scale screen px a pixel; the context is in image coordinates */
  draw({ at, size, sized, sketch, highlight, colour }, scale) {
    const { context } = this;
    context.lineCap = "butt";
    context.lineJoin = "round";
    if (highlight) {
      const room = 3 / scale;
      const { x, y, width, height } = highlight;
      twice(context, scale, () => context.rect(x - room, y - room, width + 2 * room, height + 2 * room));
    }
    this.drawSketch(sketch, scale, colour);
    if (at && sized) {
      const radius = Math.max(size / 2, 2 / scale);
      twice(context, scale, () => context.arc(at.x, at.y, radius, 0, 2 * Math.PI));
    }
  }

  /** @param {Sketch} sketch @param {number} scale @param {string} colour of the class */
  drawSketch({ lines, nodes, cells }, scale, colour) {
    const { context } = this;
    if (cells && cells.rect.width && cells.rect.height) this.drawCells(cells, colour);
    for (const line of lines) {
      if (!line.points.length) continue;
      const path = () => {
        for (const { x, y } of line.points) context.lineTo(x, y);
        if (line.closed) context.closePath();
      };
      if (line.width) this.drawBand(path, line.width, colour);
      twice(context, scale, path, line.dashed);
    }
    const radius = NODE_PX / scale;
    for (const { x, y, held } of nodes) {
      twice(context, scale, () => context.arc(x, y, radius, 0, 2 * Math.PI));
      context.fillStyle = held ? LIGHT : colour;
      context.fill();
    }
  }

  /** @param {() => void} path @param {number} width px of the image @param {string} colour */
  drawBand(path, width, colour) {
    const { context } = this;
    context.save();
    context.lineCap = "round";
    context.globalAlpha = 0.45;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    path();
    context.stroke();
    context.restore();
  }

  /** @param {import("../types.js").Cells} cells @param {string} colour */
  drawCells({ rect, bits }, colour) {
    if (bits !== this.bits || colour !== this.colour) this.makeCells(rect, bits, colour);
    this.context.globalAlpha = 0.55;
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(this.canvas, rect.x, rect.y);
    this.context.globalAlpha = 1;
  }

  /** @param {Rect} rect @param {Uint8Array} bits @param {string} colour */
  makeCells(rect, bits, colour) {
    this.bits = bits;
    this.colour = colour;
    this.canvas.width = rect.width;
    this.canvas.height = rect.height;
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    const data = context.createImageData(rect.width, rect.height);
    const pixels = new Uint32Array(data.data.buffer);
    const ink = rgba(colour);
    for (let i = 0; i < bits.length; i += 1) if (bits[i]) pixels[i] = ink;
    context.putImageData(data, 0, 0);
  }
}
