/**
 * Saving: after every gesture into the browser, within three seconds as a draft to the server, and commands
 * (save, accept, reject, restore) in order. Nothing here ever blocks painting; what fails is tried again.
 */
import { Refusal } from "./api.js";
import { keyOf } from "./library.js";

/** @typedef {import("./types.js").OpenTile} OpenTile */
/** @typedef {import("./types.js").Command} Command */
/**
 * status: the save line changed; state: the tile has another state; conflict: a save was refused because
 * another came between; refused: a command was given up; restored: the annotation is another one;
 * joined: the save changed other windows too; unkept: this browser keeps nothing.
 * @typedef {"status" | "state" | "conflict" | "refused" | "restored" | "joined" | "unkept"} Event
 * @typedef {(event: Event, tile: OpenTile, joined: number[]) => void} Tell
 */

export const DRAFT_DELAY_MS = 1500;
const BACK_OFF_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const FINAL = [400, 404, 413, 422]; // trying again would be answered the same

/** @param {unknown} error @returns {string} why something did not get through */
export function reasonOf(error) {
  if (error instanceof Refusal) return error.message;
  const name = error instanceof Error ? error.name : "";
  if (name === "TimeoutError") return "the server does not answer";
  if (name === "TypeError") return "no connection to the server";
  return error instanceof Error ? error.message : String(error);
}

/** @param {unknown} error @returns {boolean} whether the server says that there is no such thing */
export function isMissing(error) {
  return error instanceof Refusal && error.status === 404;
}

export class Saver {
  /**
   * @param {import("./api.js").Api} api @param {import("./drafts.js").Drafts} drafts
   * @param {number} [delayMs] from the first unsent gesture to the draft's sending
   */
  constructor(api, drafts, delayMs = DRAFT_DELAY_MS) {
    this.api = api;
    this.drafts = drafts;
    this.delayMs = delayMs;
    /** Whether this browser refused to keep work: said once, since the server has it seconds later. */
    this.unkept = false;
    /** @type {Set<Tell>} */
    this.listeners = new Set();
    /** @type {Map<OpenTile, {running: boolean, timer: number | undefined, failures: number, kind: string}>} */
    this.active = new Map();
  }

  /** @param {Event} event @param {OpenTile} tile @param {number[]} [joined] ids */
  tell(event, tile, joined = []) {
    for (const listener of this.listeners) listener(event, tile, joined);
  }

  /** @param {OpenTile} tile */
  work(tile) {
    let work = this.active.get(tile);
    if (!work) this.active.set(tile, (work = { running: false, timer: undefined, failures: 0, kind: "save" }));
    return work;
  }

  /** Tiles with work that the server does not have. @returns {OpenTile[]} */
  unsent() {
    return [...this.active.keys()].filter(
      ({ save, conflict }) => save.outbox.length || save.sent < save.version || conflict,
    );
  }

  /** A gesture was made, undone or redone. @param {OpenTile} tile @param {boolean} made an edit that is new */
  touched(tile, made) {
    tile.save.version += 1;
    if (tile.save.status === "clean") tile.save.status = "waiting";
    this.keep(tile, made);
    this.schedule(tile, this.delayMs);
    this.tell("status", tile);
  }

  /**
   * Put a command in line and start.
   * @param {OpenTile} tile @param {Command["type"]} type @param {string} what @param {string} [note] why, of a decision
   */
  send(tile, type, what, note = "") {
    const mask = type === "revision" ? tile.annotation.slice() : null;
    const request = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    tile.save.outbox.push({ type, what, request, mask, note, version: tile.save.version });
    this.work(tile).failures = 0;
    this.keep(tile, false);
    void this.run(tile);
  }

  /** @param {OpenTile} tile @param {number} delayMs */
  schedule(tile, delayMs) {
    const work = this.work(tile);
    work.timer ??= window.setTimeout(() => void this.run(tile), delayMs);
  }

  /** Send all that waits now: the page is being left, or the connection is back. */
  flush() {
    for (const tile of this.unsent()) void this.run(tile);
  }

  /** Keep the tile's work in the browser. @param {OpenTile} tile @param {boolean} made */
  keep(tile, made) {
    const { history, save } = tile;
    // One array for both is written once: 4 MB less at 2048 px, in the very moment that the next tile is shown.
    const same = save.outbox.find((command) => command.mask && command.version === save.version);
    const work = {
      key: keyOf(tile.id, tile.author),
      identity: tile.identity,
      tile: tile.id,
      author: tile.author,
      base: tile.base,
      mask: same?.mask ?? tile.annotation.slice(),
      sent: save.sent >= save.version,
      at: Date.now(),
      dropped: history.dropped,
      position: history.position,
      outbox: [...save.outbox],
    };
    const edit = made ? history.edits[history.position - 1] : null;
    this.drafts.keep(work, edit, history.dropped + history.position - 1).catch(() => {
      if (!this.unkept) this.tell("unkept", tile);
      this.unkept = true;
    });
  }

  /** Send until nothing waits; one at a time for a tile. @param {OpenTile} tile */
  async run(tile) {
    const work = this.work(tile);
    window.clearTimeout(work.timer);
    work.timer = undefined;
    if (work.running) return;
    work.running = true;
    try {
      while (tile.save.outbox.length || tile.save.sent < tile.save.version) {
        this.status(tile, "saving");
        await this.step(tile);
        work.failures = 0;
      }
      this.status(tile, "clean");
    } catch (error) {
      this.failed(tile, error);
    } finally {
      work.running = false;
      if (tile.save.status === "clean") this.active.delete(tile); // a day's tiles must not stay in memory
    }
  }

  /** @param {OpenTile} tile */
  async step(tile) {
    const { save } = tile;
    const command = save.outbox[0];
    const draftFirst = command?.type === "decision" && save.sent < save.version;
    if (!command || draftFirst) {
      const version = save.version;
      const answer = await this.api.saveDraft(tile.id, tile.author, tile.base, tile.annotation.slice());
      this.confirmed(tile, version, answer.state ?? (tile.info.state === "unreviewed" ? "draft" : tile.info.state));
    } else if (command.type === "decision") {
      const { state } = await this.api.decide(tile.id, tile.author, command.what, command.note);
      save.outbox.shift();
      this.confirmed(tile, save.sent, state);
    } else {
      this.work(tile).kind = command.type === "revision" ? command.what : "save";
      const { revision, state, joined } = await this.api.saveRevision(tile.id, tile.author, tile.base, command);
      save.outbox.shift();
      tile.base = revision.id;
      tile.info.head = revision;
      tile.info.history = [revision, ...tile.info.history.filter((one) => one.id !== revision.id)];
      if (command.type === "restore") await this.restored(tile, revision);
      this.confirmed(tile, command.type === "restore" ? save.version : command.version, state);
      if (joined?.length) this.tell("joined", tile, joined);
    }
    this.keep(tile, false);
  }

  /** @param {OpenTile} tile @param {import("./types.js").Revision} revision */
  async restored(tile, revision) {
    const mask = await this.api.mask(`revisions/${revision.id}/mask`, tile.author, tile.annotation.length);
    const made = tile.history.replace(mask);
    tile.save.version += 1;
    this.keep(tile, made);
    this.tell("restored", tile);
  }

  /**
   * Go on from a newer revision with what is not saved, as one step that undo takes back.
   * @param {OpenTile} tile @param {number} base @param {(mask: Uint8Array) => Uint8Array} merge puts what is newer in
   */
  rebase(tile, base, merge) {
    const made = tile.history.replace(merge(tile.annotation));
    for (const command of tile.save.outbox) if (command.mask) command.mask = merge(command.mask);
    const refused = tile.conflict && this.active.get(tile);
    tile.base = base;
    tile.conflict = null;
    tile.save.version += 1;
    tile.save.status = "waiting";
    this.keep(tile, made);
    if (refused) this.send(tile, "revision", refused.kind);
    else this.schedule(tile, this.delayMs);
    this.tell("restored", tile);
  }

  /** @param {OpenTile} tile @param {number} version @param {string} state */
  confirmed(tile, version, state) {
    tile.save.sent = Math.max(tile.save.sent, version);
    tile.save.at = Date.now();
    tile.info.state = state;
    this.tell("state", tile);
  }

  /** @param {OpenTile} tile @param {"saving" | "clean"} status */
  status(tile, status) {
    tile.save.status = tile.conflict ? "conflict" : status;
    this.tell("status", tile);
  }

  /** @param {OpenTile} tile @param {unknown} error */
  failed(tile, error) {
    const { save } = tile;
    const work = this.work(tile);
    if (error instanceof Refusal && error.status === 409) {
      if (error.body.revision_id === tile.base) return this.schedule(tile, 0); // followed while it was on its way
      save.outbox = [];
      save.sent = save.version; // not sent again until the next gesture or the analyst's choice
      save.status = "conflict";
      const { revision_id, author, created_at } = error.body;
      tile.conflict = { revision: revision_id, author, at: created_at, theirs: null };
      this.keepUnsent(tile);
      this.tell("conflict", tile);
      void this.learnHistory(tile);
      return;
    }
    save.status = "failed";
    save.reason = reasonOf(error);
    if (error instanceof Refusal && FINAL.includes(error.status)) {
      if (save.outbox.shift()) this.tell("refused", tile);
    } else {
      save.reason = `${save.reason.replace(/\.$/, "")}; trying again`;
      this.schedule(tile, BACK_OFF_MS[Math.min(work.failures, BACK_OFF_MS.length - 1)]);
      work.failures += 1;
    }
    this.tell("status", tile);
  }

  /** Give the draft up for what is saved or predicted; undo brings it back. @param {OpenTile} tile @param {Uint8Array} mask */
  discard(tile, mask) {
    const made = tile.history.replace(mask);
    tile.base = tile.info.head?.id ?? 0;
    tile.save.version += 1;
    tile.save.outbox = [];
    tile.save.sent = tile.save.version;
    tile.save.at = null;
    this.status(tile, "clean");
    this.keep(tile, made);
    this.tell("restored", tile);
    this.api.dropDraft(tile.id, tile.author).catch((error) => this.failed(tile, error));
  }

  /** What others saved meanwhile belongs into the history. @param {OpenTile} tile */
  async learnHistory(tile) {
    const info = await this.api.document(tile.id, tile.author).catch(() => null);
    if (info) tile.info = { ...info, state: tile.info.state, start: tile.info.start };
    this.tell("state", tile);
  }

  /** The browser keeps my side of a conflict until it is settled. @param {OpenTile} tile */
  keepUnsent(tile) {
    tile.save.sent = -1;
    this.keep(tile, false);
    tile.save.sent = tile.save.version;
  }

  /**
   * Settle a conflict; both versions end in the history.
   * @param {OpenTile} tile @param {"mine" | "theirs"} side which one is on top
   */
  settle(tile, side) {
    if (!tile.conflict) return;
    const theirs = tile.conflict.revision;
    tile.base = theirs;
    tile.conflict = null;
    this.send(tile, "revision", side === "mine" ? this.work(tile).kind : "save");
    if (side === "theirs") this.send(tile, "restore", String(theirs));
  }
}
