/** The other passes of the ground of the open tile: loaded after the tile is painted, shown read-only. */

import { THUMBNAIL_PX } from "../api.js";
import { nearestSite } from "../class_suggestions.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */
/** @typedef {import("../types.js").TilePass} TilePass */
/** @typedef {{number: number, distancePx: number}} NearestSite of the highlighted slick */
/** @typedef {{passes: TilePass[], place: string, sites: import("../types.js").TileSite[] | null, thumbnails: Map<number, Uint8Array>}} Known */

const PAUSE_MS = 250; // after the tile is painted: fast decisions load nothing
const SITES_MS = 1000; // sites are detected again after each save
const KEPT = 12; // full pictures in memory

export class PassController {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** @type {WeakMap<OpenTile, Known>} */
    this.known = new WeakMap();
    /** Full pictures by tile and pass, youngest last. @type {Map<string, Promise<Uint8Array>>} */
    this.pictures = new Map();
    /** The other pass that was shown last. @type {number | null} */
    this.last = null;
    /** The pass that is wanted; its picture may still be loading. @type {number | null} */
    this.wanted = null;
    this.timer = 0;
    /** The newest answer of `nearest`, by what it is for. @type {{of: unknown[], found: NearestSite | null}} */
    this.lastNearest = { of: [], found: null };
  }

  destroy() {
    window.clearTimeout(this.timer);
  }

  /** @returns {Known | null} what is known of the open tile; null until it is loaded */
  get current() {
    const { tile } = this.review.editor;
    return (tile && this.known.get(tile)) ?? null;
  }

  /** @returns {TilePass[]} all passes over the tile by date, its own among them */
  get passes() {
    return this.current?.passes ?? [];
  }

  /** Another tile was opened. */
  tileChanged() {
    window.clearTimeout(this.timer);
    this.wanted = null;
    this.show();
  }

  /** The tile is painted: load its passes after a pause. */
  schedule() {
    const { data, editor } = this.review;
    window.clearTimeout(this.timer);
    if (!data.has_places || !editor.display.passes || !editor.tile) return;
    const { tile } = editor;
    this.timer = window.setTimeout(() => void this.load(tile), this.known.has(tile) ? 0 : PAUSE_MS);
  }

  /** @param {OpenTile} tile @returns {boolean} */
  isOpen(tile) {
    return this.review.editor.tile === tile;
  }

  /** @param {OpenTile} tile */
  async load(tile) {
    const { api } = this.review.shared.library;
    if (!this.known.has(tile)) {
      const found = await api.tilePasses(tile.id, tile.author).catch(() => null);
      if (!found) return;
      this.known.set(tile, { ...found, sites: null, thumbnails: new Map() });
    }
    const known = /** @type {Known} */ (this.known.get(tile));
    if (!this.isOpen(tile)) return;
    this.show();
    this.prefetch(tile);
    const own = known.passes.findIndex((one) => one.current);
    const far = (/** @type {TilePass} */ one) => Math.abs(known.passes.indexOf(one) - own);
    for (const { scene_id: id } of [...known.passes].sort((one, other) => far(one) - far(other))) {
      if (known.thumbnails.has(id)) continue;
      const pixels = await api.passPicture(tile, id, THUMBNAIL_PX).catch(() => null);
      if (pixels) known.thumbnails.set(id, pixels);
      if (!this.isOpen(tile)) return;
      this.show();
    }
    if (known.sites || !known.passes.length) return;
    this.timer = window.setTimeout(() => void this.loadSites(tile, known), SITES_MS);
  }

  /** @param {OpenTile} tile @param {Known} known */
  async loadSites(tile, known) {
    const found = await this.review.shared.library.api.tileSites(tile.id, tile.author).catch(() => null);
    if (!found) return;
    known.sites = found.sites;
    if (this.isOpen(tile)) this.show();
  }

  /** Load the passes before and after the shown one. @param {OpenTile} tile */
  prefetch(tile) {
    const at = this.index();
    for (const one of [this.passes[at + 1], this.passes[at - 1]])
      if (one && !one.current) void this.picture(tile, one.scene_id).catch(() => {});
  }

  /** @returns {number} index of the wanted pass; that of the tile itself where none is */
  index() {
    return this.passes.findIndex((one) =>
      this.wanted === null ? one.current : one.scene_id === this.wanted,
    );
  }

  /** @param {OpenTile} tile @param {number} id of the pass @returns {Promise<Uint8Array>} its pixels in the tile's grid */
  picture(tile, id) {
    const key = `${tile.id} ${id}`;
    const found = this.pictures.get(key) ?? this.review.shared.library.api.passPicture(tile, id);
    this.pictures.delete(key);
    this.pictures.set(key, found);
    found.catch(() => this.pictures.delete(key));
    for (const old of [...this.pictures.keys()].slice(0, Math.max(this.pictures.size - KEPT, 0)))
      this.pictures.delete(old);
    return found;
  }

  /** @param {number | null} id of the pass to show in the canvas; null for the tile itself */
  async choose(id) {
    const { editor } = this.review;
    const { tile } = editor;
    const pass = this.passes.find((one) => one.scene_id === id);
    this.wanted = pass && !pass.current ? pass.scene_id : null;
    if (!tile || !pass || this.wanted === null) {
      if (editor.shownPass) editor.choose({ shownPass: null });
      return this.show();
    }
    this.last = pass.scene_id;
    this.show();
    const began = performance.now();
    const pixels = await this.picture(tile, pass.scene_id).catch(() => null);
    if (!this.isOpen(tile) || this.wanted !== pass.scene_id) return;
    if (!pixels) {
      this.wanted = null;
      editor.emit("message", {
        kind: "pass-failed",
        text: `The picture of pass ${pass.label} could not be loaded. Select the pass again.`,
      });
      return this.show();
    }
    editor.choose({ shownPass: { pass, pixels } });
    this.review.parts.node.dataset.blinkMs = (performance.now() - began).toFixed(1);
    this.show();
    this.prefetch(tile);
  }

  /** @param {1 | -1} by to the next or previous pass; around at the ends */
  step(by) {
    const { passes } = this;
    if (passes.length < 2) return this.reportNone();
    const to = passes[(this.index() + by + passes.length) % passes.length];
    void this.choose(to.current ? null : to.scene_id);
  }

  /** Switch between the tile and another pass: the last shown one, else the one before. */
  blink() {
    if (this.wanted !== null) return void this.choose(null);
    const others = this.passes.filter((one) => !one.current);
    if (!others.length) return this.reportNone();
    const before = this.passes[this.index() - 1] ?? others[0];
    void this.choose((others.find((one) => one.scene_id === this.last) ?? before).scene_id);
  }

  reportNone() {
    const { data, editor } = this.review;
    if (data.has_places && editor.tile && !this.current) {
      editor.choose({ display: { ...editor.display, passes: true } });
      this.schedule();
      return editor.emit("message", {
        kind: "passes-loading",
        text: "The other passes are being loaded. Press the key again.",
      });
    }
    editor.emit("message", {
      kind: "no-passes",
      text: "This tile has no other passes. Confirm its place on the Sites page.",
    });
  }

  /** Show or hide the outlines of the other passes. */
  toggleOutlines() {
    const { editor } = this.review;
    editor.choose({ display: { ...editor.display, passOutlines: !editor.display.passOutlines } });
    if (editor.display.passOutlines && !this.passes.length) this.reportNone();
  }

  /** Open or close the strip; the browser keeps the choice. */
  toggleStrip() {
    const { editor } = this.review;
    if (this.current && !this.passes.length) return this.reportNone();
    editor.choose({ display: { ...editor.display, passes: !editor.display.passes } });
    this.schedule();
  }

  /** @returns {import("../render/passes.js").PassMarks | null} what is drawn over the image */
  marks() {
    const { editor } = this.review;
    const { shownPass, display, hidden } = editor;
    if (hidden || !(shownPass || display.passOutlines)) return null;
    const shown = shownPass ? [shownPass.pass] : this.passes.filter((one) => !one.current);
    return { passes: this.passes, shown, sites: this.current?.sites ?? [] };
  }

  /** @returns {NearestSite | null} the site nearest to the highlighted slick; null without one */
  nearest() {
    const sites = this.current?.sites;
    const current = sites?.length ? this.review.selected.current : null;
    if (!sites || !current) return null;
    const of = [current, sites];
    if (of.some((one, i) => one !== this.lastNearest.of[i])) {
      const found = nearestSite(current.cells, sites);
      this.lastNearest = { of, found: found && { number: found.site.number, distancePx: found.distancePx } };
    }
    return this.lastNearest.found;
  }

  show() {
    const { data, editor, parts, viewport } = this.review;
    if (!parts) return;
    parts.passes.show(data, editor, this.current, this.wanted, this.nearest());
    viewport.redraw();
  }
}
