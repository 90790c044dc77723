/**
 * Slick select: idle -> banding -> idle. A click takes the slick under it, Ctrl or Shift one more, a drag all that it
 * touches; keys and the panel act on what is selected, each as one step of undo.
 */
import { loops } from "../loops.js";
import { CLEANUPS, accepting, cellsOf, changed, cleaning, giving, holding, seedOf, selectable, touching } from "../selecting.js";
import { blank } from "./sketch.js";

/** @typedef {import("../types.js").Point} Point */
/** @typedef {import("../selecting.js").Found} Found */

const STILL_PX = 4; // on the screen; less is a click
/** What keys do here instead of what they do elsewhere. @type {Record<string, string>} */
const KEYS = { commit: "take", remove: "delete", larger: "grow", smaller: "shrink" };

class Select {
  /** @param {import("../editor.js").Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {{from: Point, to: Point, more: boolean} | null} */
    this.band = null;
    /** What can be selected in the mask as it is now. @type {Found | null} */
    this.all = null;
    /** @type {import("../types.js").Sketch["lines"] | null} */
    this.lines = null;
    editor.listen((topic) => {
      if (topic === "tile") editor.selection = new Set();
      if (topic === "tile" || topic === "mask") this.all = this.lines = null;
      if (topic === "selection") this.lines = null;
    });
  }

  /** @returns {Found} */
  selectable() {
    const { tile } = this.editor;
    this.all ??= tile ? selectable(tile) : { drawn: [], proposed: [] };
    return this.all;
  }

  /** @returns {Found} what is selected */
  selected() {
    const { selection, tile } = this.editor;
    if (!selection.size || !tile) return { drawn: [], proposed: [] };
    const { drawn, proposed } = this.selectable();
    const { width } = tile.info;
    return { drawn: holding(drawn, selection, width), proposed: holding(proposed, selection, width) };
  }

  /** @param {Point} at @param {import("../types.js").Held} held */
  down(at, { shift, ctrl }) {
    if (!this.editor.tile) return;
    this.editor.showAnnotation();
    this.band = { from: at, to: at, more: shift || ctrl };
  }

  /** @param {Point[]} points */
  move(points) {
    if (this.band) this.band.to = points[points.length - 1];
  }

  up() {
    const { band, editor } = this;
    const { tile } = editor;
    this.band = null;
    if (!band || !tile) return;
    const rect = rectOf(band);
    const still = Math.max(rect.width, rect.height) * (tile.view?.scale ?? 1) < STILL_PX;
    const { drawn, proposed } = this.selectable();
    const place = still ? { x: Math.floor(band.from.x), y: Math.floor(band.from.y), width: 1, height: 1 } : rect;
    const hit = [...touching(drawn, place), ...touching(proposed, place)];
    const { width } = tile.info;
    const seeds = new Set(band.more ? editor.selection : []);
    const before = new Set(holding(hit, seeds, width));
    for (const one of hit) {
      if (!before.has(one)) seeds.add(seedOf(one, width));
      else if (still) seeds.forEach((seed) => holding([one], new Set([seed]), width).length && seeds.delete(seed));
    }
    this.select(seeds);
  }

  /** @param {Set<number>} seeds */
  select(seeds) {
    this.editor.selection = seeds;
    this.editor.tell("selection");
  }

  cancel() {
    this.band = null;
    if (this.editor.selection.size) this.select(new Set());
  }

  /** @param {string} action @returns {boolean} */
  key(action) {
    const name = KEYS[action] ?? action;
    const found = this.selected();
    const any = found.drawn.length + found.proposed.length > 0;
    if (name !== action && CLEANUPS.includes(/** @type {any} */ (name)) && !any) return false; // then it is the brush's
    if (CLEANUPS.includes(/** @type {any} */ (name))) return this.clean(/** @type {any} */ (name), found);
    if (name === "take" || name === "delete" || name.startsWith("class:")) {
      if (!any) return name.startsWith("class:") ? false : this.sayNothing();
      this.act(name, found);
      return true;
    }
    return false;
  }

  sayNothing() {
    this.editor.tell("message", { text: "Nothing is selected: click a slick, or drag around some." });
    return true;
  }

  /** @param {string} name @param {Found} found */
  act(name, found) {
    const { tile } = this.editor;
    if (!tile) return;
    const { width } = tile.info;
    const all = [...found.drawn, ...found.proposed];
    if (name === "take") {
      if (!tile.prediction) return void this.editor.tell("message", { text: "This tile has no prediction to accept." });
      this.change(all, accepting(tile, found));
    } else {
      const value = name === "delete" ? 0 : Number(name.slice(6));
      this.change(all, giving(value ? all : found.drawn, value, width));
    }
  }

  /** @param {import("../selecting.js").CleanUp} what @param {Found} found @returns {boolean} */
  clean(what, found) {
    const { tile, options } = this.editor;
    if (!tile) return false;
    if (found.proposed.length && !found.drawn.length) {
      this.editor.tell("message", { text: "Accept the prediction's slick first (Enter), then change its shape." });
      return true;
    }
    const slicks = found.drawn.length ? found.drawn : this.selectable().drawn;
    if (slicks.length) this.change(found.drawn, cleaning(tile, slicks, what, /** @type {any} */ (options.select)));
    return true;
  }

  /**
   * One gesture; what becomes of the slicks stays selected.
   * @param {import("../regions.js").Component[]} slicks that were selected @param {import("../selecting.js").Change} change
   */
  change(slicks, change) {
    const { editor } = this;
    const { tile } = editor;
    if (!tile || !editor.begin()) return;
    const { width } = tile.info;
    editor.edit((mask, _width, _height, touch) => {
      const next = mask.slice();
      change(next);
      const rect = changed(mask, next, width);
      if (!rect) return null;
      touch(rect.x, rect.y, rect.x + rect.width - 1, rect.y + rect.height - 1);
      mask.set(next);
      return rect;
    });
    editor.commit();
    if (!slicks.length) return;
    const { rect, bits } = cellsOf(slicks, tile, 2);
    const inside = (/** @type {number} */ x, /** @type {number} */ y) => bits[(y - rect.y) * rect.width + x - rect.x] === 1;
    const still = this.selectable().drawn.filter(({ runs }) =>
      runs.some(({ row, start, end }) => {
        if (row < rect.y || row >= rect.y + rect.height) return false;
        for (let x = Math.max(start, rect.x); x < Math.min(end, rect.x + rect.width); x += 1) if (inside(x, row)) return true;
        return false;
      }),
    );
    this.select(new Set(still.map((one) => seedOf(one, width))));
  }

  /** @returns {import("../types.js").Sketch} */
  sketch() {
    const { tile } = this.editor;
    if (!tile) return blank();
    this.lines ??= this.outlines(tile);
    const band = this.band ? [{ points: cornersOf(rectOf(this.band)), closed: true, dashed: true }] : [];
    return { lines: [...this.lines, ...band], nodes: [], cells: null };
  }

  /** @param {import("../types.js").OpenTile} tile */
  outlines(tile) {
    const { drawn, proposed } = this.selected();
    return [...drawn, ...proposed].flatMap((one, i) =>
      loops(cellsOf([one], tile)).map((points) => ({ points, closed: true, dashed: i >= drawn.length })),
    );
  }
}

/** @param {{from: Point, to: Point}} band @returns {import("../types.js").Rect} not of whole pixels */
function rectOf({ from, to }) {
  const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
  return { x, y, width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) };
}

/** @param {import("../types.js").Rect} rect @returns {Point[]} */
function cornersOf({ x, y, width, height }) {
  return [{ x, y }, { x: x + width, y }, { x: x + width, y: y + height }, { x, y: y + height }];
}

/** @param {import("../editor.js").Editor} editor @returns {import("../types.js").Tool} */
export function select(editor) {
  const tool = new Select(editor);
  return {
    down: (at, _value, held) => tool.down(at, held),
    move: (points) => tool.move(points),
    up: () => tool.up(),
    cancel: () => tool.cancel(),
    key: (action) => tool.key(action),
    sketch: () => tool.sketch(),
  };
}
