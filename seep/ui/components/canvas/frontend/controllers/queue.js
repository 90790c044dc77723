/**
 * The review queue: the open tile, the next tile, and decisions. No DOM, no drawing.
 *
 * The next tiles are prefetched, so that a decision shows the next one at once. The decision is sent in the background
 * and retried until the server confirms it.
 */
import { failureText, isConnectionError } from "../../../shared/api.js";
import { plural } from "../../../shared/format.js";
import { isOpen, stateOf } from "../../../shared/states.js";
import { adjacentId, nextUndecidedId, queueIndex } from "../queue_order.js";
import { differing } from "../regions.js";
import { isMissing } from "../saver.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */
/** @typedef {import("../types.js").QueueItem} QueueItem */
/** @typedef {import("../panels/dialogs.js").Stage} Stage */

const PREFETCHED = 2;
const RETRY_MS = 3000;

/** @param {OpenTile} tile @returns {boolean} whether its newest revision is an accept and nothing is unsent */
export function canUndoAccept({ info, save, conflict }) {
  return (
    info.head?.kind === "accept" &&
    stateOf(info.state)?.reviewed === true &&
    save.status === "clean" &&
    !conflict
  );
}

/** @param {OpenTile} tile @returns {boolean} whether it is flagged, or will be when its last decision is sent */
export function isFlagged({ info, save }) {
  const pending = save.outbox.filter((command) => command.type === "decision").at(-1);
  return pending ? pending.what === "flag" : info.state === "flagged";
}

/** @param {OpenTile} tile @returns {import("../types.js").Shown} */
function shownOf({ info }) {
  return { state: info.state, note: info.note };
}

export class QueueController {
  /**
   * @param {import("../library.js").Library} library @param {import("../saver.js").Saver} saver
   * @param {import("../editor.js").Editor} editor
   * @param {(what: "stage" | "shown" | "decided") => void} changed
   */
  constructor(library, saver, editor, changed) {
    this.library = library;
    this.saver = saver;
    this.editor = editor;
    this.onChange = changed;
    this.author = "";
    /** @type {QueueItem[]} */
    this.items = [];
    /** @type {number | null} */
    this.id = null;
    /** @type {Stage} */
    this.stage = "loading";
    this.detail = "";
    /** Why the tile was opened: as the next one, or because the analyst chose it. @type {"next" | "asked"} */
    this.openedBy = "asked";
    /** Tiles locked by others, as of the last answer. @type {Set<number>} */
    this.lockedIds = new Set();
    /** Decided by others since the queue was loaded. @type {Set<number>} */
    this.decidedByOthers = new Set();
    /** Skipped since the queue was loaded. @type {Set<number>} */
    this.skippedIds = new Set();
    /** Accepted or rejected since the queue was loaded. @type {Set<number>} */
    this.decidedIds = new Set();
    /** States that are newer than the queue's. @type {Map<number, string>} */
    this.states = new Map();
    /** Versions of thumbnails that are newer than the queue's. @type {Map<number, string>} */
    this.versions = new Map();
  }

  /** @param {QueueItem[]} items */
  setQueue(items) {
    this.items = items;
    const waiting = new Map(this.saver.unsent().map((tile) => [tile.id, tile.info.state]));
    for (const { id, state } of items) {
      if (isOpen(state) && this.decidedIds.has(id)) continue; // decided since the page loaded the queue
      if (isOpen(state)) this.decidedByOthers.delete(id);
      this.states.delete(id);
      this.versions.delete(id);
    }
    for (const [id, state] of waiting) this.states.set(id, state);
  }

  /** @param {Stage} stage @param {string} [detail] */
  setStage(stage, detail = "") {
    this.stage = stage;
    this.detail = detail;
    this.onChange("stage");
  }

  /**
   * @param {number | null} id null: the queue is finished or was empty
   * @param {"next" | "asked"} [came]
   */
  open(id, came = "asked") {
    this.id = id;
    this.openedBy = came;
    if (id === null) {
      this.editor.open(null);
      const decided = plural(this.decidedIds.size, "tile");
      const elsewhere = [...this.lockedIds].filter((one) => !this.decidedIds.has(one)).length;
      const others = elsewhere ? ` ${plural(elsewhere, "tile")} open by other analysts.` : "";
      if (this.items.length)
        this.setStage("done", `${decided} decided. No other open tiles in this queue.${others}`);
      else this.setStage("empty", "No tile matches the filters of the queue.");
      return;
    }
    const ready = this.library.cached(id, this.author);
    if (ready) {
      void this.library.open(id, this.author); // marks it as recently used
      this.show(ready);
      void this.refresh(ready);
      return;
    }
    this.editor.open(null);
    this.setStage("loading");
    this.library.open(id, this.author).then(
      (tile) => this.id === id && tile.author === this.author && this.show(tile),
      (error) => this.id === id && this.loadFailed(id, error),
    );
  }

  /** Report that a tile could not be loaded; without a connection, load it again. @param {number} id @param {unknown} error */
  loadFailed(id, error) {
    this.setStage(isMissing(error) ? "missing" : "failed", failureText(error));
    if (!isConnectionError(error)) return;
    window.setTimeout(
      () => this.id === id && this.stage === "failed" && this.open(id, this.openedBy),
      RETRY_MS,
    );
  }

  /** @param {OpenTile} tile */
  show(tile) {
    this.library.openTile = tile;
    this.editor.open(tile);
    this.states.set(tile.id, tile.info.state);
    this.setStage("ready");
    this.onChange("shown");
    if (tile.save.status === "waiting") void this.saver.run(tile);
    if (tile.base !== (tile.info.head?.id ?? 0) && !tile.conflict) this.saver.pullNeighborSaves(tile);
    window.setTimeout(() => this.prefetch(), 0);
  }

  /** Load the tile again if somebody else saved it since it was loaded. @param {OpenTile} tile */
  async refresh(tile) {
    const inGesture = () => this.editor.tile === tile && this.editor.inGesture();
    const joined = () => this.saver.pullNeighborSaves(tile);
    const newer = await this.library.refresh(tile, { inGesture, joined }).catch(() => tile);
    if (newer !== tile && this.editor.tile === tile) this.show(newer);
  }

  /** @param {number | null} id @returns {number | null} the next undecided tile that nobody else has locked */
  nextOpenId(id) {
    return nextUndecidedId(
      this.items,
      id,
      new Set([...this.decidedIds, ...this.lockedIds, ...this.decidedByOthers]),
    );
  }

  /** Mark a tile of this queue as decided by somebody else. @param {number} id @param {string} state */
  markDecidedByOthers(id, state) {
    const item = this.items.find((one) => one.id === id);
    if (!item || !isOpen(item.state) || this.decidedIds.has(id)) return;
    this.decidedByOthers.add(id);
    this.states.set(id, state);
  }

  /** @param {number} count @returns {number[]} the next undecided tiles, locked or not */
  upcoming(count) {
    const at = queueIndex(this.items, this.id);
    const rotated = [...this.items.slice(at + 1), ...this.items.slice(0, Math.max(at, 0))];
    const waiting = rotated.filter(({ id }) => !this.decidedIds.has(id));
    return waiting.slice(0, count).map((item) => item.id);
  }

  prefetch() {
    let id = this.id;
    for (let i = 0; i < PREFETCHED && id !== null; i += 1) {
      id = this.nextOpenId(id);
      if (id !== null && id !== this.id) this.library.open(id, this.author).catch(() => {});
    }
    const previous = adjacentId(this.items, this.id, -1);
    if (previous !== null) this.library.open(previous, this.author).catch(() => {});
  }

  /** Open the first undecided tile, after one that could not be opened. */
  openFirst() {
    const away = this.id;
    const others = this.items.filter(
      (item) => item.id !== away && !this.lockedIds.has(item.id) && !this.decidedByOthers.has(item.id),
    );
    this.open(nextUndecidedId(others, null, this.decidedIds), "next");
  }

  /** Open the first undecided tile of another queue. */
  openBest() {
    this.skippedIds.clear();
    this.open(this.nextOpenId(null), "next");
  }

  /** @param {1 | -1} step to the neighbor in the queue */
  step(step) {
    const id = adjacentId(this.items, this.id, step);
    if (id !== null && id !== this.id) this.open(id);
  }

  /** Decide later. @returns {boolean} whether there is another undecided tile */
  skip() {
    const id = this.nextOpenId(this.id);
    if (id === null) return false;
    if (this.id !== null) this.skippedIds.add(this.id);
    this.open(id, "next");
    return true;
  }

  /** Say that a save conflict must be resolved first. @param {OpenTile} tile @returns {boolean} whether the tile has one */
  waitsForConflict({ conflict }) {
    if (conflict)
      this.editor.emit("message", { kind: "conflict-open", text: "Resolve the save conflict first." });
    return conflict !== null;
  }

  /** @param {boolean} [confirmed] that an empty mask without a prediction is meant */
  accept(confirmed = false) {
    const { tile } = this.editor;
    if (!tile || this.waitsForConflict(tile)) return;
    this.editor.commit(); // apply a slider's preview
    const corrected = tile.prediction
      ? differing(tile.annotation, tile.prediction) > 0
      : tile.annotation.some(Boolean);
    const before = shownOf(tile);
    tile.info.state = corrected ? "corrected" : "accepted";
    this.finish(tile, () => this.saver.send(tile, "revision", "accept", { confirmed, before }));
  }

  /** @param {string} [note] @param {string} [reason] */
  reject(note = "", reason = "") {
    const { tile } = this.editor;
    if (!tile) return this.rejectUnloadable();
    if (this.waitsForConflict(tile)) return;
    const before = shownOf(tile);
    tile.info.state = "rejected";
    tile.info.note = note || null;
    this.finish(tile, () => this.saver.send(tile, "decision", "reject", { note, reason, before }));
  }

  /** Reject a tile that cannot be loaded. */
  async rejectUnloadable() {
    const { id } = this;
    if (id === null || this.stage !== "failed") return;
    try {
      await this.library.api.decide(id, this.author, "reject");
    } catch (error) {
      this.setStage("failed", failureText(error));
      return;
    }
    this.decidedIds.add(id);
    this.states.set(id, "rejected");
    if (this.id === id) this.open(this.nextOpenId(id), "next");
    this.onChange("decided");
  }

  /** Send a decision and open the next tile, without waiting in between. @param {OpenTile} tile @param {() => void} send */
  finish(tile, send) {
    this.decidedIds.add(tile.id);
    this.states.set(tile.id, tile.info.state);
    send();
    this.open(this.nextOpenId(tile.id), "next");
    this.onChange("decided");
  }

  /** @param {string} [note] question for the second reviewer */
  flag(note = "") {
    const { tile } = this.editor;
    if (!tile) return;
    const before = shownOf(tile);
    tile.info.note = note || null;
    this.saver.send(tile, "decision", "flag", { note, before });
  }

  /** Move a reviewed tile back to the queue with its mask as a draft, or remove a rejection or a flag. */
  reopen() {
    const { tile } = this.editor;
    if (!tile || (isOpen(tile.info.state) && !isFlagged(tile)) || this.waitsForConflict(tile)) return;
    const before = shownOf(tile);
    tile.info.note = null;
    this.decidedIds.delete(tile.id);
    this.saver.send(tile, "decision", "reopen", { before });
  }

  /** Undo the accept of the open tile: its strokes are kept as a draft, and it is back in the queue. */
  async undoAccept() {
    const { tile } = this.editor;
    if (!tile || !canUndoAccept(tile)) return;
    const own = tile.info.head?.author === this.author;
    const { version } = tile.save;
    try {
      await this.library.api.decide(tile.id, this.author, "undo-accept");
    } catch (error) {
      return this.editor.emit("message", { kind: "accept-kept", text: failureText(error) });
    }
    this.decidedIds.delete(tile.id);
    const info = own ? await this.library.api.document(tile.id, this.author).catch(() => null) : null;
    const idle = this.editor.tile === tile && tile.save.version === version && !this.editor.inGesture();
    if (info && idle && info.prediction?.id === tile.info.prediction?.id) this.keepAsDraft(tile, info);
    else await this.refresh(tile);
    this.onChange("decided");
  }

  /** Show a tile after its accept was undone, with its mask and undo history. @param {OpenTile} tile @param {import("../types.js").TileDocument} info */
  keepAsDraft(tile, info) {
    tile.info = info;
    tile.base = info.head?.id ?? 0;
    tile.save.draft = info.draft?.sha256 ?? "";
    if (info.draft)
      tile.notice = { kind: "draft-open", text: "The accept was undone. Your changes are kept as a draft." };
    this.saver.persist(tile, false);
    this.show(tile);
  }

  save() {
    const { tile } = this.editor;
    if (tile && !this.waitsForConflict(tile)) this.saver.send(tile, "revision", "save");
  }

  /** @param {import("../types.js").Revision} revision */
  restore(revision) {
    const { tile } = this.editor;
    if (tile && !this.waitsForConflict(tile)) this.saver.send(tile, "restore", String(revision.id));
  }

  /** Replace the draft by the saved or predicted mask; undo restores it. @param {OpenTile} tile */
  async discard(tile) {
    const { head } = tile.info;
    const count = tile.annotation.length;
    const saved = head ? await this.library.api.mask(`revisions/${head.id}/mask`, tile.author, count) : null;
    this.saver.discard(tile, saved ?? tile.prediction ?? new Uint8Array(count));
  }

  /**
   * Load the queue again and open its first tile.
   * @param {Record<string, string>} filters with the order
   */
  async reload(filters) {
    this.setStage("loading");
    try {
      const items = await this.library.api.queue(filters, this.author);
      const waiting = this.saver.unsent().map((tile) => tile.id); // not on the server yet
      this.decidedIds = new Set(waiting.filter((id) => this.decidedIds.has(id)));
      this.lockedIds.clear();
      this.decidedByOthers.clear();
      this.setQueue(items);
      this.open(nextUndecidedId(this.items, null, this.decidedIds), "next");
    } catch (error) {
      this.setStage("failed", failureText(error));
    }
  }

  /** Send unsent work from an earlier visit. @returns {Promise<number>} tiles with such work */
  async sendRecoveredWork() {
    const left = (await this.library.drafts.unsent().catch(() => [])).filter(
      (one) => one.author === this.author,
    );
    for (const work of left) {
      const tile = await this.library.open(work.tile, work.author).catch(() => null);
      if (tile?.save.status === "waiting") void this.saver.run(tile);
    }
    return left.length;
  }
}
