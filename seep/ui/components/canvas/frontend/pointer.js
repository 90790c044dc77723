/**
 * Turns pointer events into gestures: paint, erase, pan, zoom, brush size, contrast.
 *
 * Moves are collected and passed to the tool once per frame, including coalesced events. The pen and the mouse paint;
 * fingers move the view unless painting with a finger is on.
 */
import { Touches } from "./touches.js";
import { pan, toImage, zoomAt } from "./transform.js";

/** @typedef {import("./types.js").Point} Point */
/** @typedef {"idle" | "tool" | "pan" | "size" | "contrast" | "pinch"} Mode */

const DOUBLE_MS = 400; // maximum time between the clicks of a double click
const STILL_PX = 5; // screen px; a shorter movement is a click, not a drag
const PEN_NEAR_MS = 700; // after a pen event, ignore touches: they come from the hand that holds the pen
const ERASER = 32; // bit of PointerEvent.buttons: the eraser of the pen

export class Pointer {
  /**
   * @param {HTMLCanvasElement} canvas @param {import("./editor.js").Editor} editor
   * @param {Record<string, import("./types.js").Tool>} tools
   * @param {() => void} changed requests a redraw
   */
  constructor(canvas, editor, tools, changed) {
    this.canvas = canvas;
    this.editor = editor;
    this.tools = tools;
    this.changed = changed;
    /** @type {Mode} */
    this.mode = "idle";
    this.spaceHeld = false;
    /** Pointer position in image coordinates; null outside the canvas. @type {Point | null} */
    this.at = null;
    /** @type {Point[]} */
    this.waiting = [];
    this.hovering = false;
    this.last = { x: 0, y: 0 };
    /** pointerId of the current gesture. */
    this.id = -1;
    this.fingers = new Touches();
    this.lastPenTime = -PEN_NEAR_MS;
    /** Position of the last press, and position and time of the last click. */
    this.pressed = { x: 0, y: 0 };
    this.clicked = { x: 0, y: 0, time: -DOUBLE_MS };
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.lost(event));
    canvas.addEventListener("pointerleave", () => this.leave());
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  get tool() {
    return this.tools[this.editor.tool];
  }

  /** @returns {boolean} whether a gesture is in progress, including those of several clicks */
  get inGesture() {
    return this.mode === "tool" || (this.tool.busy?.() ?? false);
  }

  /**
   * Position of an event in image coordinates. `offsetX` is not used: coalesced events have no target.
   * @param {{clientX: number, clientY: number}} event @returns {Point | null}
   */
  toImagePoint(event) {
    const view = this.editor.tile?.view;
    if (!view) return null;
    const { left, top } = this.canvas.getBoundingClientRect();
    return toImage(view, event.clientX - left, event.clientY - top);
  }

  /** Compute the pointer position again for another image. */
  relocate() {
    if (this.at) this.at = this.toImagePoint({ clientX: this.last.x, clientY: this.last.y });
  }

  /** @param {PointerEvent} event */
  down(event) {
    const at = this.toImagePoint(event);
    if (!at) return;
    event.preventDefault();
    const mode = event.pointerType === "touch" ? this.touch(event) : this.press(event);
    if (!mode || mode === "idle") return;
    try {
      this.canvas.setPointerCapture(event.pointerId);
    } catch {
      // the pointer no longer exists; the gesture works without capture
    }
    this.last = { x: event.clientX, y: event.clientY };
    this.pressed = { ...this.last };
    this.mode = mode;
    this.id = event.pointerId;
    this.at = at;
    if (mode === "tool") this.tool.down(at, this.valueOf(event), modifiersOf(event));
    this.changed();
  }

  /** The mouse or the pen goes down. @param {PointerEvent} event @returns {Mode | null} */
  press(event) {
    if (event.pointerType === "pen") {
      this.lastPenTime = event.timeStamp;
      if (this.fingers.count) this.drop(); // cancel a touch that began before the pen
    }
    return this.mode === "idle" ? this.modeOf(event) : null;
  }

  /** A finger goes down. @param {PointerEvent} event @returns {Mode | null} */
  touch(event) {
    if (event.timeStamp - this.lastPenTime < PEN_NEAR_MS) return null;
    if (!this.editor.hasTouch) this.editor.choose({ hasTouch: true });
    if (this.mode !== "idle" && !this.fingers.count) return null; // the mouse or the pen is in use
    this.fingers.down(event);
    if (this.fingers.count === 1) return this.editor.fingerPaints ? "tool" : "pan";
    if (this.mode === "tool") this.tool.cancel(); // a pinch has begun: discard the stroke of the first finger
    this.waiting = [];
    return "pinch";
  }

  /** @param {PointerEvent} event @returns {Mode} */
  modeOf(event) {
    if (event.button === 1 || (event.button === 0 && this.spaceHeld)) return "pan";
    if (event.button === 2 && event.altKey) return "size";
    if (event.button === 0 && this.editor.adjustingContrast) return "contrast";
    return [0, 2, 5].includes(event.button) ? "tool" : "idle";
  }

  /** The class to paint; 0 with the right button, Alt, or the eraser of a pen. @param {PointerEvent} event */
  valueOf(event) {
    const erases = event.button === 2 || event.altKey || (event.buttons & ERASER) !== 0;
    return erases ? 0 : this.editor.classId;
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (event.pointerType === "pen") this.lastPenTime = event.timeStamp;
    if (this.mode === "pinch") return this.pinch(event);
    if (this.mode !== "idle" && event.pointerId !== this.id) return;
    if (event.pointerType === "touch" && !this.fingers.has(event.pointerId)) return;
    this.fingers.move(event);
    const dx = event.clientX - this.last.x;
    const dy = event.clientY - this.last.y;
    this.last = { x: event.clientX, y: event.clientY };
    if (this.mode !== "size") this.at = this.toImagePoint(event); // the brush outline stays in place
    if (this.mode === "tool") this.collect(event);
    else if (this.mode === "pan") this.pan(dx, dy);
    else if (this.mode === "contrast") this.editor.dragContrast(dx, dy);
    else if (this.mode === "size") this.editor.choose({ size: this.editor.size + dx / 2 });
    else this.hovering = true;
    this.changed();
  }

  /** @param {PointerEvent} event */
  collect(event) {
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) {
      const point = this.toImagePoint(one);
      if (point) this.waiting.push(point);
    }
  }

  /** @param {PointerEvent} event */
  pinch(event) {
    const tile = this.editor.tile;
    if (!tile?.view || !this.fingers.has(event.pointerId)) return;
    tile.view = this.fingers.pinched(event, tile.view, tile.info, this.canvas);
    this.editor.emit("view");
    this.changed();
  }

  /** Pass the collected points to the tool; called once per frame. */
  drain() {
    if (this.hovering && this.mode === "idle") {
      this.hovering = false;
      this.tool.hover?.(this.editor.adjustingContrast || this.spaceHeld ? null : this.at);
    }
    if (!this.waiting.length) return;
    const points = this.waiting;
    this.waiting = [];
    if (this.mode === "tool") this.tool.move(points);
  }

  /** @param {PointerEvent} event */
  up(event) {
    this.fingers.up(event);
    if (this.mode === "pinch" && this.fingers.count) return;
    if (this.mode !== "pinch" && event.pointerId !== this.id) return;
    if (this.mode === "tool") {
      const at = this.toImagePoint(event);
      if (at) this.waiting.push(at);
      this.drain();
      this.tool.up();
      if (this.isDouble(event) && this.tool.busy?.()) this.tool.key?.("commit");
    }
    this.mode = "idle";
    this.changed();
  }

  /** @param {PointerEvent} event @returns {boolean} whether this click follows another at the same place */
  isDouble(event) {
    const near = (/** @type {Point} */ one) =>
      Math.hypot(event.clientX - one.x, event.clientY - one.y) < STILL_PX;
    const still = near(this.pressed);
    const double = still && near(this.clicked) && event.timeStamp - this.clicked.time < DOUBLE_MS;
    const time = still && !double ? event.timeStamp : -DOUBLE_MS;
    this.clicked = { x: event.clientX, y: event.clientY, time };
    return double;
  }

  /** The browser canceled the pointer. @param {PointerEvent} event */
  lost(event) {
    this.fingers.up(event);
    if (event.pointerId === this.id || this.mode === "pinch") this.drop();
  }

  /** Cancel the gesture without changing the mask. @returns {boolean} whether there was one */
  cancel() {
    if (this.drop()) return true;
    const busy = this.tool.busy?.() ?? false;
    this.tool.cancel();
    return busy;
  }

  /** End the current pointer gesture. @returns {boolean} whether there was one */
  drop() {
    const active = this.mode !== "idle";
    this.waiting = [];
    this.fingers.clear();
    if (this.mode === "tool") this.tool.cancel();
    this.mode = "idle";
    this.changed();
    return active;
  }

  /** Offer an action to the tool. @param {string} action @returns {boolean} whether the tool used it */
  key(action) {
    const used = this.mode === "idle" && (this.tool.key?.(action) ?? false);
    if (used) this.changed();
    return used;
  }

  leave() {
    if (this.mode === "idle") {
      this.at = null;
      this.hovering = true;
    }
    this.changed();
  }

  /** @param {number} dx @param {number} dy screen px */
  pan(dx, dy) {
    const tile = this.editor.tile;
    if (!tile?.view) return;
    tile.view = pan(tile.view, dx, dy, tile.info, this.screen());
    this.editor.emit("view");
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
    this.at = this.toImagePoint(event);
    this.editor.emit("view");
  }

  screen() {
    return { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
  }
}

/** @param {PointerEvent} event @returns {import("./types.js").Held} */
function modifiersOf(event) {
  return { shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey, alt: event.altKey };
}
