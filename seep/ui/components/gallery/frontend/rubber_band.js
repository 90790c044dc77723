/**
 * The rubber band: press, drag, release; the grid scrolls when the pointer leaves it at top or bottom.
 *
 * A press without movement is a click. Touch scrolls.
 *
 * @import { Rectangle } from "./layout.js"
 */

import { rectangle } from "./layout.js";
import { element } from "../../shared/dom.js";

const THRESHOLD_PX = 5;
const EDGE_PX = 24;
const MAX_SCROLL_PX = 24;

/**
 * @typedef {object} BandEvents
 * @property {(keep: boolean) => void} begin
 * @property {(area: Rectangle) => void} move in the grid's own pixels
 * @property {() => void} end
 * @property {() => void} abandon
 */

export class RubberBand {
  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} grid
   * @param {BandEvents} events
   */
  constructor(scroller, grid, events) {
    this.scroller = scroller;
    this.grid = grid;
    this.events = events;
    this.mark = element("div", { class: "band" });
    /** @type {{x: number, y: number} | null} where the press began, in the grid's pixels */
    this.start = null;
    this.pointer = { x: 0, y: 0 };
    this.active = false;
    this.moved = false; // since the last press; the click after a drag is ignored
    this.frame = 0;
    scroller.addEventListener("pointerdown", (event) => this.press(event));
    scroller.addEventListener("pointermove", (event) => this.drag(event));
    scroller.addEventListener("pointerup", () => this.release(true));
    scroller.addEventListener("pointercancel", () => this.release(false));
    scroller.addEventListener("scroll", () => this.active && this.draw(), { passive: true });
  }

  /** @param {PointerEvent} event */
  press(event) {
    const onScrollBar = event.offsetX >= this.scroller.clientWidth && event.target === this.scroller;
    if (event.button !== 0 || event.pointerType === "touch" || onScrollBar) return;
    this.pointer = { x: event.clientX, y: event.clientY };
    this.start = this.onGrid();
    this.moved = false;
  }

  /** @param {PointerEvent} event */
  drag(event) {
    if (this.start === null) return;
    if (!(event.buttons & 1)) return this.release(false);
    this.pointer = { x: event.clientX, y: event.clientY };
    if (!this.active) {
      const now = this.onGrid();
      if (Math.hypot(now.x - this.start.x, now.y - this.start.y) < THRESHOLD_PX) return;
      this.active = true;
      this.moved = true;
      this.scroller.setPointerCapture(event.pointerId);
      this.grid.append(this.mark);
      this.events.begin(event.shiftKey || event.ctrlKey || event.metaKey);
      this.frame = requestAnimationFrame(() => this.scroll());
    }
    this.draw();
  }

  /** @param {boolean} keep */
  release(keep) {
    this.start = null;
    if (!this.active) return;
    this.active = false;
    cancelAnimationFrame(this.frame);
    this.mark.remove();
    if (keep) this.events.end();
    else this.events.abandon();
  }

  draw() {
    if (this.start === null) return;
    const area = rectangle(this.start, this.onGrid());
    const { style } = this.mark;
    style.left = `${area.left}px`;
    style.top = `${area.top}px`;
    style.width = `${area.right - area.left}px`;
    style.height = `${area.bottom - area.top}px`;
    this.events.move(area);
  }

  /** Scroll while the pointer is beyond an edge; faster at a larger distance. */
  scroll() {
    if (!this.active) return;
    const box = this.scroller.getBoundingClientRect();
    const above = box.top + EDGE_PX - this.pointer.y;
    const below = this.pointer.y - (box.bottom - EDGE_PX);
    if (above > 0) this.scroller.scrollTop -= Math.min(MAX_SCROLL_PX, above / 2);
    if (below > 0) this.scroller.scrollTop += Math.min(MAX_SCROLL_PX, below / 2);
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  /** Pointer position in the grid's pixels, clipped to the grid. */
  onGrid() {
    const box = this.grid.getBoundingClientRect();
    return {
      x: Math.min(Math.max(0, this.pointer.x - box.left), box.width),
      y: Math.min(Math.max(0, this.pointer.y - box.top), box.height),
    };
  }
}
