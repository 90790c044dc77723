/**
 * From the pointer to gestures: paint, erase, pan, zoom, brush size, contrast.
 *
 * Moves are collected and handed on once a frame, with all the points that the device reported in between.
 */
import { pan, toImage, zoomAt } from "./viewport.js";

/** @typedef {import("./types.js").Point} Point */
/** @typedef {"idle" | "tool" | "pan" | "size" | "contrast"} Mode */

export class Pointer {
  /**
   * @param {HTMLCanvasElement} canvas @param {import("./editor.js").Editor} editor
   * @param {Record<string, import("./tools/brush.js").Tool>} tools
   * @param {() => void} changed something is to be drawn
   */
  constructor(canvas, editor, tools, changed) {
    this.canvas = canvas;
    this.editor = editor;
    this.tools = tools;
    this.changed = changed;
    /** @type {Mode} */
    this.mode = "idle";
    this.spaceHeld = false;
    /** Where the pointer is in the image; null: outside. @type {Point | null} */
    this.at = null;
    /** @type {Point[]} */
    this.waiting = [];
    this.last = { x: 0, y: 0 };
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", () => this.cancel());
    canvas.addEventListener("pointerleave", () => this.leave());
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  get tool() {
    return this.tools[this.editor.tool];
  }

  /**
   * Where an event lies in the image. Not by offsetX: coalesced events have no target to be relative to.
   * @param {{clientX: number, clientY: number}} event @returns {Point | null}
   */
  place(event) {
    const view = this.editor.tile?.view;
    if (!view) return null;
    const { left, top } = this.canvas.getBoundingClientRect();
    return toImage(view, event.clientX - left, event.clientY - top);
  }

  /** @param {PointerEvent} event */
  down(event) {
    const at = this.place(event);
    if (!at || this.mode !== "idle") return;
    event.preventDefault();
    try {
      this.canvas.setPointerCapture(event.pointerId);
    } catch {
      // a pointer that is gone already cannot be captured; the gesture works without
    }
    this.last = { x: event.clientX, y: event.clientY };
    this.mode = this.modeOf(event);
    this.at = at;
    if (this.mode === "tool") this.tool.down(at, event.button === 2 ? 0 : this.editor.classId);
    this.changed();
  }

  /** @param {PointerEvent} event @returns {Mode} */
  modeOf(event) {
    if (event.button === 1 || (event.button === 0 && this.spaceHeld)) return "pan";
    if (event.button === 2 && event.altKey) return "size";
    if (event.button === 0 && this.editor.levelling) return "contrast";
    return event.button === 0 || event.button === 2 ? "tool" : "idle";
  }

  /** @param {PointerEvent} event */
  move(event) {
    const events = event.getCoalescedEvents?.() ?? [];
    const dx = event.clientX - this.last.x;
    const dy = event.clientY - this.last.y;
    this.last = { x: event.clientX, y: event.clientY };
    this.at = this.place(event);
    if (this.mode === "tool") {
      for (const one of events.length ? events : [event]) {
        const point = this.place(one);
        if (point) this.waiting.push(point);
      }
    } else if (this.mode === "pan") this.pan(dx, dy);
    else if (this.mode === "contrast") this.editor.dragContrast(dx, dy);
    else if (this.mode === "size") this.editor.choose({ size: this.editor.size + dx / 2 });
    this.changed();
  }

  /** Hand the collected points to the tool; called once a frame. */
  drain() {
    if (!this.waiting.length) return;
    const points = this.waiting;
    this.waiting = [];
    if (this.mode === "tool") this.tool.move(points);
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (this.mode === "tool") {
      const at = this.place(event);
      if (at) this.waiting.push(at);
      this.drain();
      this.tool.up();
    }
    this.mode = "idle";
    this.changed();
  }

  /** Abandon the gesture at no cost. @returns {boolean} whether there was one */
  cancel() {
    const active = this.mode !== "idle";
    this.waiting = [];
    if (this.mode === "tool") this.tool.cancel();
    this.mode = "idle";
    this.changed();
    return active;
  }

  leave() {
    if (this.mode === "idle") this.at = null;
    this.changed();
  }

  /** @param {number} dx @param {number} dy screen px */
  pan(dx, dy) {
    const tile = this.editor.tile;
    if (!tile?.view) return;
    tile.view = pan(tile.view, dx, dy, tile.info, this.screen());
    this.editor.tell("view");
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    const tile = this.editor.tile;
    if (!tile?.view) return;
    const delta = (event.deltaY || event.deltaX) * (event.deltaMode === 1 ? 33 : 1);
    if (event.shiftKey) {
      const step = Math.max(Math.round(this.editor.size * 0.12), 1);
      this.editor.choose({ size: this.editor.size - Math.sign(delta) * step });
      return;
    }
    const factor = Math.exp(-Math.max(Math.min(delta, 240), -240) / 400);
    tile.view = zoomAt(tile.view, factor, { x: event.offsetX, y: event.offsetY }, tile.info, this.screen());
    this.at = this.place(event);
    this.editor.tell("view");
  }

  screen() {
    return { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
  }
}
