/** Wide dark areas of the open tile: a question that is answered for all of them at once. */
import { isOpen } from "../../../shared/states.js";
import { contours } from "../contours.js";
import { holds, isPresent, wideComponents } from "../wide_areas.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */
/** @typedef {import("../wide_areas.js").WideStatus} WideStatus */
/** @typedef {{info: import("../types.js").WideArea, component: import("../regions.js").Component, path: Path2D}} Area */
/** @typedef {{areas: Area[], kept: boolean, statuses: WideStatus[]}} TileAreas kept: whether the analyst kept them all */

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
    if (!tile?.prediction || !tile.info.prediction?.wide_areas?.length || !isOpen(tile.info.state)) return null;
    let found = this.byTile.get(tile);
    if (!found) {
      found = { areas: listAreas(tile, tile.prediction), kept: false, statuses: [] };
      this.byTile.set(tile, found);
    }
    return found.areas.length ? found : null;
  }

  /** Whether a slick is a part of a wide dark area. @param {import("../regions.js").Slick & {seed: number}} slick @returns {boolean} */
  includes({ seed }) {
    const { tile } = this.review.editor;
    return tile !== null && (this.current?.areas.some(({ component }) => holds(component, seed, tile.info.width)) ?? false);
  }

  /** The mask has changed, or another tile is open. */
  show() {
    const { editor, parts, data } = this.review;
    const { tile } = editor;
    const { current } = this;
    if (current && tile) current.statuses = current.areas.map(({ component }) => (isPresent(tile.annotation, component, tile.info.width) ? (current.kept ? "kept" : "open") : "removed"));
    parts.wide.show(current, tile?.info.pixel_m, data.denials.save ?? "");
  }

  /** Answer for all areas of the tile. @param {boolean} keep */
  answer(keep) {
    const { current } = this;
    const { editor, data, slicks } = this.review;
    if (!current || !editor.tile?.prediction) {
      return editor.emit("message", { kind: "no-wide-area", text: "This tile has no wide dark area to keep or to remove." });
    }
    const seeds = current.areas.map(({ info }) => info.seed);
    editor.runEdit({ what: "wide", prediction: editor.tile.prediction, seeds, keep }, () => {
      current.kept = keep;
      this.show();
      this.review.viewport.redraw();
      const ignored = data.ignored_radius_px && editor.tile?.info.split === "train" && current.areas.some(({ info }) => info.radius_px > data.ignored_radius_px);
      if (keep && ignored) slicks.tellIgnored("the areas that you kept: their");
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
  const listed = info.prediction?.wide_areas ?? [];
  const found = wideComponents(prediction, listed.map(({ seed }) => seed), info.width, info.height);
  return found.flatMap((component, i) => (component ? [{ info: listed[i], component, path: outline(component) }] : []));
}

/** @param {import("../regions.js").Component} component @returns {Path2D} its outline in pixels of the tile */
function outline({ x, y, width, height, runs }) {
  const bits = new Uint8Array(width * height);
  for (const { row, start, end } of runs) bits.fill(1, (row - y) * width + start - x, (row - y) * width + end - x);
  const path = new Path2D();
  for (const line of contours({ rect: { x, y, width, height }, bits })) {
    line.forEach((point, i) => (i ? path.lineTo(point.x, point.y) : path.moveTo(point.x, point.y)));
    path.closePath();
  }
  return path;
}
