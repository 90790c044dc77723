/** The Review surface at work: desk, editor and parts hear of each other here. */
import { act } from "./actions.js";
import { Desk } from "./desk.js";
import { Editor } from "./editor.js";
import { remember, remembered } from "./habits.js";
import { bindings, keysOf } from "./keys.js";
import { areas, slicks } from "./regions.js";
import { surface } from "./surface.js";
import { TOOLS } from "./tools/index.js";
import { fit, focus } from "./viewport.js";
import { valueWords } from "./words.js";

/** @typedef {import("./types.js").OpenTile} OpenTile */
/** @typedef {import("./regions.js").Slick} Slick */
/**
 * @typedef {object} Data What the page hands over.
 * @property {number | null} tile_id
 * @property {import("./types.js").QueueItem[]} queue
 * @property {import("./types.js").SeepClass[]} classes
 * @property {string} author
 * @property {string} order
 * @property {Record<string, string>} filters
 * @property {string} base_url
 * @property {Record<string, string | string[]>} keys
 * @property {string} height CSS length
 */
/** @typedef {{library: import("./library.js").Library, saver: import("./saver.js").Saver, lastId: number | null}} Shared */

const SETTLE_MS = 200; // after a gesture, before slicks are counted

export class Review {
  /**
   * @param {ShadowRoot | HTMLElement} root @param {Shared} shared @param {Data} data
   * @param {(id: number | null, stage: string) => void} report told after each decision
   */
  constructor(root, shared, data, report) {
    this.shared = shared;
    this.report = report;
    this.data = data;
    this.editor = new Editor();
    Object.assign(this.editor, remembered());
    this.desk = new Desk(shared.library, shared.saver, this.editor, (what) => this.deskChanged(what));
    /** Tiles that this surface itself put into the address: the page's echo moves nothing. @type {Set<number>} */
    this.addressed = new Set();
    /** @type {Slick | null} */
    this.pointed = null;
    /** @type {OpenTile | null} */
    this.shownBefore = null;
    this.decidedAt = 0;
    this.frame = 0;
    this.settling = 0;
    this.parts = surface(root, this.editor, keysOf(data.keys), {
      act: (action) => act(this, action),
      retry: () => shared.saver.flush(),
      redraw: () => this.redraw(),
      marks: () => this.marks(),
      look: (side) => this.look(side),
      settle: (side) => this.settle(side),
      open: (id) => this.desk.open(id),
      valueOf: (item) => valueWords(item.value, this.data.order),
      thumbnail: (item) => shared.library.api.thumbnail(item.id, item.version ?? ""),
      goTo: (slick) => this.fit(slick),
      point: (slick) => this.point(slick),
      restore: (revision) => this.desk.restore(revision),
    });
    this.editor.listen((topic, detail) => this.heard(topic, detail));
    /** @type {import("./saver.js").Tell} */
    this.onSaver = (event, tile) => this.saverTold(event, tile);
    shared.saver.listeners.add(this.onSaver);
    this.ticker = window.setInterval(() => this.showHeader(), 1000);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.parts.stage);
    this.resize();
    this.update(data);
  }

  destroy() {
    this.parts.pointer.cancel();
    this.parts.keyboard.destroy();
    this.shared.saver.listeners.delete(this.onSaver);
    this.observer.disconnect();
    window.clearInterval(this.ticker);
    window.cancelAnimationFrame(this.frame);
    window.clearTimeout(this.settling);
  }

  /** The page ran again, or for the first time. @param {Data} data */
  update(data) {
    const { desk, parts } = this;
    const fresh = data.author !== desk.author;
    const moved = data.tile_id !== null && data.tile_id !== this.data.tile_id && !this.addressed.has(data.tile_id);
    this.data = data;
    parts.keyboard.map = bindings(data.keys, data.classes);
    parts.node.style.height = data.height;
    parts.renderer.classes = data.classes;
    desk.author = data.author;
    desk.setQueue(data.queue);
    if (fresh || moved) {
      const { lastId } = this.shared;
      const last = data.queue.some((item) => item.id === lastId) ? lastId : null;
      desk.open(data.tile_id ?? last ?? data.queue[0]?.id ?? null);
    }
    if (fresh) void desk.recover();
    this.heard("look", {});
    this.showHeader();
  }

  /** @param {"stage" | "shown" | "decided"} what */
  deskChanged(what) {
    const { desk, parts } = this;
    parts.placeholder.show(desk.stage, desk.detail);
    if (what === "shown") this.shown();
    if (what === "decided") this.report(desk.id, desk.stage);
    this.showHeader();
    this.redraw();
  }

  shown() {
    const { tile } = this.editor;
    if (!tile) return;
    this.shared.lastId = tile.id;
    this.addressed.add(tile.id);
    const address = new URL(window.location.href);
    address.searchParams.set("tile", String(tile.id));
    window.history.replaceState(window.history.state, "", address);
    this.parts.notice.close();
    if (tile.notice) {
      const startOver = /** @type {[string, () => void]} */ (["Start over", () => void this.desk.discard(tile)]);
      const actions = tile.notice.startsWith("Your") ? [startOver] : [];
      this.parts.notice.say(tile.notice, actions, () => void (tile.notice = ""));
    }
    if (this.shownBefore && this.shownBefore !== tile) this.shownBefore.notice = "";
    this.shownBefore = tile;
    if (tile.conflict) this.look("mine");
  }

  /** @type {import("./editor.js").Listener} */
  heard(topic, { rect, text, made }) {
    const { editor, parts } = this;
    if (topic === "tile") {
      parts.pointer.cancel();
      parts.renderer.reset();
      this.pointed = null;
      if (editor.tile && !editor.tile.view) this.fit();
      this.settleSoon(0);
    } else if (topic === "mask") {
      parts.renderer.recolour(rect ?? null);
      this.settleSoon(SETTLE_MS);
    } else if (topic === "look") {
      parts.renderer.recolour(null);
    } else if (topic === "contrast") {
      parts.renderer.grey = null;
    } else if (topic === "gesture" && editor.tile) {
      this.shared.saver.touched(editor.tile, made ?? false);
    } else if (topic === "message" && text) {
      parts.notice.hint(text);
    }
    if (["mask", "look", "choice"].includes(topic)) parts.notice.goOn();
    if (["look", "contrast", "choice"].includes(topic)) remember(editor);
    if (topic !== "mask" && topic !== "view") this.showChoices();
    this.redraw();
  }

  /** @type {import("./saver.js").Tell} */
  saverTold(event, tile) {
    const { desk, editor, parts } = this;
    if (event === "state") desk.states.set(tile.id, tile.info.state);
    if (event === "refused") desk.handled.delete(tile.id);
    if (event === "restored" && tile === editor.tile) editor.changed();
    if (event === "unkept") parts.notice.say("This browser keeps no copy of your work; the server still does.");
    if (event === "conflict") {
      desk.handled.delete(tile.id);
      if (tile === editor.tile) this.look("mine");
      else {
        const text = `${tile.info.name}: ${tile.conflict?.author} saved another version meanwhile; yours is kept.`;
        parts.notice.say(text, [["Look at both", () => desk.open(tile.id)]]);
      }
    }
    this.showHeader();
    if (tile === editor.tile) this.showChoices();
  }

  /** @param {"mine" | "theirs"} side to look at */
  async look(side) {
    const { tile } = this.editor;
    if (!tile?.conflict) return;
    this.parts.conflict.show(tile, side);
    const { conflict } = tile;
    if (side === "theirs" && !conflict.theirs) {
      const path = `revisions/${conflict.revision}/mask`;
      conflict.theirs = await this.shared.library.api.mask(path, tile.author, tile.annotation.length);
    }
    if (tile === this.editor.tile) this.editor.choose({ other: side === "theirs" ? conflict.theirs : null });
  }

  /** @param {"mine" | "theirs"} side to be on top */
  settle(side) {
    const { tile } = this.editor;
    if (!tile) return;
    this.editor.choose({ other: null });
    this.shared.saver.settle(tile, side);
    this.parts.conflict.show(tile, "mine");
  }

  /** @param {Slick | null} [slick] to show from near; the whole tile if not given */
  fit(slick) {
    const { tile } = this.editor;
    const { screen } = this.parts.renderer;
    if (tile) tile.view = slick ? focus(slick, tile.info, screen) : fit(tile.info, screen);
    this.redraw();
  }

  /** @param {Slick | null} slick */
  point(slick) {
    this.pointed = slick;
    this.redraw();
  }

  /** @returns {import("./renderer.js").Marks} */
  marks() {
    const { editor, parts } = this;
    const { sized } = TOOLS[editor.tool];
    const drawing = !editor.levelling && !parts.pointer.spaceHeld;
    const outline = parts.tools[editor.tool].outline();
    return { at: parts.pointer.at, size: editor.size, sized: sized && drawing, outline, highlight: this.pointed };
  }

  /** Draw at the next frame. */
  redraw() {
    if (this.frame || !this.parts) return;
    this.frame = window.requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    const { editor, parts, desk } = this;
    parts.pointer.drain();
    parts.renderer.draw();
    parts.readout.show(editor, parts.pointer.at, this.data.classes);
    const { view } = editor.tile ?? {};
    parts.node.dataset.view = view ? [view.scale, view.x, view.y].join() : "";
    const painted = editor.tile ? String(editor.tile.id) : "";
    if (parts.node.dataset.painted !== painted) {
      parts.node.dataset.painted = painted;
      if (this.decidedAt && desk.stage === "ready") {
        parts.node.dataset.nextMs = (performance.now() - this.decidedAt).toFixed(1);
        this.decidedAt = 0;
      }
    }
  }

  resize() {
    const { tile } = this.editor;
    const { renderer, stage } = this.parts;
    if (!stage.clientWidth || !stage.clientHeight) return; // leaving the page: the tile keeps its view
    const before = renderer.screen;
    const fitted = tile?.view && JSON.stringify(fit(tile.info, before)) === JSON.stringify(tile.view);
    renderer.resize(stage.clientWidth, stage.clientHeight);
    if (tile && (fitted || !tile.view)) this.fit();
    this.frame = this.frame || window.requestAnimationFrame(() => this.draw());
  }

  showHeader() {
    const { desk, editor, parts } = this;
    parts.header.show(editor.tile, desk.items, desk.id, this.shared.saver.unsent());
    parts.queue.show(desk.items, desk.id, desk.states);
    parts.history.show(editor.tile);
    parts.conflict.show(editor.tile, editor.other ? "theirs" : "mine");
    Object.assign(parts.node.dataset, {
      tile: String(editor.tile?.id ?? ""),
      state: editor.tile?.info.state ?? "",
      saved: editor.tile?.save.status ?? "",
      stage: desk.stage,
    });
  }

  showChoices() {
    const { editor, parts } = this;
    parts.toolbar.show();
    parts.bar.show();
    parts.contrast.show();
    parts.classes.show(this.data.classes, this.counts ?? null);
    const cursor = editor.levelling ? "move" : TOOLS[editor.tool].sized ? "none" : "crosshair";
    parts.canvas.style.cursor = cursor;
  }

  /** Count slicks and areas when the hand rests. @param {number} delayMs */
  settleSoon(delayMs) {
    window.clearTimeout(this.settling);
    this.settling = window.setTimeout(() => {
      const { tile } = this.editor;
      const found = tile ? slicks(tile.annotation, tile.info.width, tile.info.height) : [];
      /** @type {Uint32Array | null} */
      this.counts = tile ? areas(tile.annotation) : null;
      this.parts.slicks.show(found, this.data.classes);
      this.showChoices();
    }, delayMs);
  }
}
