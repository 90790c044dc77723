/** What is on the screen and where: frames, the view of the tile, marks over it. */
import { TOOLS } from "../tools/index.js";
import { fit, focus } from "../viewport.js";

/** @typedef {import("../regions.js").Slick} Slick */

export class Sight {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** @type {Slick | null} */
    this.pointed = null;
    this.decidedAt = 0;
    this.frame = 0;
  }

  destroy() {
    window.cancelAnimationFrame(this.frame);
  }

  /** @param {Slick | null} [slick] to show from near; the whole tile if not given */
  fit(slick) {
    const { editor, parts } = this.review;
    const { tile } = editor;
    const { screen } = parts.renderer;
    if (tile) tile.view = slick ? focus(slick, tile.info, screen) : fit(tile.info, screen);
    this.redraw();
  }

  /** @param {Slick | null} slick */
  point(slick) {
    this.pointed = slick;
    this.redraw();
  }

  /** @returns {import("../render/marks.js").Marks} */
  marks() {
    const { editor, parts } = this.review;
    const sized = TOOLS[editor.tool].sized && !editor.levelling && !parts.pointer.spaceHeld;
    const sketch = parts.tools[editor.tool].sketch();
    const colour = parts.renderer.colourOf(editor.classId);
    return { at: parts.pointer.at, size: editor.size, sized, sketch, highlight: this.pointed, colour };
  }

  /** Draw at the next frame. */
  redraw() {
    if (this.frame || !this.review.parts) return;
    this.frame = window.requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    const { data, editor, parts, desk } = this.review;
    parts.pointer.drain();
    parts.renderer.draw();
    parts.readout.show(editor, parts.pointer.at, data.classes);
    const { view } = editor.tile ?? {};
    parts.node.dataset.view = view ? [view.scale, view.x, view.y].join() : "";
    const painted = editor.tile ? String(editor.tile.id) : "";
    if (parts.node.dataset.painted !== painted) {
      parts.node.dataset.painted = painted;
      if (this.decidedAt && desk.stage === "ready") {
        parts.node.dataset.nextMs = (performance.now() - this.decidedAt).toFixed(1);
        this.decidedAt = 0;
      }
    }
  }

  resize() {
    const { editor, parts } = this.review;
    const { tile } = editor;
    const { renderer, stage } = parts;
    if (!stage.clientWidth || !stage.clientHeight) return; // leaving the page: the tile keeps its view
    const before = renderer.screen;
    const fitted = tile?.view && JSON.stringify(fit(tile.info, before)) === JSON.stringify(tile.view);
    renderer.resize(stage.clientWidth, stage.clientHeight);
    if (tile && (fitted || !tile.view)) this.fit();
    this.frame = this.frame || window.requestAnimationFrame(() => this.draw());
  }
}
