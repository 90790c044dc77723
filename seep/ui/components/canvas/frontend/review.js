/** The Review surface at work: desk, editor and parts hear of each other here and in joins/. */
import { valueText } from "../../shared/orders.js";
import { act } from "./actions.js";
import { Desk } from "./desk.js";
import { Editor } from "./editor.js";
import { remember, remembered } from "./habits.js";
import { Counting } from "./joins/counting.js";
import { Flow } from "./joins/flow.js";
import { Holding } from "./joins/holding.js";
import { Layers } from "./joins/layers.js";
import { Session } from "./joins/session.js";
import { Sight } from "./joins/sight.js";
import { bindings, keysOf } from "./keys.js";
import { surface } from "./surface.js";
import { TOOLS } from "./tools/index.js";

/**
 * @typedef {object} Data What the page hands over.
 * @property {number | null} tile_id
 * @property {import("./types.js").QueueItem[]} queue
 * @property {import("./types.js").SeepClass[]} classes
 * @property {string} author
 * @property {import("../../shared/orders.js").QueueOrder} order
 * @property {import("../../shared/states.js").TileState[]} states
 * @property {Record<string, string>} filters
 * @property {string} base_url
 * @property {Record<string, string | string[]>} keys
 * @property {string} [notice] to be said with the first tile
 * @property {string} height CSS length
 */
/** @typedef {{library: import("./library.js").Library, saver: import("./saver.js").Saver, lastId: number | null}} Shared */

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
    this.flow = new Flow(this);
    this.sight = new Sight(this);
    this.layers = new Layers(this);
    this.counting = new Counting(this);
    this.session = new Session(this);
    this.holding = new Holding(this);
    this.desk = new Desk(shared.library, shared.saver, this.editor, (what) => this.flow.deskChanged(what));
    this.parts = surface(root, this.editor, keysOf(data.keys), this.listening());
    this.editor.listen((topic, detail) => this.heard(topic, detail));
    /** @type {import("./saver.js").Tell} */
    this.onSaver = (event, tile) => this.flow.saverTold(event, tile);
    shared.saver.listeners.add(this.onSaver);
    this.ticker = window.setInterval(() => this.showHeader(), 1000);
    this.observer = new ResizeObserver(() => this.sight.resize());
    this.observer.observe(this.parts.stage);
    this.sight.resize();
    this.update(data);
  }

  /** @returns {import("./surface.js").On} */
  listening() {
    const { counting, desk, flow, layers, shared, sight } = this;
    return {
      act: (action) => act(this, action),
      retry: () => shared.saver.flush(),
      redraw: () => sight.redraw(),
      scene: {
        marks: () => sight.marks(),
        shown: () => layers.shown(),
        coats: () => layers.coats(),
        around: () => layers.around(),
      },
      predictedOf: (tile) => layers.predicted.get(tile) ?? [],
      look: (side) => void flow.look(side),
      settle: (side) => flow.settle(side),
      open: (id) => desk.open(id),
      valueOf: (item) => valueText(item.value, this.data.order),
      thumbnail: (item, version) => shared.library.api.thumbnail(item.id, version),
      goTo: (slick) => (sight.fit(slick), counting.select(slick)),
      point: (slick) => sight.point(slick),
      give: (slick, classId) => counting.give(slick, classId),
      preview: (least) => counting.preview(least),
      take: () => counting.take(),
      restore: (revision) => desk.restore(revision),
      noted: (decision, note) => (decision === "flag" ? desk.flag(note) : desk.reject(note)),
    };
  }

  destroy() {
    this.editor.abandon();
    this.parts.pointer.cancel();
    this.editor.crew.stop();
    this.parts.keyboard.destroy();
    this.shared.saver.listeners.delete(this.onSaver);
    this.observer.disconnect();
    window.clearInterval(this.ticker);
    this.sight.destroy();
    this.layers.destroy();
    this.counting.destroy();
    this.session.destroy();
    this.holding.destroy();
  }

  /** The page ran again, or for the first time. @param {Data} data */
  update(data) {
    const { desk, flow, parts } = this;
    const fresh = data.author !== desk.author;
    const moved = data.tile_id !== null && data.tile_id !== this.data.tile_id && !flow.addressed.has(data.tile_id);
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
    if (fresh) this.session.soon(0);
    this.heard("look", {});
    this.showHeader();
  }

  /** @type {import("./editor.js").Listener} */
  heard(topic, { rect, text, made }) {
    const { counting, editor, parts, sight } = this;
    if (topic === "leave") return;
    if (topic === "tile") {
      parts.pointer.cancel();
      parts.renderer.reset();
      sight.pointed = null;
      if (editor.tile && !editor.tile.view) sight.fit();
      counting.changed();
    } else if (topic === "mask") {
      parts.renderer.recolor(rect ?? null);
      counting.soon();
    } else if (topic === "look") {
      parts.renderer.recoat();
      sight.recontrast();
    } else if (topic === "contrast") {
      sight.recontrast();
    } else if (topic === "view") {
      sight.lookAround();
    } else if (topic === "gesture" && editor.tile) {
      this.shared.saver.touched(editor.tile, made ?? false);
    } else if (topic === "message" && text) {
      parts.notice.hint(text);
    }
    if (["mask", "look", "choice"].includes(topic)) parts.notice.goOn();
    if (["look", "contrast", "choice"].includes(topic)) remember(editor);
    if (!["mask", "view", "sketch"].includes(topic)) this.showChoices();
    sight.redraw();
  }

  showHeader() {
    const { desk, editor, parts } = this;
    parts.header.show(editor.tile, desk.items, desk.id, this.shared.saver.unsent(), this.session.sum);
    const { items, id, states, versions } = desk;
    parts.queue.show({ items, id, states, versions, order: this.data.order });
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
    parts.options.show();
    parts.selection.show();
    parts.working.show();
    parts.node.dataset.work = editor.working ? "working" : "";
    parts.bar.show();
    parts.contrast.show();
    parts.view.show();
    parts.legend.show(editor, parts.renderer.coats[0]?.coat?.kind);
    parts.divider.show();
    parts.classes.show(this.data.classes, this.counting.areas);
    const cursor = editor.leveling ? "move" : TOOLS[editor.tool].sized ? "none" : "crosshair";
    parts.canvas.style.cursor = cursor;
  }
}
