/**
 * The keyboard cursor: drawing without a pointer.
 *
 * Arrow keys move a cursor over the image by 1 px, with Shift by 10 px. Space presses and releases the tool there:
 * a stroke, a lasso or a box lasts from one Space to the next, the other tools need one. Its place is announced.
 */
import { TOOLS } from "./tools/index.js";
import { HEADER_PX, pan } from "./transform.js";

/** @typedef {import("./types.js").Point} Point */

const LARGE_STEP_PX = 10;
const PAUSE_MS = 250; // between two moves, before the place is announced
const ROOM_PX = 24; // on the screen: distance from the edge at which the view follows the cursor

/** @type {Record<string, [number, number]>} */
const ARROWS = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };

export class KeyboardCursor {
  /**
   * @param {import("./pointer.js").Pointer} pointer @param {import("./editor.js").Editor} editor
   * @param {{say: (text: string) => void, describe: (at: Point) => string}} speech say: to screen readers; describe: the
   *   pixel at a point
   * @param {() => void} changed requests a redraw
   * @param {(on: boolean) => void} [shown] called when the cursor is shown or hidden
   */
  constructor(pointer, editor, speech, changed, shown = () => {}) {
    this.pointer = pointer;
    this.editor = editor;
    this.speech = speech;
    this.changed = changed;
    this.shown = shown;
    this.on = false;
    /** In pixels of the image. @type {Point} */
    this.place = { x: 0.5, y: 0.5 };
    /** Says the place after a pause between moves. @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** @param {string} text */
  announce(text) {
    clearTimeout(this.timer);
    this.speech.say(text);
  }

  /** Where the cursor is; null while it is off. @returns {Point | null} */
  get at() {
    return this.on && this.editor.tile ? this.place : null;
  }

  /** Whether the keyboard holds the tool down: arrow keys draw. */
  get pressed() {
    return this.at !== null && this.pointer.mode === "tool";
  }

  /** @param {boolean} on */
  show(on) {
    this.on = on;
    this.shown(on);
  }

  /** Show the cursor where the pointer is, else in the center of the visible part; or hide it. */
  toggle() {
    if (this.on) return this.stop();
    const { tile } = this.editor;
    if (!tile?.view) return;
    const { x, y, scale } = tile.view;
    const { width, height } = this.pointer.screen();
    const center = { x: (width / 2 - x) / scale, y: ((height + HEADER_PX) / 2 - y) / scale };
    this.show(true);
    this.put(this.pointer.at ?? center);
    this.announce(
      "Keyboard cursor on. Arrow keys move it, with Shift by 10 pixels. Space draws. Escape hides it.",
    );
  }

  stop() {
    if (!this.on) return;
    this.pointer.drop();
    this.show(false);
    this.pointer.tool.hover?.(this.pointer.at);
    this.announce("Keyboard cursor off.");
    this.changed();
  }

  /** Another tile was opened. */
  tileChanged() {
    if (this.at) this.put(this.place);
  }

  /**
   * @param {string} name of the key, as `keyName` returns it @returns {boolean} whether the cursor used the key
   */
  key(name) {
    if (!this.at) return false;
    const parts = name.split("+");
    const shift = parts.length === 2 && parts[0] === "shift";
    const key = parts[parts.length - 1];
    if (parts.length > 1 && !shift) return false;
    if (key in ARROWS) {
      const step = shift ? LARGE_STEP_PX : 1;
      this.move(ARROWS[key][0] * step, ARROWS[key][1] * step);
    } else if (key === "space") this.press(shift);
    else if (name === "enter" && !this.pointer.key("commit")) this.press(false);
    else if (name !== "enter") return false;
    return true;
  }

  /** @param {number} dx @param {number} dy px of the image */
  move(dx, dy) {
    this.put({ x: this.place.x + dx, y: this.place.y + dy });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.announce(this.speech.describe(this.place)), PAUSE_MS);
    const { pointer } = this;
    if (pointer.mode === "tool") pointer.tool.move([this.place]);
    else pointer.tool.hover?.(this.place);
  }

  /** Press the tool, or release it. @param {boolean} shift */
  press(shift) {
    const { editor, pointer } = this;
    if (pointer.mode === "tool") {
      pointer.tool.up();
      pointer.mode = "idle";
      this.announce("Released.");
    } else if (pointer.mode === "idle") {
      const drags = TOOLS[editor.tool].drags || (pointer.tool.grabs?.(this.place) ?? false);
      pointer.tool.down(this.place, editor.classId, { shift, ctrl: false, alt: false });
      if (drags) pointer.mode = "tool";
      else pointer.tool.up();
      this.announce(drags ? "Pressed. Arrow keys draw, Space releases, Escape cancels." : "Clicked.");
    }
    this.changed();
  }

  /** @param {Point} place moved to the center of a pixel of the tile */
  put({ x, y }) {
    const { tile } = this.editor;
    if (!tile) return;
    const { width, height } = tile.info;
    const within = (/** @type {number} */ value, /** @type {number} */ size) =>
      Math.min(Math.max(Math.floor(value), 0), size - 1) + 0.5;
    this.place = { x: within(x, width), y: within(y, height) };
    this.follow(tile);
    this.changed();
  }

  /** Pan so that the cursor stays visible. @param {import("./types.js").OpenTile} tile */
  follow(tile) {
    if (!tile.view) return;
    const { x, y, scale } = tile.view;
    const screen = this.pointer.screen();
    const dx = missing(this.place.x * scale + x, ROOM_PX, screen.width - ROOM_PX);
    const dy = missing(this.place.y * scale + y, HEADER_PX + ROOM_PX, screen.height - ROOM_PX);
    if (!dx && !dy) return;
    tile.view = pan(tile.view, dx, dy, tile.info, screen);
    this.editor.emit("view");
  }
}

/** @param {number} value @param {number} low @param {number} high @returns {number} what brings the value into the range */
function missing(value, low, high) {
  if (low >= high) return 0;
  return value < low ? low - value : value > high ? high - value : 0;
}
