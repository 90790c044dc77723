/**
 * Draws the canvas: neighbors, image, overlays, marks, at most once per frame. Only this module and `render/*` use a 2D
 * context.
 */
import { fillOverlay, isSameOverlay, palette } from "./overlay.js";
import { MarkPainter } from "./render/marks.js";
import { drawMinimap } from "./render/minimap.js";
import { Outline } from "./render/outline.js";
import { Budget, Panes, levelOf } from "./render/panes.js";
import { Picture } from "./render/picture.js";
import { visible } from "./transform.js";

/** @typedef {import("./types.js").Rect} Rect */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./overlay.js").MaskOverlay} MaskOverlay */
/** @typedef {import("./render/picture.js").Shown} Shown */
/**
 * @typedef {object} Scene What to draw, besides the state of the editor.
 * @property {() => import("./render/marks.js").Marks} marks
 * @property {() => Shown | null} shown the displayed image
 * @property {() => [MaskOverlay | null, MaskOverlay | null]} overlays two while two masks are compared
 * @property {() => {dx: number, dy: number, shown: Shown}[]} around neighboring tiles of the scene
 */

const FRAME_MS = 7; // of 16 ms per frame, for computing pixels; drawing takes some of the rest
const FIRST_MS = 34; // for the first frame of a tile, so that it appears complete
const DIM = 0.42;
const EDGE = "rgba(255,255,255,0.28)";

export class Renderer {
  /**
   * @param {HTMLCanvasElement} canvas @param {import("./editor.js").Editor} editor @param {Scene} scene
   */
  constructor(canvas, editor, scene) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    this.editor = editor;
    this.scene = scene;
    this.painter = new MarkPainter(this.context);
    /** @type {import("./types.js").SeepClass[]} */
    this.classes = [];
    /** @type {Picture | null} */
    this.picture = null;
    /** @type {{overlay: MaskOverlay | null, panes: Panes, outline: Outline}[]} */
    this.overlays = [];
    /** Pictures of neighbors by their pixels. @type {WeakMap<object, Picture>} */
    this.pictures = new WeakMap();
    this.screen = { width: 1, height: 1 };
    this.fresh = true;
    /** Whether to draw coarser levels, during a drag. */
    this.moving = false;
  }

  /** @param {number} width @param {number} height CSS px */
  resize(width, height) {
    const ratio = window.devicePixelRatio || 1;
    this.screen = { width, height };
    this.canvas.width = Math.max(Math.round(width * ratio), 1);
    this.canvas.height = Math.max(Math.round(height * ratio), 1);
  }

  /** Another tile was opened. */
  reset() {
    const shown = this.scene.shown();
    this.fresh = true;
    if (!shown) {
      this.picture = null;
      this.overlays = [];
      return;
    }
    const { width, height } = shown;
    this.finishDragging();
    if (this.picture?.shown.width === width && this.picture.shown.height === height)
      this.picture.change(shown, true);
    else {
      this.picture = new Picture(shown);
      this.overlays = [0, 1].map((place) => {
        const fill = (/** @type {any[]} */ ...cells) => {
          const { overlay } = this.overlays[place];
          if (overlay)
            fillOverlay(overlay, width, .../** @type {[Rect, number, Uint32Array, number]} */ (cells));
        };
        return { overlay: null, panes: new Panes(width, height, fill), outline: new Outline() };
      });
    }
    for (const one of this.overlays) {
      one.overlay = null;
      one.panes.forget();
    }
    this.overlaysChanged();
  }

  /** Check for a changed contrast, scale or filter; draws coarsely until rest(). @returns {boolean} whether it changed */
  contrastChanged() {
    const shown = this.scene.shown();
    if (!shown || !this.picture || shown === this.picture.shown) return false;
    this.moving = true;
    this.picture.quick = true;
    this.picture.change(shown, false);
    return true;
  }

  /** The drag has ended: compute full resolution, a part in each frame. */
  finishDragging() {
    this.moving = false;
    if (!this.picture?.quick) return;
    this.picture.quick = false;
    this.picture.panes.stale(null);
  }

  /** Check for changed overlays. */
  overlaysChanged() {
    if (!this.overlays.length) return;
    const overlays = this.scene.overlays();
    const width = this.picture?.shown.width ?? 1;
    this.overlays.forEach((one, place) => {
      if (isSameOverlay(one.overlay, overlays[place])) return;
      if (one.overlay?.values !== overlays[place]?.values) one.outline.stale(null, width);
      one.overlay = overlays[place];
      one.panes.stale(null);
    });
  }

  /** @param {Rect | null} rect where the mask changed; null: everywhere */
  maskChanged(rect) {
    for (const { panes, outline } of this.overlays) {
      panes.stale(rect);
      outline.stale(rect, this.picture?.shown.width ?? 1);
    }
  }

  /** @returns {boolean} whether the picture is complete; if not, another frame is needed */
  draw() {
    const { context, canvas, picture } = this;
    const { tile } = this.editor;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#151517";
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (!tile?.view || !picture) return true;
    const ratio = window.devicePixelRatio || 1;
    const view = { scale: tile.view.scale * ratio, x: tile.view.x * ratio, y: tile.view.y * ratio };
    const seen = visible(view, tile.info, canvas);
    const budget = new Budget(this.fresh ? FIRST_MS : FRAME_MS);
    const level = levelOf(view.scale, this.moving);
    let complete = picture.panes.refresh(seen, level, budget);
    if (complete) this.fresh = false;
    this.drawOverlays(picture, view, seen, level, budget, (done) => void (complete &&= done));
    if (this.scene.around().length) this.drawNeighbors(view, budget, (done) => void (complete &&= done));
    this.drawEdge(view, tile.info);
    context.setTransform(view.scale, 0, 0, view.scale, view.x, view.y);
    this.painter.draw(this.scene.marks(), tile.view.scale, tile.info);
    return complete;
  }

  /**
   * The image with its overlays; two side by side during a comparison.
   * @param {Picture} picture @param {View} view @param {Rect} seen @param {number} level @param {Budget} budget
   * @param {(done: boolean) => void} report
   */
  drawOverlays(picture, view, seen, level, budget, report) {
    const { context, canvas, editor } = this;
    picture.panes.draw(context, view, seen, level);
    if (editor.hidden) return;
    const { compare, divider } = editor.display;
    const split = Math.round(compare ? canvas.width * divider : canvas.width);
    const parts = [[0, split], ...(compare ? [[split, canvas.width]] : [])];
    parts.forEach(([left, right], place) => {
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.beginPath();
      context.rect(left, 0, right - left, canvas.height);
      context.clip();
      report(this.drawOverlay(this.overlays[place], view, seen, budget));
      context.restore();
    });
  }

  /** @param {Renderer["overlays"][0]} one @param {View} view @param {Rect} seen @param {Budget} budget @returns {boolean} */
  drawOverlay({ overlay, panes, outline }, view, seen, budget) {
    const { context, editor } = this;
    if (!overlay) return true;
    const { width, height } = panes;
    if (overlay.kind === "classes" && editor.overlay === "outline") {
      const { paths, complete } = outline.within(seen, overlay.values, width, height, budget);
      context.setTransform(view.scale, 0, 0, view.scale, view.x, view.y);
      const ratio = window.devicePixelRatio || 1;
      outline.stroke(context, view.scale / ratio, paths, (id) =>
        editor.hiddenClasses.has(id) ? null : this.colorOf(id),
      );
      return complete;
    }
    const level = levelOf(view.scale, false);
    const complete = panes.refresh(seen, level, budget);
    context.globalAlpha = editor.opacity;
    panes.draw(context, view, seen, level);
    context.globalAlpha = 1;
    return complete;
  }

  /** Neighbors, dimmed, around the tile. @param {View} view @param {Budget} budget @param {(done: boolean) => void} report */
  drawNeighbors(view, budget, report) {
    const { context, canvas, picture } = this;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    const hole = new Path2D();
    hole.rect(0, 0, canvas.width, canvas.height);
    const { width, height } = /** @type {Picture} */ (picture).shown;
    const [left, top] = [Math.round(view.x), Math.round(view.y)];
    hole.rect(
      left,
      top,
      Math.round(view.x + width * view.scale) - left,
      Math.round(view.y + height * view.scale) - top,
    );
    context.clip(hole, "evenodd");
    context.globalAlpha = DIM;
    for (const { dx, dy, shown } of this.scene.around()) {
      const moved = { ...view, x: view.x + dx * view.scale, y: view.y + dy * view.scale };
      const seen = visible(moved, shown, canvas);
      if (!seen.width || !seen.height) continue;
      const one = this.pictureOf(shown);
      const level = levelOf(view.scale, this.moving);
      report(one.panes.refresh(seen, level, budget));
      one.panes.draw(context, moved, seen, level);
    }
    context.restore();
  }

  /**
   * A line around the tile, to tell nodata from the background.
   * @param {View} view @param {{width: number, height: number}} size
   */
  drawEdge({ scale, x, y }, { width, height }) {
    const { context } = this;
    const [left, top] = [Math.round(x) - 0.5, Math.round(y) - 0.5];
    const [right, bottom] = [Math.round(x + width * scale) + 0.5, Math.round(y + height * scale) + 0.5];
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.lineWidth = 1;
    context.strokeStyle = EDGE;
    context.strokeRect(left, top, right - left, bottom - top);
  }

  /** @param {Shown} shown of a neighbor @returns {Picture} */
  pictureOf(shown) {
    const found = this.pictures.get(shown.pixels) ?? new Picture(shown);
    this.pictures.set(shown.pixels, found);
    if (found.shown.contrast !== shown.contrast || found.shown.curve !== shown.curve)
      found.change(shown, false);
    return found;
  }

  /** @param {HTMLCanvasElement} canvas @param {import("./view/minimap.js").Place} place @returns {boolean} whether it is complete */
  minimap(canvas, place) {
    return !this.picture || drawMinimap(canvas, this.picture, this.overlays[0], this.editor, place);
  }

  /** @returns {Uint32Array} colors of the classes that are shown */
  palette() {
    return palette(this.classes, this.editor.hiddenClasses);
  }

  /** @param {number} id @returns {string} */
  colorOf(id) {
    return this.classes.find((one) => one.id === id)?.color ?? "#e6e6e6";
  }
}
