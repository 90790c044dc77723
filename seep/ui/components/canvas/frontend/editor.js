/**
 * The editor: the open tile, the analyst's choices, and edits as transactions.
 *
 * It knows neither Streamlit, the network nor a drawing context; others subscribe to its events.
 */
import { dragged, percentileLimits } from "./contrast.js";
import { WorkerClient } from "./worker/client.js";
import { paintSegment } from "./stroke.js";
import { TOOLS, fitting, optionValues } from "./tools/index.js";
import { displaySettings } from "./view/display.js";

/** @typedef {import("./types.js").OpenTile} OpenTile */
/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Rect} Rect */
/** @typedef {"fill" | "outline" | "difference"} OverlayStyle */
/**
 * leave: the tile closes; tile: another tile opened; mask: pixels changed; gesture: an edit was completed (`made`) or
 * undone; display: how the mask is shown; contrast: the grays; view: zoom and position; choice: tool, class, size or an
 * option; sketch: the preview of a tool changed; selection: other slicks are selected; work: a slow edit began or ended;
 * message: a hint for the analyst, with its kind.
 * @typedef {"leave" | "tile" | "mask" | "gesture" | "display" | "contrast" | "view" | "choice" | "sketch" | "selection" | "work" | "message"} Topic
 * @typedef {(topic: Topic, detail: {rect?: Rect | null, kind?: string, text?: string, made?: boolean}) => void} Listener
 */

export const LARGEST_BRUSH = 200;
const OVERLAYS = /** @type {OverlayStyle[]} */ (["fill", "outline", "difference"]);

export class Editor {
  constructor() {
    /** @type {OpenTile | null} */
    this.tile = null;
    this.tool = "brush";
    this.classId = 1;
    this.size = 8;
    /** Values by tool and option. */
    this.options = optionValues();
    /** Whether the device has touch, and whether a finger paints; otherwise it moves the view. */
    this.hasTouch = false;
    this.fingerPaints = false;
    /** In a narrow window: whether the options of the tool are unfolded, over the image. */
    this.optionsOpen = false;
    /** @type {OverlayStyle} */
    this.overlay = "fill";
    this.opacity = 0.5;
    /** @type {"annotation" | "prediction" | "probability" | "uncertainty"} */
    this.layer = "annotation";
    this.display = displaySettings();
    this.hidden = false;
    this.adjustingContrast = false;
    /** While a key is held: the grays without filter or scale. */
    this.rawHeld = false;
    /** Gamma and invert apply to all tiles; each tile has its own window. */
    this.contrastDefaults = { gamma: 1, invert: false };
    /** @type {Set<number>} */
    this.hiddenClasses = new Set();
    /** The other side of a conflict, shown instead of the layer. @type {Uint8Array | null} */
    this.conflictMask = null;
    /** Another pass, shown read-only instead of the tile. @type {import("./types.js").ShownPass | null} */
    this.shownPass = null;
    /** Selected slicks, each by the index of one of its pixels. @type {Set<number>} */
    this.selection = new Set();
    /** Computes slow edits. */
    this.worker = new WorkerClient();
    /** Number of the request of the edit in progress; 0 for none. No other edit begins meanwhile. */
    this.pendingEdit = 0;
    /** Why the analyst may not edit; "" if it is permitted. */
    this.denial = "";
    /** Starts that edit again. */
    this.restartEdit = () => {};
    /** Whether a gesture is in progress, including those of several clicks; set by `createUi`. */
    this.inGesture = () => false;
    /** @type {Set<Listener>} */
    this.listeners = new Set();
  }

  /** @param {Listener} listener @returns {() => void} stops listening */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param {Topic} topic @param {{rect?: Rect | null, kind?: string, text?: string, made?: boolean}} [detail] */
  emit(topic, detail = {}) {
    for (const listener of this.listeners) listener(topic, detail);
  }

  /** @param {OpenTile | null} tile */
  open(tile) {
    this.abandon();
    this.emit("leave");
    this.commit(); // keep an unfinished stroke
    this.tile = tile;
    this.conflictMask = null;
    this.shownPass = null;
    this.layer = "annotation";
    this.display = { ...this.display, compare: null, against: "prediction" };
    if (tile) tile.contrast = { ...tile.contrast, ...this.contrastDefaults };
    this.emit("tile");
  }

  /**
   * Change choices (not pixels) and notify the subscribers.
   * @param {Partial<Pick<Editor, "tool" | "classId" | "size" | "hasTouch" | "fingerPaints" | "optionsOpen" | "overlay" | "opacity" | "layer" | "display" | "hidden" | "adjustingContrast" | "rawHeld" | "hiddenClasses" | "conflictMask" | "shownPass">>} choices
   */
  choose(choices) {
    Object.assign(this, choices);
    this.size = Math.min(Math.max(Math.round(this.size), 1), LARGEST_BRUSH);
    const displayed = [
      "overlay",
      "opacity",
      "layer",
      "display",
      "hidden",
      "hiddenClasses",
      "conflictMask",
      "shownPass",
    ];
    const names = Object.keys(choices);
    this.emit(
      names.some((name) => displayed.includes(name))
        ? "display"
        : names.includes("rawHeld")
          ? "contrast"
          : "choice",
    );
  }

  /**
   * Set an option of a tool; values are clipped to its range.
   * @param {string} tool @param {string} name @param {import("./types.js").OptionValue} value
   */
  setOption(tool, name, value) {
    const option = TOOLS[tool].options.find((one) => one.name === name);
    if (!option) throw new Error(`The tool ${tool} has no option ${name}.`);
    this.options[tool] = { ...this.options[tool], [name]: fitting(option, value) };
    this.emit("choice");
  }

  /** Fill, outline, difference, fill again; difference only if there is a prediction. */
  cycleOverlay() {
    const next = OVERLAYS[(OVERLAYS.indexOf(this.overlay) + 1) % OVERLAYS.length];
    this.choose({ overlay: next === "difference" && !this.tile?.prediction ? "fill" : next });
  }

  /** The displayed mask. @returns {Uint8Array | null} */
  get shownMask() {
    if (!this.tile) return null;
    if (this.conflictMask) return this.conflictMask;
    return this.layer === "prediction" && this.tile.prediction ? this.tile.prediction : this.tile.annotation;
  }

  // -- gestures -----------------------------------------------------------------------------------------

  /** Begin a gesture and show the annotation. @returns {boolean} whether there is anything to edit */
  begin() {
    if (this.rejectWhilePending()) return false;
    if (!this.tile || this.tile.history.open) return false;
    if (this.denial) {
      this.emit("message", { kind: "denied", text: this.denial });
      return false;
    }
    if (this.shownPass) {
      this.emit("message", {
        kind: "pass-read-only",
        text: `Pass ${this.shownPass.pass.label} is read-only. Press Esc to return to the tile.`,
      });
      return false;
    }
    this.showAnnotation();
    this.tile.history.begin();
    return true;
  }

  /** Show the mask that is edited. */
  showAnnotation() {
    const { compare } = this.display;
    if (this.layer === "annotation" && !this.conflictMask && !compare) return;
    this.choose({ layer: "annotation", conflictMask: null, display: { ...this.display, compare: null } });
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
   * Set the class of pixels, as one gesture.
   * @param {import("./types.js").Cells | null} cells @param {number} value
   * @param {boolean} [painted] change only pixels that already have a class
   * @param {boolean} [background] change only pixels that have none
   */
  fillCells(cells, value, painted = false, background = false) {
    if (cells) this.runEdit({ what: "stamp", cells, value, painted, background });
  }

  /**
   * One gesture that may take longer than a frame; on a large tile a worker computes it.
   * @param {import("./worker/edits.js").Job} job
   * @param {(note: any) => void} [done] called with the note of the job after the mask has changed
   */
  runEdit(job, done = () => {}) {
    const { tile } = this;
    if (!tile || !this.begin()) return;
    this.worker.setImage(tile);
    const heard = (/** @type {import("./worker/edits.js").Made} */ { mask, edit, note }) => {
      this.pendingEdit = 0;
      const rect = tile.history.take(edit, mask);
      if (rect) this.emit("mask", { rect });
      if (rect) this.emit("gesture", { made: true });
      this.emit("work");
      done(note);
    };
    const failed = (/** @type {string} */ why) => {
      this.abandon();
      this.emit("message", { kind: "edit-failed", text: `The edit failed and nothing changed: ${why}` });
    };
    this.pendingEdit = this.worker.request({ type: "edit", mask: tile.annotation, job }, heard, failed);
    this.restartEdit = () => this.runEdit(job, done);
    if (this.pendingEdit) this.emit("work");
  }

  /** Cancel the edit in progress without changing the mask. @returns {boolean} whether there was one */
  abandon() {
    if (!this.pendingEdit) return false;
    this.worker.cancel(this.pendingEdit);
    this.pendingEdit = 0;
    this.tile?.history.cancel();
    this.emit("work");
    return true;
  }

  /** Show a hint if an edit is still being computed. @param {boolean} [pending] @returns {boolean} whether one is */
  rejectWhilePending(pending = this.pendingEdit > 0) {
    if (pending)
      this.emit("message", {
        kind: "edit-pending",
        text: "The last edit is still being computed. Wait, or press Esc to cancel it.",
      });
    return pending;
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
    if (rect) this.emit("mask", { rect });
  }

  commit() {
    if (this.tile?.history.commit()) this.emit("gesture", { made: true });
  }

  cancel() {
    const rect = this.tile?.history.cancel();
    if (rect) this.emit("mask", { rect });
  }

  undo() {
    if (!this.rejectWhilePending()) this.step(this.tile?.history.undo() ?? null);
  }

  redo() {
    if (!this.rejectWhilePending()) this.step(this.tile?.history.redo() ?? null);
  }

  /** @param {Rect | null} rect */
  step(rect) {
    if (!rect) return;
    if (this.shownPass) this.choose({ shownPass: null });
    this.showAnnotation();
    this.emit("mask", { rect });
    this.emit("gesture");
  }

  /** The annotation of the open tile was replaced outside the editor. */
  annotationReplaced() {
    const { restartEdit } = this;
    const abandoned = this.abandon();
    if (this.tile) this.emit("mask", { rect: null });
    if (abandoned) restartEdit();
  }

  // -- contrast -----------------------------------------------------------------------------------------

  /** @param {Partial<import("./types.js").Contrast>} change */
  setContrast(change) {
    if (!this.tile) return;
    this.tile.contrast = { ...this.tile.contrast, ...change };
    this.contrastDefaults = { gamma: this.tile.contrast.gamma, invert: this.tile.contrast.invert };
    this.emit("contrast");
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
