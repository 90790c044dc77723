/** Drives the tools as an analyst does: through the real pointer, on a tile shown pixel by pixel. */
import assert from "node:assert/strict";
import { Editor } from "../../../seep/ui/components/canvas/frontend/editor.js";
import { History } from "../../../seep/ui/components/canvas/frontend/history.js";
import { Pointer } from "../../../seep/ui/components/canvas/frontend/pointer.js";
import { TOOLS } from "../../../seep/ui/components/canvas/frontend/tools/index.js";

const LEFT = { button: 0, buttons: 1 };
export const RIGHT = { button: 2, buttons: 2 };
export const ERASER_END = { button: 5, buttons: 32, pointerType: "pen" };

/** A canvas of the image's size at the screen's corner, as far as the pointer needs one. */
function fakeCanvas(width, height) {
  return {
    clientWidth: width,
    clientHeight: height,
    addEventListener() {},
    setPointerCapture() {},
    getBoundingClientRect: () => ({ left: 0, top: 0 }),
  };
}

export class Driver {
  /**
   * @param {string} tool
   * @param {{side?: number, pixels?: ArrayLike<number>, nodata?: number | null, unit?: string, size?: number}} [of]
   */
  constructor(tool, { side = 40, pixels, nodata = 0, unit = "dn", size = 3 } = {}) {
    this.side = side;
    this.now = 0;
    this.editor = new Editor();
    this.told = [];
    this.editor.subscribe((topic, detail) => this.told.push([topic, detail]));
    const annotation = new Uint8Array(side * side);
    const info = { width: side, height: side, nodata, unit, limits: [0, 9] };
    const view = { scale: 1, x: 0, y: 0 };
    const raw = pixels ?? new Uint16Array(side * side).fill(100);
    const history = new History(annotation, side, side);
    this.editor.open({ info, annotation, pixels: raw, prediction: null, history, view, contrast: {} });
    this.tools = Object.fromEntries(
      Object.entries(TOOLS).map(([name, { make }]) => [name, make(this.editor)]),
    );
    this.pointer = new Pointer(fakeCanvas(side, side), this.editor, this.tools, () => {});
    this.editor.choose({ tool, size });
    this.last = {};
  }

  get mask() {
    return this.editor.tile.annotation;
  }

  get tool() {
    return this.tools[this.editor.tool];
  }

  /** What the pointer is told of. */
  event(x, y, how = {}) {
    this.now += how.wait ?? 16;
    const keys = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };
    const common = { pointerId: 1, pointerType: "mouse", timeStamp: this.now, preventDefault() {} };
    return { ...common, ...LEFT, ...keys, clientX: x, clientY: y, ...how };
  }

  down(x, y, how = {}) {
    this.last = { x, y, how };
    this.pointer.down(this.event(x, y, how));
    return this;
  }

  move(...points) {
    for (const [x, y] of points) {
      this.last = { ...this.last, x, y };
      this.pointer.move(this.event(x, y, this.last.how));
    }
    this.pointer.drain();
    return this;
  }

  up() {
    this.pointer.up(this.event(this.last.x, this.last.y, this.last.how));
    return this;
  }

  click(x, y, how = {}) {
    return this.down(x, y, how).up();
  }

  hover(x, y) {
    this.pointer.move(this.event(x, y, { buttons: 0 }));
    this.pointer.drain();
    return this;
  }

  key(action) {
    this.pointer.key(action);
    return this;
  }

  escape() {
    this.pointer.cancel();
    return this;
  }

  option(name, value) {
    this.editor.setOption(this.editor.tool, name, value);
    return this;
  }

  undo() {
    this.editor.undo();
    return this;
  }

  redo() {
    this.editor.redo();
    return this;
  }

  /** Give pixels a class before the gesture, where `inside(x, y)`. */
  given(inside, value = 1) {
    for (let i = 0; i < this.mask.length; i += 1) {
      if (inside(i % this.side, Math.floor(i / this.side))) this.mask[i] = value;
    }
    return this;
  }

  /** The mask is `value(x, y)` everywhere; true is class 1. */
  expectMask(value) {
    const expected = Uint8Array.from(this.mask, (_, i) =>
      Number(value(i % this.side, Math.floor(i / this.side))),
    );
    assert.equal(this.picture(this.mask), this.picture(expected));
    return this;
  }

  expectPainted(count) {
    assert.equal(
      this.mask.reduce((sum, value) => sum + (value > 0), 0),
      count,
    );
    return this;
  }

  expectSteps(count) {
    assert.equal(this.editor.tile.history.position, count);
    return this;
  }

  /** The analyst got a message; the pattern matches the values in it. */
  expectMessage(pattern = /./) {
    assert.match(this.told.filter(([topic]) => topic === "message").at(-1)?.[1].text ?? "", pattern);
    return this;
  }

  picture(mask) {
    const signs = (from) =>
      Array.from(mask.subarray(from, from + this.side), (v) => (v ? (v > 9 ? "U" : v) : "."));
    return Array.from({ length: this.side }, (_, row) => signs(row * this.side).join("")).join("\n");
  }
}
