/** The Review surface: connects the queue, the editor and the panels through the controllers. */
import { valueText } from "../../shared/orders.js";
import { act, tileDenials } from "./actions.js";
import { ActiveTimeController } from "./controllers/active_time.js";
import { CauseController } from "./controllers/causes.js";
import { ClassSuggestionController } from "./controllers/class_suggestions.js";
import { CommentController } from "./controllers/comments.js";
import { DeferredActions } from "./controllers/deferred_actions.js";
import { QueueController } from "./controllers/queue.js";
import { Editor } from "./editor.js";
import { savePreferences, loadPreferences } from "./preferences.js";
import { SelectedSlick } from "./controllers/selected_slick.js";
import { SlickEvidenceController } from "./controllers/slick_evidence.js";
import { SlickController } from "./controllers/slicks.js";
import { WideAreaController } from "./controllers/wide_areas.js";
import { TileEvents } from "./controllers/tile_events.js";
import { TileLock } from "./controllers/tile_lock.js";
import { PassController } from "./controllers/passes.js";
import { Layers } from "./controllers/layers.js";
import { SessionSummary } from "./controllers/session.js";
import { ViewportController } from "./controllers/viewport.js";
import { bindings, keysOf } from "./keys.js";
import { createUi } from "./ui.js";
import { TOOLS } from "./tools/index.js";
import { worded } from "../../shared/words.js";

/** @typedef {{save?: string, accept?: string, decide?: string, cause?: string}} Denials Why the role does not permit an action; only those it does not permit. */
/**
 * @typedef {object} Data What the page passes in.
 * @property {number | null} tile_id
 * @property {import("./types.js").QueueItem[]} queue
 * @property {import("./types.js").SeepClass[]} classes
 * @property {string} author
 * @property {import("../../shared/orders.js").QueueOrder} order
 * @property {[string, string][]} orders key and label of those that can be chosen; empty for a fixed queue
 * @property {import("../../shared/states.js").TileState[]} states
 * @property {boolean} about_seeps whether the workspace is about seeps
 * @property {Record<string, string>} filters
 * @property {string} filter_text in words, "" for none
 * @property {string} base_url
 * @property {Record<string, string | string[]>} keys
 * @property {Denials} denials
 * @property {string[]} reject_reasons that a rejection can have
 * @property {Record<string, string>} causes of slicks: labels by key
 * @property {number} slick_width_px typical width of slicks; 0 if not known
 * @property {number} ignored_radius_px inscribed radius above which fine-tuning ignores slicks
 * @property {string} [notice] shown with the first tile
 * @property {boolean} records_time whether active time is recorded
 * @property {boolean} has_places whether any tile may have other passes
 * @property {string} height CSS length
 */
/** @typedef {{library: import("./library.js").Library, saver: import("./saver.js").Saver, lastId: number | null}} Shared */

export class Review {
  /**
   * @param {ShadowRoot | HTMLElement} root @param {Shared} shared @param {Data} data
   * @param {(id: number | null, stage: string) => void} report called after each decision
   * @param {(order: string, text: string) => void} changeQueue asks the page for another queue
   */
  constructor(root, shared, data, report, changeQueue) {
    this.changeQueue = changeQueue;
    this.shared = shared;
    this.report = report;
    this.data = data;
    this.editor = new Editor();
    Object.assign(this.editor, loadPreferences(data.slick_width_px));
    this.deferred = new DeferredActions(this);
    this.events = new TileEvents(this);
    this.viewport = new ViewportController(this);
    this.layers = new Layers(this);
    this.passes = new PassController(this);
    this.comments = new CommentController(this);
    this.slicks = new SlickController(this);
    this.wideAreas = new WideAreaController(this);
    this.selected = new SelectedSlick(this);
    this.suggestions = new ClassSuggestionController(this);
    this.evidence = new SlickEvidenceController(this);
    this.causes = new CauseController(this);
    this.session = new SessionSummary(this);
    this.tileLock = new TileLock(this);
    this.activeTime = new ActiveTimeController(this);
    this.queue = new QueueController(shared.library, shared.saver, this.editor, (what) =>
      this.events.queueChanged(what),
    );
    this.parts = createUi(root, this.editor, keysOf(data.keys), this.handlers());
    this.editor.subscribe((topic, detail) => this.editorEvent(topic, detail));
    /** @type {import("./saver.js").Listener} */
    this.onSaver = (event, tile) => this.events.saverEvent(event, tile);
    shared.saver.listeners.add(this.onSaver);
    this.leaving = new AbortController();
    window.addEventListener("beforeunload", () => this.deferred.finish(), {
      capture: true,
      signal: this.leaving.signal,
    });
    this.ticker = window.setInterval(() => this.showHeader(), 1000);
    this.observer = new ResizeObserver(() => this.viewport.resize());
    this.observer.observe(this.parts.stage);
    this.viewport.resize();
    if (data.records_time) this.activeTime.start();
    this.update(data);
  }

  /** @returns {import("./ui.js").Handlers} */
  handlers() {
    const { deferred, slicks, queue, events, layers, shared, viewport } = this;
    return {
      act: (action) => act(this, action),
      choosePass: (id) => void this.passes.choose(id),
      comments: this.comments.handlers(),
      decideCause: (cause) => (this.causes.decide(cause), this.parts.node.focus({ preventScroll: true })),
      retry: () => shared.saver.flush(),
      redraw: () => viewport.redraw(),
      scene: {
        marks: () => viewport.marks(),
        shown: () => layers.displayImage(),
        overlays: () => layers.overlays(),
        around: () => layers.neighborImages(),
      },
      predictedOf: (tile) => layers.predicted.get(tile) ?? [],
      showVersion: (side, prefer) => void events.showVersion(side, prefer),
      resolveConflict: (side) => events.resolve(side),
      changeQueue: this.changeQueue,
      open: (id) => this.openTile(id),
      valueOf: (item) => valueText(item.value, this.data.order),
      thumbnail: (item, version) => shared.library.api.thumbnail(item.id, version),
      goTo: (slick) => (viewport.fit(slick), slicks.select(slick)),
      highlight: (slick) => (viewport.highlightSlick(slick), this.suggestions.show(), this.evidence.show()),
      takeSuggestion: (index) =>
        deferred.after("suggestedClass", () => void deferred.during(this.suggestions.take(index))),
      setClass: (slick, classId) => deferred.after("class:", () => slicks.setClass(slick, classId)),
      answerWide: (keep, area) =>
        deferred.after(keep ? "keepWide" : "removeWide", () => this.wideAreas.answer(keep, area)),
      preview: (minimum) => slicks.preview(minimum),
      commitPreview: () => slicks.commitPreview(),
      restore: (revision) =>
        this.data.denials.save ? act(this, "save") : deferred.after("Restore", () => queue.restore(revision)),
      decideWithNote: (decision, note, reason) =>
        deferred.after(decision, () => (decision === "flag" ? queue.flag(note) : queue.reject(note, reason))),
    };
  }

  /** Open a tile, after what is being computed for the open one. @param {number | null} id */
  openTile(id) {
    this.deferred.after("Open tile", () => this.queue.open(id), true);
  }

  destroy() {
    this.deferred.finish();
    this.editor.abandon();
    this.activeTime.destroy();
    this.leaving.abort();
    this.parts.pointer.cancel();
    this.editor.worker.stop();
    this.parts.keyboard.destroy();
    this.shared.saver.listeners.delete(this.onSaver);
    this.observer.disconnect();
    window.clearInterval(this.ticker);
    this.viewport.destroy();
    this.layers.destroy();
    this.passes.destroy();
    this.comments.destroy();
    this.slicks.destroy();
    this.suggestions.destroy();
    this.session.destroy();
    this.tileLock.destroy();
  }

  /** The page ran again, or for the first time. @param {Data} data */
  update(data) {
    const { queue, events, parts } = this;
    const fresh = data.author !== queue.author;
    const moved =
      data.tile_id !== null && data.tile_id !== this.data.tile_id && !events.urlTiles.has(data.tile_id);
    const other = data.order.key !== this.data.order.key || data.filters.text !== this.data.filters.text;
    this.data = data;
    this.editor.denial = data.denials.save ?? "";
    parts.keyboard.map = bindings(data.keys, data.classes);
    parts.node.style.height = data.height;
    parts.renderer.classes = data.classes;
    parts.note.reasons = data.reject_reasons;
    queue.author = data.author;
    queue.setQueue(data.queue);
    if (fresh || moved) {
      const { lastId } = this.shared;
      const last = data.queue.some((item) => item.id === lastId) ? lastId : null;
      this.openTile(data.tile_id ?? last ?? data.queue[0]?.id ?? null);
    }
    if (other && !fresh) this.deferred.after("Open tile", () => queue.openBest(), true);
    if (fresh) void queue.sendRecoveredWork();
    if (fresh) this.session.schedule(0);
    this.editorEvent("display", {});
    this.showHeader();
  }

  /** @type {import("./editor.js").Listener} */
  editorEvent(topic, { rect, kind, text, made }) {
    const { slicks, editor, parts, viewport } = this;
    if (topic === "leave") return;
    if (topic === "tile") {
      parts.pointer.cancel();
      parts.renderer.reset();
      viewport.highlight = null;
      if (editor.tile && !editor.tile.view) viewport.fit();
      parts.pointer.relocate();
      parts.cursor.tileChanged();
      slicks.tileChanged();
      this.passes.tileChanged();
      this.activeTime.tileChanged();
    } else if (topic === "mask") {
      parts.renderer.maskChanged(rect ?? null);
      slicks.schedule();
    } else if (topic === "display") {
      parts.renderer.overlaysChanged();
      viewport.contrastChanged();
    } else if (topic === "contrast") {
      viewport.contrastChanged();
    } else if (topic === "view") {
      viewport.scheduleNeighbors();
    } else if (topic === "gesture" && editor.tile) {
      this.shared.saver.edited(editor.tile, made ?? false);
      if (made) this.activeTime.edited();
    } else if (topic === "message" && text) {
      parts.notice.showHint(kind ?? "", worded(text) + this.deferred.drop(kind ?? ""));
    }
    if (["mask", "display", "choice"].includes(topic)) parts.notice.closeHint();
    if (["display", "contrast", "choice"].includes(topic)) savePreferences(editor);
    if (!["mask", "view", "sketch"].includes(topic)) this.showChoices();
    viewport.redraw();
  }

  showHeader() {
    const { queue, editor, parts } = this;
    parts.header.show(editor.tile, queue.items, queue.id, this.shared.saver.unsent(), this.session.summary);
    const { items, id, states, versions, skippedIds } = queue;
    parts.queue.show({
      items,
      id,
      states,
      versions,
      skippedIds,
      order: this.data.order,
      orders: this.data.orders,
      text: this.data.filters.text ?? "",
      filter: this.data.filter_text,
    });
    parts.history.show(editor.tile);
    this.comments.show();
    this.events.showConflict(editor.tile);
    Object.assign(parts.node.dataset, {
      tile: String(editor.tile?.id ?? ""),
      state: editor.tile?.info.state ?? "",
      saved: editor.tile?.save.status ?? "",
      stage: queue.stage,
    });
  }

  showChoices() {
    const { editor, parts } = this;
    parts.toolbar.show();
    parts.strip.show();
    parts.options.show();
    parts.selection.show();
    parts.working.show(this.deferred.text);
    parts.node.dataset.work = editor.pendingEdit ? "working" : "";
    parts.node.dataset.waiting = this.deferred.text;
    parts.bar.show(this.queue.stage, tileDenials(this.data.denials, this.editor.tile));
    parts.contrast.show();
    parts.view.show();
    this.passes.show();
    this.suggestions.show();
    this.evidence.show();
    parts.legend.show(editor, parts.renderer.overlays[0]?.overlay?.kind);
    parts.divider.show();
    parts.classes.show(this.data.classes, this.slicks.areas);
    this.wideAreas.render();
    const cursor = editor.adjustingContrast ? "move" : TOOLS[editor.tool].sized ? "none" : "crosshair";
    parts.canvas.style.cursor = cursor;
  }
}
