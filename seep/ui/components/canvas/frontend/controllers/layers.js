/** What the eye is given: the image as scale and filter make it, overlays over it, neighbors; loaded when asked for. */
import { compositeOf, showsColor } from "../view/bands.js";
import { LatestTask } from "../view/latest_task.js";
import { heatTable } from "../view/heat.js";
import { curveOf } from "../view/scales.js";
import { bandOf } from "../encoding.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */
/** @typedef {import("../types.js").Pixels} Pixels */
/** @typedef {import("../overlay.js").MaskOverlay} MaskOverlay */
/** @typedef {import("../render/picture.js").Shown} Shown */

const HEAT = { probability: heatTable("probability"), uncertainty: heatTable("uncertainty") };
const KEPT = 24; // neighbors in memory

export class Layers {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** Masks by tile and source; null: loading or not available. @type {WeakMap<OpenTile, Map<string, Uint8Array | null>>} */
    this.masks = new WeakMap();
    /** Whether a mask of the current overlays is still being loaded. */
    this.loading = false;
    /** Predictions of each checkpoint. @type {WeakMap<OpenTile, import("../types.js").Predicted[]>} */
    this.predicted = new WeakMap();
    /** @type {LatestTask<Float32Array>} */
    this.speckle = new LatestTask("speckle.worker.js");
    /** @type {{pixels: Pixels, filter: string, values: Float32Array | null} | null} */
    this.filtered = null;
    /** The last displayed image, and the values it depends on. @type {{made: unknown[], shown: Shown} | null} */
    this.cached = null;
    /** @type {WeakMap<OpenTile, import("../types.js").Neighbor[]>} */
    this.neighbors = new WeakMap();
    /** Pixels of neighbors, youngest last. @type {Map<string, {pixels: Pixels, nodata: number | null} | null>} */
    this.images = new Map();
  }

  destroy() {
    this.speckle.stop();
  }

  // -- the image ----------------------------------------------------------------------------------------

  /** @returns {Shown | null} the same object while nothing changed */
  displayImage() {
    const { editor } = this.review;
    const { tile, rawHeld, shownPass } = editor;
    if (!tile) return null;
    if (shownPass) return this.passImage(tile, shownPass);
    const { scale, composite } = rawHeld
      ? { scale: /** @type {const} */ ("raw"), composite: false }
      : editor.display;
    const pixels = rawHeld ? tile.pixels : this.pixelsOf(tile);
    const made = [tile, tile.contrast, pixels, scale, composite];
    if (this.cached && made.every((one, i) => one === this.cached?.made[i])) return this.cached.shown;
    const { width, height, nodata, unit = "dn" } = tile.info;
    const colors = showsColor(composite, tile.info) ? compositeOf(tile) : null;
    const curve = colors ? null : curveOf(scale, unit, tile.contrast.high);
    const shown = { pixels, width, height, nodata, contrast: tile.contrast, curve, composite: colors };
    this.cached = { made, shown };
    return shown;
  }

  /**
   * Another pass in the contrast of the tile: the same part of the display range of its own scene.
   * @param {OpenTile} tile @param {import("../types.js").ShownPass} shownPass @returns {Shown}
   */
  passImage(tile, { pixels }) {
    const { width, height, limits } = tile.info;
    const made = [pixels, tile.contrast];
    if (this.cached && made.every((one, i) => one === this.cached?.made[i])) return this.cached.shown;
    const [from, to] = limits ?? [tile.contrast.low, tile.contrast.high];
    const gray = (/** @type {number} */ value) => 1 + (254 * (value - from)) / Math.max(to - from, 1e-12);
    const contrast = { ...tile.contrast, low: gray(tile.contrast.low), high: gray(tile.contrast.high) };
    const shown = { pixels, width, height, nodata: 0, contrast, curve: null, composite: null };
    this.cached = { made, shown };
    return shown;
  }

  /** @param {OpenTile} tile @returns {Pixels} filtered; the unfiltered pixels until the filter is done */
  pixelsOf(tile) {
    const { editor, parts } = this.review;
    const { filter } = editor.display;
    const { pixels, info } = tile;
    if (filter === "none") return pixels;
    const have = this.filtered;
    if (have?.pixels === pixels && have.filter === filter) return have.values ?? pixels;
    const wanted = { pixels, filter, values: /** @type {Float32Array | null} */ (null) };
    this.filtered = wanted;
    parts.node.dataset.filter = "working";
    const { width, height, nodata, unit } = info;
    const copy = pixels.slice();
    this.speckle.ask(
      { pixels: copy, width, height, nodata, db: unit === "db", filter },
      [copy.buffer],
      (values) => {
        wanted.values = values;
        parts.node.dataset.filter = filter;
        if (this.filtered === wanted) editor.emit("contrast");
      },
    );
    return pixels;
  }

  // -- overlays --------------------------------------------------------------------------------------------

  /** @returns {[MaskOverlay | null, MaskOverlay | null]} the second while two are compared */
  overlays() {
    const { editor, parts } = this.review;
    const { tile, shownMask, layer, display } = editor;
    this.loading = false;
    if (!tile || !shownMask || editor.shownPass) return [null, null];
    const table = parts.renderer.palette();
    const classes = (/** @type {Uint8Array | null} */ values) =>
      values && /** @type {MaskOverlay} */ ({ kind: "classes", values, before: null, table });
    if (display.compare) {
      const [left, right] = display.compare;
      return [classes(this.maskOf(tile, left)), classes(this.maskOf(tile, right))];
    }
    if (layer === "probability" || layer === "uncertainty") {
      if (tile.probability === undefined) void this.loadProbability(tile);
      const values = tile.probability;
      return [values ? { kind: "heat", values, before: null, table: HEAT[layer] } : null, null];
    }
    if (editor.overlay === "difference") {
      const before = this.maskOf(tile, display.against);
      if (before) return [{ kind: "difference", values: shownMask, before, table: null }, null];
    }
    return [classes(shownMask), null];
  }

  /** @param {OpenTile} tile */
  async loadProbability(tile) {
    await this.review.shared.library.probability(tile);
    if (this.review.editor.tile === tile) this.review.editor.emit("display");
  }

  /**
   * @param {OpenTile} tile
   * @param {string} source "annotation", "prediction" (of the active checkpoint), "prediction:12" or "revision:7"
   * @returns {Uint8Array | null} null until it is loaded
   */
  maskOf(tile, source) {
    if (source === "annotation") return tile.annotation;
    if (source === "prediction" || source === `prediction:${tile.info.prediction?.id}`)
      return tile.prediction;
    const masks = this.masks.get(tile) ?? new Map();
    this.masks.set(tile, masks);
    if (!masks.has(source)) {
      masks.set(source, null);
      void this.loadMask(tile, source, masks);
    }
    const mask = masks.get(source) ?? null;
    this.loading ||= mask === null;
    return mask;
  }

  /** @param {OpenTile} tile @param {string} source @param {Map<string, Uint8Array | null>} masks */
  async loadMask(tile, source, masks) {
    const { editor, shared } = this.review;
    const [kind, id] = source.split(":");
    try {
      masks.set(
        source,
        await shared.library.api.mask(`${kind}s/${id}/mask`, tile.author, tile.annotation.length),
      );
    } catch {
      masks.delete(source);
      editor.emit("message", {
        kind: "version-failed",
        text: "The version could not be loaded. Choose it again to retry.",
      });
      editor.display = { ...editor.display, compare: null, against: "prediction" };
    }
    if (editor.tile === tile) editor.emit("display");
  }

  /** Load the list of predictions of the open tile, once. */
  async listPredictions() {
    const { editor, shared } = this.review;
    const { tile } = editor;
    if (!tile || this.predicted.has(tile)) return;
    this.predicted.set(tile, []);
    this.predicted.set(tile, await shared.library.api.predictions(tile.id, tile.author).catch(() => []));
    if (editor.tile === tile) editor.emit("choice");
  }

  // -- neighbors ---------------------------------------------------------------------------------------

  /** @returns {{dx: number, dy: number, shown: Shown}[]} those that are loaded */
  neighborImages() {
    const { editor } = this.review;
    const { tile, display } = editor;
    if (!tile || !display.neighbors || editor.shownPass || showsColor(display.composite, tile.info))
      return [];
    const { contrast } = tile;
    const { curve = null } = this.review.parts.renderer.picture?.shown ?? {};
    return (this.neighbors.get(tile) ?? []).flatMap(({ id, version, dx, dy, width, height }) => {
      const image = this.images.get(`${id}\n${version}\n${tile.band}`);
      if (!image) return [];
      return [{ dx, dy, shown: { ...image, width, height, contrast, curve, composite: null } }];
    });
  }

  /** Load the visible neighbors of the open tile, if neighbors are shown. */
  async loadNeighbors() {
    const { editor, parts, shared } = this.review;
    const { tile } = editor;
    if (!tile?.view || !editor.display.neighbors) return;
    if (!this.neighbors.has(tile)) {
      this.neighbors.set(tile, []);
      this.neighbors.set(tile, await shared.library.api.neighbors(tile.id, tile.author).catch(() => []));
    }
    for (const one of this.neighbors.get(tile) ?? []) {
      if (editor.tile !== tile) return;
      const { scale, x, y } = tile.view;
      const { width, height } = parts.renderer.screen;
      const inSight =
        x + (one.dx + one.width) * scale > 0 &&
        y + (one.dy + one.height) * scale > 0 &&
        x + one.dx * scale < width &&
        y + one.dy * scale < height;
      const key = `${one.id}\n${one.version}\n${tile.band}`;
      if (!inSight || this.images.has(key)) continue;
      this.images.set(key, null);
      await this.fetchImage(tile, one, key);
      parts.node.dataset.around = String(this.neighborImages().length);
      this.review.viewport.redraw();
    }
    parts.node.dataset.around = String(this.neighborImages().length);
  }

  /** @param {OpenTile} tile @param {import("../types.js").Neighbor} one @param {string} key */
  async fetchImage(tile, one, key) {
    const { library } = this.review.shared;
    const { pixels } = await library.api.image(one.id, tile.author).catch(() => ({ pixels: null }));
    const count = one.width * one.height;
    if (!pixels || pixels.length % count) return; // not shown: neighbors are only context
    const bands = pixels.length / count;
    this.images.set(key, {
      pixels: bandOf(pixels, bands, Math.min(tile.band, bands - 1)),
      nodata: tile.info.nodata,
    });
    for (const old of [...this.images.keys()].slice(0, Math.max(this.images.size - KEPT, 0)))
      this.images.delete(old);
  }
}
