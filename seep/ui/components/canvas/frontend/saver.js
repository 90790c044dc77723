/**
 * Saves work: after each gesture to the browser's storage, within three seconds as a draft to the server. Commands (save,
 * accept, reject, restore) are sent in order. Saving never blocks painting. Failed requests are retried.
 */
import { RequestError, failureText } from "../../shared/api.js";
import { openConflict } from "./conflicts.js";
import { mergeDraft, mergeNeighborSaves } from "./merge.js";
import { keyOf } from "./library.js";

/** @typedef {import("./types.js").OpenTile} OpenTile */
/** @typedef {import("./types.js").Command} Command */
/**
 * @typedef {object} SaveTask State of the requests of a tile.
 * @property {boolean} running whether a request is in progress; there is one at a time
 * @property {number | undefined} timer @property {number} failures since the last success
 * @property {string} kind of revision to save after the conflict is resolved
 * @property {boolean} behind whether a save on an overlapping tile changed this tile
 * @property {Command | null} sending command in progress; null for a draft
 */
/**
 * status: the save status changed; state: the state of the tile changed; conflict: the server refused a save because a
 * newer revision exists; refused: a command was dropped; restored: the annotation was replaced; joined: the save also
 * changed overlapping tiles; merged: strokes from another browser window of the same analyst were merged;
 * storage-refused: the browser's storage refused the draft.
 * @typedef {"status" | "state" | "conflict" | "refused" | "restored" | "joined" | "merged" | "storage-refused"} Event
 * @typedef {(event: Event, tile: OpenTile, joined: number[]) => void} Listener
 */

export const DRAFT_DELAY_MS = 1500;
const BACK_OFF_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const FINAL = [400, 403, 404, 413, 422]; // HTTP states that a retry cannot change

/** @param {unknown} error @returns {boolean} whether the server answered 404 */
export function isMissing(error) {
  return error instanceof RequestError && error.status === 404;
}

export class Saver {
  /**
   * @param {import("./api.js").Api} api @param {import("./drafts.js").Drafts} drafts
   * @param {number} [delayMs] from the first unsent gesture until the draft is sent
   */
  constructor(api, drafts, delayMs = DRAFT_DELAY_MS) {
    this.api = api;
    this.drafts = drafts;
    this.delayMs = delayMs;
    /** Whether the browser's storage refused a draft; reported once, since the server stores the draft seconds later. */
    this.storageRefused = false;
    /** @type {Set<Listener>} */
    this.listeners = new Set();
    /** @type {Map<OpenTile, SaveTask>} */
    this.active = new Map();
  }

  /** @param {Event} event @param {OpenTile} tile @param {number[]} [joined] ids */
  emit(event, tile, joined = []) {
    for (const listener of this.listeners) listener(event, tile, joined);
  }

  /** @param {OpenTile} tile @returns {SaveTask} */
  stateOf(tile) {
    let work = this.active.get(tile);
    if (!work) {
      work = { running: false, timer: undefined, failures: 0, kind: "save", behind: false, sending: null };
      this.active.set(tile, work);
    }
    return work;
  }

  /** @param {OpenTile} tile @returns {boolean} whether there is unsent work */
  hasUnsent({ save }) {
    return save.outbox.length > 0 || save.sent < save.version;
  }

  /** Tiles with unsent work or a conflict. @returns {OpenTile[]} */
  unsent() {
    return [...this.active.keys()].filter((tile) => this.hasUnsent(tile) || tile.conflict);
  }

  /** A gesture was made, undone or redone. @param {OpenTile} tile @param {boolean} made whether it is a new edit */
  edited(tile, made) {
    tile.save.version += 1;
    if (tile.save.status === "clean") tile.save.status = "waiting";
    this.persist(tile, made);
    this.schedule(tile, this.delayMs);
    this.emit("status", tile);
  }

  /**
   * Append a command to the outbox and start sending.
   * @param {OpenTile} tile @param {Command["type"]} type @param {string} what @param {{note?: string, reason?: string, confirmed?: boolean, before?: import("./types.js").Shown}} [more]
   *   before: state and note that the tile had
   */
  send(tile, type, what, { note = "", reason = "", confirmed = false, before } = {}) {
    const mask = type === "revision" ? tile.annotation.slice() : null;
    const request = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    const { version } = tile.save;
    tile.save.outbox.push({ type, what, request, mask, note, reason, confirmed, before, version });
    this.stateOf(tile).failures = 0;
    this.persist(tile, false);
    void this.run(tile);
  }

  /** Load what a save on an overlapping tile changed. @param {OpenTile} tile */
  pullNeighborSaves(tile) {
    this.stateOf(tile).behind = true;
    void this.run(tile);
  }

  /** @param {OpenTile} tile @param {number} delayMs */
  schedule(tile, delayMs) {
    const work = this.stateOf(tile);
    work.timer ??= window.setTimeout(() => void this.run(tile), delayMs);
  }

  /** Send all unsent work now: the page is closing, or the connection is back. */
  flush() {
    for (const tile of this.unsent()) void this.run(tile);
  }

  /** Store the tile's work in the browser. @param {OpenTile} tile @param {boolean} made */
  persist(tile, made) {
    const { history, save } = tile;
    // A shared array is written once: 4 MB less at 2048 px, just when the next tile is shown.
    const same = save.outbox.find((command) => command.mask && command.version === save.version);
    const work = {
      key: keyOf(tile.id, tile.author),
      identity: tile.identity,
      tile: tile.id,
      author: tile.author,
      base: tile.base,
      mask: same?.mask ?? tile.annotation.slice(),
      sent: save.sent >= save.version,
      draft: save.draft,
      at: Date.now(),
      dropped: history.dropped,
      position: history.position,
      outbox: [...save.outbox],
    };
    const edit = made ? history.edits[history.position - 1] : null;
    this.drafts.put(work, edit, history.dropped + history.position - 1).catch(() => {
      if (!this.storageRefused) this.emit("storage-refused", tile);
      this.storageRefused = true;
    });
  }

  /** Send until the outbox is empty; one request at a time per tile. @param {OpenTile} tile */
  async run(tile) {
    const work = this.stateOf(tile);
    window.clearTimeout(work.timer);
    work.timer = undefined;
    if (work.running) return;
    work.running = true;
    try {
      while (work.behind || this.hasUnsent(tile)) await this.next(tile, work);
      this.setStatus(tile, "clean");
    } catch (error) {
      this.handleError(tile, error);
    } finally {
      work.running = false;
      if (tile.save.status === "clean") this.active.delete(tile); // free the memory of finished tiles
    }
  }

  /** Merge saves of overlapping tiles first, so that the server does not refuse the next request. @param {OpenTile} tile @param {SaveTask} work */
  async next(tile, work) {
    if (work.behind) {
      work.behind = false;
      await mergeNeighborSaves(this, tile).catch(() => false); // the next request detects it again
      return;
    }
    this.setStatus(tile, "saving");
    try {
      await this.step(tile, work);
    } catch (error) {
      if (!(error instanceof RequestError && error.status === 409)) throw error;
      const current = error.body.revision_id === tile.base; // merged while the request was in progress
      if (!current && !(await mergeNeighborSaves(this, tile))) throw error;
    }
    work.failures = 0;
  }

  /** @param {OpenTile} tile @param {SaveTask} work */
  async step(tile, work) {
    const { save } = tile;
    const command = save.outbox[0];
    const draftFirst = command?.type === "decision" && save.sent < save.version;
    work.sending = draftFirst ? null : (command ?? null);
    if (!command || draftFirst) {
      const version = save.version;
      const sent = tile.annotation.slice();
      const answer = await this.api.saveDraft(tile.id, tile.author, tile.base, sent, save.draft);
      save.draft = answer.draft ?? save.draft;
      if (answer.joined) await mergeDraft(this, tile, sent);
      this.confirmed(
        tile,
        version,
        answer.state ?? (tile.info.state === "unreviewed" ? "draft" : tile.info.state),
      );
    } else if (command.type === "decision") {
      const { what, note, reason } = command;
      const answer = await this.api.decide(tile.id, tile.author, what, note, reason);
      const { state, revision, comments } = answer;
      tile.info.rejections = answer.rejections;
      if (comments) tile.info.comments = comments;
      this.removeCommand(tile, command);
      if (revision) this.setHead(tile, revision);
      this.confirmed(tile, save.sent, state);
    } else if (command.type === "drop") {
      await this.api.dropDraft(tile.id, tile.author);
      save.draft = "";
      this.removeCommand(tile, command);
    } else {
      await this.saveRevision(tile, command);
    }
    this.persist(tile, false);
  }

  /** @param {OpenTile} tile @param {Command} command */
  async saveRevision(tile, command) {
    const { id, author, info, save } = tile;
    const seen = { draft: save.draft, prediction: info.prediction?.id };
    const { revision, state, joined } = await this.api.saveRevision(id, author, tile.base, command, seen);
    save.draft = "";
    const restoring = command.type === "restore";
    const mask =
      restoring && (await this.api.mask(`revisions/${revision.id}/mask`, author, tile.annotation.length));
    this.removeCommand(tile, command);
    this.setHead(tile, revision);
    if (mask) this.replaceMask(tile, mask);
    this.confirmed(tile, restoring ? save.version : command.version, state);
    if (joined?.length) this.emit("joined", tile, joined);
  }

  /** @param {OpenTile} tile @param {import("./types.js").Revision} revision that the server saved */
  setHead(tile, revision) {
    tile.base = revision.id;
    tile.info.head = revision;
    tile.info.history = [revision, ...tile.info.history.filter((one) => one.id !== revision.id)];
  }

  /** @param {OpenTile} tile @param {Uint8Array} mask */
  replaceMask(tile, mask) {
    const made = tile.history.replace(mask);
    tile.save.version += 1;
    this.persist(tile, made);
    this.emit("restored", tile);
  }

  /** Remove a command from the outbox, which may have changed meanwhile. @param {OpenTile} tile @param {Command} command */
  removeCommand({ save }, command) {
    save.outbox = save.outbox.filter((one) => one !== command);
  }

  /** @param {OpenTile} tile @param {number} version @param {string} state without the commands in the outbox */
  confirmed(tile, version, state) {
    tile.save.sent = Math.max(tile.save.sent, version);
    tile.save.at = Date.now();
    if (!tile.save.outbox.length) tile.info.state = state;
    this.emit("state", tile);
  }

  /** @param {OpenTile} tile @param {"saving" | "clean"} status */
  setStatus(tile, status) {
    tile.save.status = tile.conflict ? "conflict" : status;
    this.emit("status", tile);
  }

  /** @param {OpenTile} tile @param {unknown} error */
  handleError(tile, error) {
    const { save } = tile;
    const work = this.stateOf(tile);
    if (error instanceof RequestError && error.status === 409) return openConflict(this, tile, error.body);
    save.status = "failed";
    save.reason = failureText(error);
    if (error instanceof RequestError && FINAL.includes(error.status)) {
      this.dropCommand(tile, work.sending);
    } else {
      save.reason = `${save.reason.replace(/\.$/, "")}; trying again`;
      const asked = error instanceof RequestError ? error.waitMs : undefined;
      this.schedule(tile, asked ?? BACK_OFF_MS[Math.min(work.failures, BACK_OFF_MS.length - 1)]);
      work.failures += 1;
    }
    this.emit("status", tile);
  }

  /** Drop a command that can never succeed, so that it does not block the next ones. @param {OpenTile} tile @param {Command | null} sent */
  dropCommand(tile, sent) {
    const first = tile.save.outbox[0];
    const command = sent ?? (first?.type === "decision" ? first : null); // its strokes are sent first
    if (command) this.removeCommand(tile, command);
    if (command) this.emit("refused", tile);
    if (command) void this.showServerState(tile, command);
    if (tile.save.outbox.length) this.schedule(tile, 0);
  }

  /** Show the state and note that the server has, after it refused a command. @param {OpenTile} tile @param {Command} refused */
  async showServerState(tile, refused) {
    const shown = await this.api.document(tile.id, tile.author).catch(() => refused.before);
    if (!shown || tile.save.outbox.length) return; // the next command changes it again
    tile.info.state = shown.state;
    tile.info.note = shown.note ?? null;
    this.emit("state", tile);
  }

  /** Replace the draft by the saved or predicted mask; undo restores it. @param {OpenTile} tile @param {Uint8Array} mask */
  discard(tile, mask) {
    const made = tile.history.replace(mask);
    tile.base = tile.info.head?.id ?? 0;
    tile.save.version += 1;
    tile.save.sent = tile.save.version;
    tile.save.at = null;
    this.persist(tile, made);
    this.emit("restored", tile);
    tile.save.outbox = [];
    this.send(tile, "drop", ""); // through the outbox: it must not drop later strokes
  }
}
