/** Wide dark areas over the tile: hatched until they are answered, then outlined, dashed if they were removed. */

/** @typedef {{path: Path2D, status: import("../wide_areas.js").WideStatus}} WideMark */

/** The color of wide dark areas, here and on the map of a scene (`seep/workflow/scenes/map_tiles.py`). */
export const WIDE_COLOR = "#b388ff";
const DARK = "rgba(0,0,0,0.65)";
const HATCH_PX = 16; // between lines, screen px: the image stays visible

/**
 * @param {CanvasRenderingContext2D} context in image coordinates @param {WideMark[]} marks
 * @param {number} scale screen px per pixel @param {{width: number, height: number}} size of the image
 */
export function drawWideAreas(context, marks, scale, size) {
  for (const { path, status } of marks) {
    if (status === "open") hatch(context, path, scale, size);
    for (const [width, color] of /** @type {[number, string][]} */ ([
      [3.5, DARK],
      [1.75, WIDE_COLOR],
    ])) {
      context.lineWidth = width / scale;
      context.strokeStyle = color;
      context.setLineDash(status === "removed" && color === WIDE_COLOR ? [6 / scale, 4 / scale] : []);
      context.stroke(path);
    }
    context.setLineDash([]);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Path2D} path @param {number} scale @param {{width: number, height: number}} size */
function hatch(context, path, scale, { width, height }) {
  context.save();
  context.clip(path, "evenodd");
  context.beginPath();
  const step = Math.max(HATCH_PX / scale, (width + height) / 1000);
  for (let x = -height; x < width; x += step) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  for (const [line, color] of /** @type {[number, string][]} */ ([
    [2.5, DARK],
    [1.25, WIDE_COLOR],
  ])) {
    context.lineWidth = line / scale;
    context.strokeStyle = color;
    context.stroke();
  }
  context.restore();
}
