/**
 * Reference layers on a map: each layer has its own color, dashes of its lines, and mark of its points.
 *
 * @typedef {{name: string, number: number, parts: number[][]}} ReferenceRow number: of the layer in the workspace, from 0; parts: flat x, y in pixels of the image, 2 numbers for a point
 * @typedef {{number: number, lines: Path2D, points: [number, number][]}} Drawn
 * @typedef {{color: string, dash: number[], mark: [number, number][]}} LayerStyle mark: corners around the point, CSS px
 */

import { element, svgElement } from "./dom.js";

/** Apart from each other with each kind of color blindness, together with dashes and marks; bright, as maps are dark. */
const COLORS = ["#c9a3f5", "#ffffff", "#ff5c5c", "#8ee6ff", "#d9a45b", "#ff5cc8", "#7d8cff", "#b8c4a0"];
const DASHES = [[], [7, 4], [2, 3], [8, 3, 2, 3]];
/** Square, triangle, diamond and hourglass. @type {[number, number][][]} */
const MARKS = [
  [
    [-4, -4],
    [4, -4],
    [4, 4],
    [-4, 4],
  ],
  [
    [0, -5],
    [5, 4],
    [-5, 4],
  ],
  [
    [0, -6],
    [5, 0],
    [0, 6],
    [-5, 0],
  ],
  [
    [-4, -5],
    [4, -5],
    [-4, 5],
    [4, 5],
  ],
];

/** @param {number} number of the layer, from 0 @returns {LayerStyle} different for each of eight layers */
export function layerStyle(number) {
  return { color: COLORS[number % 8] ?? "", dash: DASHES[number % 4] ?? [], mark: MARKS[number % 4] ?? [] };
}

/** Lines and points of each document, built once: a layer may have 50,000 positions. @type {WeakMap<readonly ReferenceRow[], Drawn[]>} */
const known = new WeakMap();

/** @param {readonly ReferenceRow[]} rows @returns {Drawn[]} */
function drawn(rows) {
  const found = known.get(rows);
  if (found) return found;
  const made = rows.map(({ number, parts }) => {
    const lines = new Path2D();
    /** @type {[number, number][]} */
    const points = [];
    for (const part of parts) {
      const [x = 0, y = 0] = part;
      if (part.length === 2) points.push([x, y]);
      else lines.moveTo(x, y);
      for (let i = 2; i < part.length; i += 2) lines.lineTo(part[i] ?? 0, part[i + 1] ?? 0);
    }
    return { number, lines, points };
  });
  known.set(rows, made);
  return made;
}

/**
 * @param {CanvasRenderingContext2D} context @param {readonly ReferenceRow[]} rows
 * @param {{scale: number, x: number, y: number}} view screen = image * scale + (x, y) @param {number} ratio device pixels per CSS pixel
 */
export function paintReferences(context, rows, view, ratio) {
  if (!rows.length) return;
  const scale = view.scale * ratio;
  for (const { number, lines, points } of drawn(rows)) {
    const { color, dash, mark } = layerStyle(number);
    context.strokeStyle = context.fillStyle = color;
    context.setTransform(scale, 0, 0, scale, view.x * ratio, view.y * ratio);
    context.lineWidth = 1.5 / view.scale;
    context.setLineDash(dash.map((px) => px / view.scale));
    context.stroke(lines);
    context.setLineDash([]);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.beginPath();
    for (const point of points) {
      const [x, y] = [point[0] * view.scale + view.x, point[1] * view.scale + view.y];
      if (x < -8 || y < -8 || x * ratio > context.canvas.width + 8 || y * ratio > context.canvas.height + 8)
        continue;
      mark.forEach(([dx, dy], i) => (i ? context.lineTo(x + dx, y + dy) : context.moveTo(x + dx, y + dy)));
      context.closePath();
    }
    context.fill();
  }
}

/** @param {readonly ReferenceRow[]} rows @returns {string} what the switch shows and hides */
export function referenceNames(rows) {
  return `Reference layers: ${rows.map((row) => row.name).join(", ")}`;
}

/** @param {readonly ReferenceRow[]} rows @returns {HTMLElement[]} the key: how each layer is drawn, with its name */
export function referenceKey(rows) {
  return rows.map(({ name, number, parts }) => {
    const { color, dash, mark } = layerStyle(number);
    const picture = svgElement("svg", {
      viewBox: "0 0 28 14",
      width: "28",
      height: "14",
      "aria-hidden": "true",
    });
    if (parts.some((part) => part.length > 2))
      picture.append(
        svgElement("path", {
          d: "M1 7H27",
          stroke: color,
          "stroke-width": "1.5",
          "stroke-dasharray": dash.join(" "),
        }),
      );
    if (parts.some((part) => part.length === 2))
      picture.append(
        svgElement("path", {
          d: `M${mark.map(([dx, dy]) => `${14 + dx} ${7 + dy}`).join("L")}Z`,
          fill: color,
        }),
      );
    return element("span", { class: "reference" }, picture, name);
  });
}

export const REFERENCE_STYLE = /* css */ `
.references { display: flex; gap: 12px; flex: none; max-width: 60%; overflow-x: auto; scrollbar-width: thin; }
.references:empty { display: none; }
.reference { display: flex; align-items: center; gap: 5px; flex: none; }
.reference svg { border-radius: 2px; background: #151517; flex: none; }
`;
