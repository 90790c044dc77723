/** Wide dark areas of the open tile: a question that is answered for one or for all of them. */
import { isOpen } from "../../../shared/states.js";
import { contours } from "../contours.js";
import { UNSURE, UNSURE_CLASS } from "../types.js";
import { componentOf, holds, keyOf, slicksAt, statusOf } from "../wide_areas.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */
/** @typedef {import("../wide_areas.js").WideStatus} WideStatus */
/** @typedef {import("../regions.js").Component} Component */
/** slicks: wide predicted ones in the area. @typedef {{info: import("../types.js").WideArea, component: Component, slicks: Component[], path: Path2D}} Area */
/** @typedef {{areas: Area[], statuses: WideStatus[]}} TileAreas */

const NO_KEPT_CLASS = "Select a seep class or Unsure to keep wide dark areas.";

export class WideAreaController {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** @type {WeakMap<OpenTile, TileAreas>} */
    this.byTile = new WeakMap();
  }

  /** Those of the open tile; null if it has none or was decided. @returns {TileAreas | null} */
  get current() {
    const { tile } = this.review.editor;
    if (!tile?.prediction || !tile.info.prediction?.wide_areas?.length || !isOpen(tile.info.state))
      return null;
    let found = this.byTile.get(tile);
    if (!found) {
      found = { areas: listAreas(tile, tile.prediction), statuses: [] };
      this.byTile.set(tile, found);
    }
    return found;
  }

  /** The class that Keep gives to pixels without a predicted class: the selected one. @returns {import("../types.js").SeepClass | undefined} undefined: background */
  get keptClass() {
    const { data, editor } = this.review;
    return [...data.classes, UNSURE_CLASS].find((one) => one.id && one.id === editor.classId);
  }

  /** Whether a slick is a part of a wide predicted one. @param {import("../regions.js").Slick & {seed: number}} slick @returns {boolean} */
  includes({ seed }) {
    const { tile } = this.review.editor;
    return (
      tile !== null &&
      (this.current?.areas.some(({ slicks }) => slicks.some((one) => holds(one, seed, tile.info.width))) ??
        false)
    );
  }

  /** The mask has changed, or another tile is open. */
  show() {
    const { tile } = this.review.editor;
    const { current } = this;
    if (current && tile?.prediction) {
      const { answers } = tile.history;
      const {
        annotation,
        prediction,
        info: { width },
      } = tile;
      current.statuses = current.areas.map(({ info }) =>
        statusOf(annotation, prediction, { ...info, was: answers[keyOf(info.runs, width)] }, width),
      );
    }
    this.render();
  }

  /** The selected class may have changed. */
  render() {
    const { editor, parts, data } = this.review;
    const { current } = this;
    if (current && !current.statuses.length) return this.show();
    parts.wide.show(current, editor.tile?.info.pixel_m, data.denials.save ?? "", this.keptClass);
  }

  /** Answer for the areas of the tile, as one undo step. @param {boolean} keep @param {Area} [only] for this one */
  answer(keep, only) {
    const { current, keptClass } = this;
    const { editor, data, slicks } = this.review;
    const { tile } = editor;
    if (!current || !tile?.prediction) {
      return editor.emit("message", {
        kind: "no-wide-area",
        text: "This tile has no wide dark area to keep or to remove.",
      });
    }
    if (keep && !keptClass) return editor.emit("message", { kind: "no-kept-class", text: NO_KEPT_CLASS });
    const classId = keptClass?.id ?? 0;
    const chosen = only ? [only] : current.areas;
    const { answers } = tile.history;
    const areas = chosen.map(({ info: { runs, seeds } }) => ({
      runs,
      seeds,
      was: answers[keyOf(runs, tile.info.width)],
    }));
    editor.runEdit({ what: "wide", prediction: tile.prediction, areas, keep, classId }, () => {
      this.show();
      this.review.viewport.redraw();
      const isSlick = (/** @type {Area} */ { info }) => classId !== UNSURE || info.seeds.length > 0; // unsure pixels are no slick
      const isWide = (/** @type {Area} */ { info }) => info.radius_px > data.ignored_radius_px;
      const ignored =
        data.ignored_radius_px &&
        tile.info.split === "train" &&
        chosen.some((one) => isSlick(one) && isWide(one));
      if (!keep || !ignored) return;
      slicks.ignored.delete(tile); // the next count is not reported a second time
      slicks.tellIgnored("the areas that you kept: their");
    });
  }

  /** What is drawn over the tile. @returns {{path: Path2D, status: WideStatus}[]} */
  marks() {
    const { current } = this;
    if (!current || this.review.editor.hidden) return [];
    return current.areas.map(({ path }, i) => ({ path, status: current.statuses[i] ?? "open" }));
  }
}

/** @param {OpenTile} tile @param {Uint8Array} prediction @returns {Area[]} */
function listAreas({ info }, prediction) {
  return (info.prediction?.wide_areas ?? []).map((one) => {
    const component = componentOf(one.runs);
    return {
      info: one,
      component,
      slicks: slicksAt(prediction, one.seeds, info.width, info.height),
      path: outline(component),
    };
  });
}

/** @param {Component} component @returns {Path2D} its outline in pixels of the tile */
function outline({ x, y, width, height, runs }) {
  const bits = new Uint8Array(width * height);
  for (const { row, start, end } of runs)
    bits.fill(1, (row - y) * width + start - x, (row - y) * width + end - x);
  const path = new Path2D();
  for (const line of contours({ rect: { x, y, width, height }, bits })) {
    line.forEach((point, i) => (i ? path.lineTo(point.x, point.y) : path.moveTo(point.x, point.y)));
    path.closePath();
  }
  return path;
}
