/**
 * Reference layers on a map: thin violet lines, and squares for points.
 *
 * @typedef {{name: string, parts: number[][]}} ReferenceRow parts: flat x, y in pixels of the image; 2 numbers for a point
 * @typedef {{lines: Path2D, points: [number, number][]}} Drawn
 */

const COLOR = "#c9a3f5"; // apart from the colors of passes, classes and states
const HALF_PX = 4;

/** Lines and points of each document, built once: a layer may have 50,000 positions. @type {WeakMap<readonly ReferenceRow[], Drawn>} */
const known = new WeakMap();

/** @param {readonly ReferenceRow[]} rows @returns {Drawn} */
function drawn(rows) {
  const found = known.get(rows);
  if (found) return found;
  const lines = new Path2D();
  /** @type {[number, number][]} */
  const points = [];
  for (const { parts } of rows) {
    for (const part of parts) {
      const [x = 0, y = 0] = part;
      if (part.length === 2) points.push([x, y]);
      else lines.moveTo(x, y);
      for (let i = 2; i < part.length; i += 2) lines.lineTo(part[i] ?? 0, part[i + 1] ?? 0);
    }
  }
  const made = { lines, points };
  known.set(rows, made);
  return made;
}

/**
 * @param {CanvasRenderingContext2D} context @param {readonly ReferenceRow[]} rows
 * @param {{scale: number, x: number, y: number}} view screen = image * scale + (x, y) @param {number} ratio device pixels per CSS pixel
 */
export function paintReferences(context, rows, view, ratio) {
  if (!rows.length) return;
  const { lines, points } = drawn(rows);
  const scale = view.scale * ratio;
  context.setTransform(scale, 0, 0, scale, view.x * ratio, view.y * ratio);
  context.strokeStyle = context.fillStyle = COLOR;
  context.lineWidth = 1.5 / view.scale;
  context.stroke(lines);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  for (const [x, y] of points) context.fillRect(x * view.scale + view.x - HALF_PX, y * view.scale + view.y - HALF_PX, 2 * HALF_PX, 2 * HALF_PX);
}

/** @param {readonly ReferenceRow[]} rows @returns {string} what the switch shows and hides */
export function referenceNames(rows) {
  return `Reference layers: ${rows.map((row) => row.name).join(", ")}`;
}
