/** The minimap: the whole tile with a frame around the visible part. */
import { Budget, levelOf } from "./panes.js";

const BUDGET_MS = 3;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./picture.js").Picture} picture
 * @param {{overlay: import("../overlay.js").MaskOverlay | null, panes: import("./panes.js").Panes} | undefined} over
 * @param {import("../editor.js").Editor} editor
 * @param {import("../view/minimap.js").Place} place
 * @returns {boolean} whether it is complete
 */
export function drawMinimap(canvas, picture, over, editor, place) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(place.width * ratio), Math.round(place.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const scale = place.scale * ratio;
  const whole = { x: 0, y: 0, width: picture.shown.width, height: picture.shown.height };
  const view = { scale, x: 0, y: 0 };
  const level = levelOf(scale, false);
  const budget = new Budget(BUDGET_MS);
  context.clearRect(0, 0, width, height);
  let complete = picture.panes.refresh(whole, level, budget);
  picture.panes.draw(context, view, whole, level);
  if (over?.overlay && !editor.hidden) {
    complete = over.panes.refresh(whole, level, budget) && complete;
    context.globalAlpha = Math.max(editor.opacity, 0.5);
    over.panes.draw(context, view, whole, level);
    context.globalAlpha = 1;
  }
  const { seen } = place;
  for (const [line, color] of /** @type {[number, string][]} */ ([
    [3, "rgba(0,0,0,0.7)"],
    [1.5, "#ffffff"],
  ])) {
    context.lineWidth = line * ratio;
    context.strokeStyle = color;
    context.strokeRect(seen.x * ratio, seen.y * ratio, seen.width * ratio, seen.height * ratio);
  }
  return complete;
}
