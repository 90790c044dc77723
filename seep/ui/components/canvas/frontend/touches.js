/** Fingers on the canvas: one moves the view, two zoom it too. */
import { pan, zoomAt } from "./transform.js";

/** @typedef {import("./types.js").Point} Point */
/** @typedef {{pointerId: number, clientX: number, clientY: number}} Finger */

export class Touches {
  constructor() {
    /** @type {Map<number, Point>} */
    this.places = new Map();
  }

  get count() {
    return this.places.size;
  }

  /** @param {Finger} finger */
  down(finger) {
    this.places.set(finger.pointerId, { x: finger.clientX, y: finger.clientY });
  }

  /** @param {Finger} finger */
  move(finger) {
    if (this.has(finger.pointerId)) this.down(finger);
  }

  /** @param {Finger} finger */
  up(finger) {
    this.places.delete(finger.pointerId);
  }

  /** @param {number} id @returns {boolean} */
  has(id) {
    return this.places.has(id);
  }

  clear() {
    this.places.clear();
  }

  /**
   * The view after one of two fingers moved: what lay under each finger stays under it, but for turning.
   * @param {Finger} finger @param {import("./types.js").View} view @param {import("./transform.js").Size} image
   * @param {HTMLElement} canvas
   * @returns {import("./types.js").View}
   */
  pinched(finger, view, image, canvas) {
    const before = [...this.places.values()];
    this.move(finger);
    const after = [...this.places.values()];
    if (after.length < 2) return view;
    const screen = { width: canvas.clientWidth, height: canvas.clientHeight };
    const { left, top } = canvas.getBoundingClientRect();
    const [from, to] = [middle(before), middle(after)];
    const zoomed = zoomAt(view, to.apart / from.apart, { x: from.x - left, y: from.y - top }, image, screen);
    return pan(zoomed, to.x - from.x, to.y - from.y, image, screen);
  }
}

/** @param {Point[]} two @returns {Point & {apart: number}} apart: at least 1 px */
function middle([a, b]) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1) };
}
