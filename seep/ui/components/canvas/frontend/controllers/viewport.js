/** Controls drawing: frames, the view of the tile, marks over it. */
import { TOOLS } from "../tools/index.js";
import { fit, focus, pan, zoomAt } from "../transform.js";

/** @typedef {import("../regions.js").Slick} Slick */

const REST_MS = 150; // after the last move of the contrast, before the full resolution is computed
const AROUND_MS = 250; // after the last frame, before neighbors are loaded
const LOOK_MS = 300; // shortest time after which a tile counts as viewed

export class ViewportController {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** @type {Slick | null} */
    this.highlight = null;
    this.decidedAt = 0;
    /** The last tile that was drawn completely. @type {import("../types.js").OpenTile | null} */
    this.paintedTile = null;
    /** The tile that was shown long enough to count as viewed. @type {number | null} */
    this.viewedId = null;
    this.frame = 0;
    this.restTimer = 0;
    this.neighborTimer = 0;
    this.viewedTimer = 0;
  }

  destroy() {
    window.cancelAnimationFrame(this.frame);
    window.clearTimeout(this.restTimer);
    window.clearTimeout(this.neighborTimer);
    window.clearTimeout(this.viewedTimer);
  }

  /** @param {Slick | null} [slick] to zoom to; the whole tile if not given */
  fit(slick) {
    const { editor, parts } = this.review;
    const { tile } = editor;
    const { screen } = parts.renderer;
    if (tile) tile.view = slick ? focus(slick, tile.info, screen) : fit(tile.info, screen);
    this.viewChanged();
  }

  /** Zoom to one image pixel per screen pixel. */
  actualPixels() {
    const { tile } = this.review.editor;
    if (tile?.view) this.zoom(1 / (tile.view.scale * (window.devicePixelRatio || 1)));
  }

  /** @param {number} factor around the pointer, or around the center if it is elsewhere */
  zoom(factor) {
    const { editor, parts } = this.review;
    const { tile } = editor;
    const { screen } = parts.renderer;
    if (!tile?.view) return;
    const { scale, x, y } = tile.view;
    const at = parts.cursor.at ?? parts.pointer.at;
    const place = at
      ? { x: at.x * scale + x, y: at.y * scale + y }
      : { x: screen.width / 2, y: screen.height / 2 };
    tile.view = zoomAt(tile.view, factor, place, tile.info, screen);
    this.viewChanged();
  }

  /** @param {number} dx @param {number} dy screen px */
  pan(dx, dy) {
    const { editor, parts } = this.review;
    const { tile } = editor;
    if (tile?.view) tile.view = pan(tile.view, dx, dy, tile.info, parts.renderer.screen);
    this.viewChanged();
  }

  viewChanged() {
    this.redraw();
    this.scheduleNeighbors();
  }

  /** Load visible neighbors when idle. */
  scheduleNeighbors() {
    window.clearTimeout(this.neighborTimer);
    this.neighborTimer = window.setTimeout(() => void this.review.layers.loadNeighbors(), AROUND_MS);
  }

  /** @param {Slick | null} slick */
  highlightSlick(slick) {
    this.highlight = slick;
    this.redraw();
  }

  /** The contrast may have changed: draw coarsely during the change, then in full. */
  contrastChanged() {
    const { renderer } = this.review.parts;
    if (!renderer.contrastChanged()) return;
    window.clearTimeout(this.restTimer);
    this.restTimer = window.setTimeout(() => {
      renderer.finishDragging();
      this.redraw();
    }, REST_MS);
  }

  /** @returns {import("../render/marks.js").Marks} */
  marks() {
    const { editor, parts } = this.review;
    const sized = TOOLS[editor.tool].sized && !editor.adjustingContrast && !parts.pointer.spaceHeld;
    const sketch = parts.tools[editor.tool].sketch();
    const color = parts.renderer.colorOf(editor.classId);
    const cross = parts.cursor.at;
    const passes = this.review.passes.marks();
    const wide = this.review.wideAreas.marks();
    return {
      passes,
      wide,
      at: cross ?? parts.pointer.at,
      cross,
      pressed: parts.cursor.pressed,
      size: editor.size,
      sized,
      sketch,
      highlight: this.highlight,
      color,
    };
  }

  /** Draw at the next frame. */
  redraw() {
    if (this.frame || !this.review.parts) return;
    this.frame = window.requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    const { data, editor, layers, parts } = this.review;
    parts.pointer.drain();
    let complete = parts.renderer.draw();
    parts.readout.show(editor, parts.cursor.at ?? parts.pointer.at, data.classes);
    parts.readout.showPen(parts.cursor.pressed);
    parts.scaleBar.show(editor);
    this.review.comments.place();
    complete = parts.minimap.show() && complete;
    const { view } = editor.tile ?? {};
    parts.node.dataset.view = view ? [view.scale, view.x, view.y].join() : "";
    parts.node.dataset.drawn = complete && !layers.loading ? "all" : "part";
    if (complete) this.painted();
    else this.redraw();
  }

  /** The tile is drawn completely. */
  painted() {
    const { editor, parts, queue } = this.review;
    const painted = editor.tile ? String(editor.tile.id) : "";
    if (parts.node.dataset.painted === painted && this.paintedTile === editor.tile) return;
    this.paintedTile = editor.tile;
    window.clearTimeout(this.viewedTimer);
    this.viewedTimer = window.setTimeout(() => this.markViewed(), queue.openedBy === "next" ? LOOK_MS : 0);
    parts.node.dataset.painted = painted;
    this.scheduleNeighbors();
    this.review.passes.schedule();
    if (this.decidedAt && queue.stage === "ready") {
      parts.node.dataset.nextMs = (performance.now() - this.decidedAt).toFixed(1);
      this.decidedAt = 0;
    }
  }

  markViewed() {
    this.viewedId = this.paintedTile?.id ?? null;
    this.review.parts.node.dataset.seen = `${this.viewedId ?? ""}`;
  }

  /** @returns {boolean} whether the open tile was shown long enough to be viewed; without a tile, whether none is loading */
  wasViewed() {
    const { queue, editor } = this.review;
    const { tile } = editor;
    if (!tile) return queue.stage !== "loading";
    return (
      this.paintedTile === tile &&
      (this.viewedId === tile.id || tile.save.version > 0 || tile.history.open !== null)
    );
  }

  resize() {
    const { editor, parts } = this.review;
    const { tile } = editor;
    const { renderer, stage } = parts;
    if (!stage.clientWidth || !stage.clientHeight) return; // the page is being left: keep the view
    const before = renderer.screen;
    const fitted = tile?.view && JSON.stringify(fit(tile.info, before)) === JSON.stringify(tile.view);
    renderer.resize(stage.clientWidth, stage.clientHeight);
    if (tile && (fitted || !tile.view)) this.fit();
    this.frame = this.frame || window.requestAnimationFrame(() => this.draw());
  }
}
