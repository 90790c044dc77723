/**
 * The editor: the tile on the table, the choices of the analyst, and edits as transactions.
 *
 * Knows neither Streamlit nor the network nor a drawing context; others listen to what it tells.
 */
import { dragged, percentileLimits } from "./contrast.js";
import { flood } from "./flood.js";
import { closedArea } from "./gaps.js";
import { paintSegment } from "./stroke.js";
import { TOOLS, fitting, optionValues } from "./tools/index.js";
import { lookOf } from "./view/look.js";

/** @typedef {import("./types.js").OpenTile} OpenTile */
/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Rect} Rect */
/** @typedef {"fill" | "outline" | "difference"} Overlay */
/**
 * tile: another tile; mask: pixels changed; gesture: an edit is complete (`made`) or was undone; look: how the
 * mask is shown; contrast: the greys; view: where it is shown; choice: tool, class, size or an option; sketch: what a
 * tool shows changed by itself; selection: other slicks are selected; message: a sentence for the analyst.
 * @typedef {"tile" | "mask" | "gesture" | "look" | "contrast" | "view" | "choice" | "sketch" | "selection" | "message"} Topic
 * @typedef {(topic: Topic, detail: {rect?: Rect | null, text?: string, made?: boolean}) => void} Listener
 */

export const LARGEST_BRUSH = 200;
const OVERLAYS = /** @type {Overlay[]} */ (["fill", "outline", "difference"]);

export class Editor {
  constructor() {
    /** @type {OpenTile | null} */
    this.tile = null;
    this.tool = "brush";
    this.classId = 1;
    this.size = 8;
    /** Values by tool and option. */
    this.options = optionValues();
    /** Whether a finger was ever seen, and whether it paints; else it moves the view. */
    this.touched = false;
    this.fingerPaints = false;
    /** @type {Overlay} */
    this.overlay = "fill";
    this.opacity = 0.5;
    /** @type {"annotation" | "prediction" | "probability" | "uncertainty"} */
    this.layer = "annotation";
    this.look = lookOf();
    this.hidden = false;
    this.levelling = false;
    /** While a key is held: the greys without filter or scale. */
    this.rawHeld = false;
    /** Gamma and invert go from tile to tile; the window is each tile's own. */
    this.habit = { gamma: 1, invert: false };
    /** @type {Set<number>} */
    this.off = new Set();
    /** The other side of a conflict, shown instead of the layer. @type {Uint8Array | null} */
    this.other = null;
    /** Selected slicks, each by the index of one of its pixels. @type {Set<number>} */
    this.selection = new Set();
    /** @type {Set<Listener>} */
    this.listeners = new Set();
  }

  /** @param {Listener} listener @returns {() => void} stops listening */
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param {Topic} topic @param {{rect?: Rect | null, text?: string, made?: boolean}} [detail] */
  tell(topic, detail = {}) {
    for (const listener of this.listeners) listener(topic, detail);
  }

  /** @param {OpenTile | null} tile */
  open(tile) {
    this.tile = tile;
    this.other = null;
    this.layer = "annotation";
    this.look = { ...this.look, compare: null, against: "prediction" };
    if (tile) tile.contrast = { ...tile.contrast, ...this.habit };
    this.tell("tile");
  }

  /**
   * Change choices (not pixels) and tell those who show them.
   * @param {Partial<Pick<Editor, "tool" | "classId" | "size" | "touched" | "fingerPaints" | "overlay" | "opacity" | "layer" | "look" | "hidden" | "levelling" | "rawHeld" | "off" | "other">>} choices
   */
  choose(choices) {
    Object.assign(this, choices);
    this.size = Math.min(Math.max(Math.round(this.size), 1), LARGEST_BRUSH);
    const look = ["overlay", "opacity", "layer", "look", "hidden", "off", "other"];
    const names = Object.keys(choices);
    this.tell(names.some((name) => look.includes(name)) ? "look" : names.includes("rawHeld") ? "contrast" : "choice");
  }

  /**
   * Set an option of a tool; values beyond its range are brought into it.
   * @param {string} tool @param {string} name @param {import("./types.js").OptionValue} value
   */
  setOption(tool, name, value) {
    const option = TOOLS[tool].options.find((one) => one.name === name);
    if (!option) throw new Error(`The tool ${tool} has no option ${name}.`);
    this.options[tool] = { ...this.options[tool], [name]: fitting(option, value) };
    this.tell("choice");
  }

  /** Fill, outline, difference, fill again; difference only where there is a prediction. */
  cycleOverlay() {
    const next = OVERLAYS[(OVERLAYS.indexOf(this.overlay) + 1) % OVERLAYS.length];
    this.choose({ overlay: next === "difference" && !this.tile?.prediction ? "fill" : next });
  }

  /** The mask that is on the screen. @returns {Uint8Array | null} */
  get shown() {
    if (!this.tile) return null;
    if (this.other) return this.other;
    return this.layer === "prediction" && this.tile.prediction ? this.tile.prediction : this.tile.annotation;
  }

  // -- gestures -----------------------------------------------------------------------------------------

  /** Begin a gesture; what is painted is always seen. @returns {boolean} whether there is anything to edit */
  begin() {
    if (!this.tile || this.tile.history.open) return false;
    this.showAnnotation();
    this.tile.history.begin();
    return true;
  }

  /** What is edited is what is seen. */
  showAnnotation() {
    const { compare } = this.look;
    if (this.layer === "annotation" && !this.other && !compare) return;
    this.choose({ layer: "annotation", other: null, look: { ...this.look, compare: null } });
  }

  /**
   * Paint with the round brush.
   * @param {Point} from @param {Point} to @param {number} value
   * @param {import("./stroke.js").Allowed | null} [allowed] which pixels may change
   */
  paint(from, to, value, allowed = null) {
    const { size } = this;
    this.edit((mask, width, height, touch) =>
      paintSegment(mask, width, height, from, to, size, value, touch, allowed),
    );
  }

  /**
   * One gesture that gives pixels a class.
   * @param {import("./types.js").Cells | null} cells @param {number} value
   * @param {boolean} [painted] only pixels that have a class already
   */
  stamp(cells, value, painted = false) {
    if (!cells || !this.begin()) return;
    this.put(cells, value, painted);
    this.commit();
  }

  /** The same within a gesture. @param {import("./types.js").Cells} cells @param {number} value @param {boolean} [painted] */
  put({ rect, bits }, value, painted = false) {
    this.edit((mask, width, _height, touch) => {
      touch(rect.x, rect.y, rect.x + rect.width - 1, rect.y + rect.height - 1);
      for (let row = 0; row < rect.height; row += 1) {
        const part = bits.subarray(row * rect.width, (row + 1) * rect.width);
        const at = (rect.y + row) * width + rect.x;
        for (let from = part.indexOf(1); from >= 0; ) {
          const end = part.indexOf(0, from);
          const to = end < 0 ? rect.width : end;
          if (!painted) mask.fill(value, at + from, at + to);
          else for (let i = at + from; i < at + to; i += 1) if (mask[i]) mask[i] = value;
          from = end < 0 ? -1 : part.indexOf(1, to);
        }
      }
      return rect;
    });
  }

  /**
   * Give the area around a point a class: a slick as it is, background up to what is painted around it.
   * @param {Point} at @param {number} value @param {number} gapPx gaps in the outline that count as closed
   * @returns {boolean} false where background is open to the tile's edge; nothing has changed then
   */
  fill(at, value, gapPx) {
    const index = this.indexAt(at);
    if (!this.tile || index < 0) return true;
    const { annotation: mask, info } = this.tile;
    const was = mask[index];
    if (was === value) return true;
    const { width, height } = info;
    const cells = was ? flood(mask, was, width, height, index) : closedArea(mask, width, height, index, gapPx);
    this.stamp(cells, value);
    return cells !== null;
  }

  /** @param {Point} at @returns {number} index of the pixel; -1 outside of the tile */
  indexAt({ x, y }) {
    const { width, height } = this.tile?.info ?? { width: 0, height: 0 };
    const inside = x >= 0 && y >= 0 && x < width && y < height;
    return inside ? Math.floor(y) * width + Math.floor(x) : -1;
  }

  /** @param {(mask: Uint8Array, width: number, height: number, touch: (x0: number, y0: number, x1: number, y1: number) => void) => Rect | null} change */
  edit(change) {
    if (!this.tile) return;
    const { annotation, info, history } = this.tile;
    const rect = change(annotation, info.width, info.height, (...box) => history.touch(...box));
    if (rect) this.tell("mask", { rect });
  }

  commit() {
    if (this.tile?.history.commit()) this.tell("gesture", { made: true });
  }

  cancel() {
    const rect = this.tile?.history.cancel();
    if (rect) this.tell("mask", { rect });
  }

  undo() {
    this.step(this.tile?.history.undo() ?? null);
  }

  redo() {
    this.step(this.tile?.history.redo() ?? null);
  }

  /** @param {Rect | null} rect */
  step(rect) {
    if (!rect) return;
    this.showAnnotation();
    this.tell("mask", { rect });
    this.tell("gesture");
  }

  /** The whole annotation of the tile on the table changed behind the editor. */
  changed() {
    if (this.tile) this.tell("mask", { rect: null });
  }

  // -- contrast -----------------------------------------------------------------------------------------

  /** @param {Partial<import("./types.js").Contrast>} change */
  setContrast(change) {
    if (!this.tile) return;
    this.tile.contrast = { ...this.tile.contrast, ...change };
    this.habit = { gamma: this.tile.contrast.gamma, invert: this.tile.contrast.invert };
    this.tell("contrast");
  }

  /** @param {number} dx @param {number} dy screen px */
  dragContrast(dx, dy) {
    if (this.tile) this.setContrast(dragged(this.tile.contrast, dx, dy));
  }

  /** @param {"tile" | "scene"} basis whose percentiles set the window */
  resetContrast(basis) {
    if (!this.tile) return;
    const { pixels, info } = this.tile;
    const limits = basis === "scene" && info.limits ? info.limits : percentileLimits(pixels, info.nodata);
    this.setContrast({ low: limits[0], high: limits[1], gamma: 1 });
  }
}
