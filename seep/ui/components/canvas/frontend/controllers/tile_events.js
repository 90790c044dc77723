/** Shows events of the queue and the saver: the open tile, its state, conflicts and notices. */
import { loadConflict, mergeConflict, resolveConflict } from "../conflicts.js";
import { NO_NOTICE } from "../types.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */
/** @typedef {{id: number, kind: string, text: string, action: string}} TileMessage about a tile that is not open */

export class TileEvents {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** Tiles that this surface wrote to the URL; a rerun with one of them opens nothing. @type {Set<number>} */
    this.urlTiles = new Set();
    /** @type {OpenTile | null} */
    this.previousTile = null;
    this.pageNotice = review.data.notice ?? "";
    /** Messages about other tiles, newest last: each stays until it is closed or its tile is opened. @type {TileMessage[]} */
    this.otherTiles = [];
    /** The tile that was skipped, and the one that was opened in its place. */
    this.skipped = { text: "", shownWith: /** @type {number | null} */ (null) };
  }

  /** @param {"stage" | "shown" | "decided"} what */
  queueChanged(what) {
    const { queue, parts, report } = this.review;
    parts.placeholder.show(queue.stage, queue.detail);
    if (what === "shown") this.tileShown();
    if (queue.stage !== "ready") parts.note.close();
    this.review.tileLock.tileChanged();
    if (what === "decided") {
      report(queue.id, queue.stage);
      this.review.session.schedule();
    }
    this.review.showHeader();
    if (queue.stage !== "ready") this.review.showChoices();
    this.review.viewport.redraw();
  }

  tileShown() {
    const { editor, parts, shared } = this.review;
    const { tile } = editor;
    if (!tile) return;
    shared.lastId = tile.id;
    this.urlTiles.add(tile.id);
    const address = new URL(window.location.href);
    address.searchParams.set("tile", String(tile.id));
    window.history.replaceState(window.history.state, "", address);
    parts.notice.close();
    this.otherTiles = this.otherTiles.filter((one) => one.id !== tile.id);
    if (this.skipped.shownWith !== tile.id) this.skipped.text = "";
    if (this.previousTile && this.previousTile !== tile) {
      this.previousTile.notice = NO_NOTICE;
      this.pageNotice = "";
    }
    this.showNotice();
    if (this.previousTile?.id !== tile.id) parts.note.close(); // its text is about the previous tile
    this.previousTile = tile;
    if (tile.conflict) void this.showVersion("mine");
  }

  /** Show everything the analyst must know in one notice, so that no message hides another. */
  showNotice() {
    const { queue, editor, tileLock, parts } = this.review;
    const { tile } = editor;
    const other = this.otherTiles.at(-1);
    const skipped = {
      kind: "tile-skipped",
      text: queue.id === this.skipped.shownWith ? this.skipped.text : "",
    };
    const ofTile = tile
      ? [
          { kind: "page", text: this.pageNotice },
          tile.notice,
          { kind: "tile-open-elsewhere", text: tileLock.holderText },
        ]
      : [];
    const shown = [...(other ? [other] : []), skipped, ...ofTile].filter(({ text }) => text);
    if (!shown.length) return;
    const [kinds, text] = [shown.map((one) => one.kind).join(" "), shown.map((one) => one.text).join(" ")];
    const actions = /** @type {[string, () => void][]} */ ([]);
    if (other) actions.push([other.action, () => this.review.openTile(other.id)]);
    if (tile?.notice.kind === "draft-open") actions.push(["Discard draft", () => void queue.discard(tile)]);
    parts.notice.show(kinds, text, actions, () => {
      this.otherTiles = this.otherTiles.filter((one) => one !== other);
      if (tile) tile.notice = NO_NOTICE;
      this.pageNotice = this.skipped.text = tileLock.holderText = "";
      this.showNotice(); // an older message about another tile
    });
  }

  /** Say something about a tile that is not open. @param {TileMessage} message */
  tellOfOther(message) {
    this.otherTiles = [...this.otherTiles.filter((one) => one.id !== message.id), message];
    this.showNotice();
  }

  /** Say that a tile was passed by, beside the one that is opened in its place. @param {string} text */
  tileSkipped(text) {
    this.skipped = { text, shownWith: this.review.queue.id };
    this.showNotice();
  }

  /** @param {import("../saver.js").Event} event @param {OpenTile} tile */
  saverEvent(event, tile) {
    const { queue, editor, parts } = this.review;
    if (event === "state") {
      queue.states.set(tile.id, tile.info.state);
      queue.versions.set(tile.id, `${tile.info.head?.id ?? tile.info.version}`);
      this.review.session.schedule();
    }
    if (event === "refused") this.refused(tile);
    if (event === "restored" && tile === editor.tile) this.maskReplaced(tile);
    if (event === "merged")
      parts.notice.show("strokes-merged", `${tile.info.name}: strokes from your other window were merged.`);
    if (event === "storage-refused")
      parts.notice.show(
        "browser-storage-refused",
        "This browser cannot store drafts. Drafts are saved on the server only.",
      );
    if (event === "conflict") {
      queue.decidedIds.delete(tile.id);
      if (tile === editor.tile) void this.showVersion("mine");
      else {
        const text = `${tile.info.name}: ${newerVersionText(tile)} Your version is kept.`;
        this.tellOfOther({ id: tile.id, kind: "save-conflict", text, action: "Compare versions" });
      }
    }
    this.review.showHeader();
    if (tile === editor.tile) this.review.showChoices();
  }

  /** The server refused a decision: the tile is to be reviewed again. @param {OpenTile} tile */
  refused(tile) {
    const { queue, editor } = this.review;
    queue.decidedIds.delete(tile.id);
    if (tile === editor.tile) return; // the save status has the reason
    const text = `${tile.info.name} was not saved: ${tile.save.reason}`;
    this.tellOfOther({ id: tile.id, kind: "decision-refused", text, action: "Open tile" });
  }

  /** The mask of the open tile changed without a gesture. @param {OpenTile} tile */
  maskReplaced(tile) {
    const { editor } = this.review;
    if (editor.conflictMask && !tile.conflict) editor.choose({ conflictMask: null });
    this.showConflict(tile);
    editor.annotationReplaced();
  }

  /** @param {import("../types.js").Side} side to show @param {"mine" | "theirs"} [prefer] where both changed a pixel */
  async showVersion(side, prefer) {
    const { editor, shared } = this.review;
    const { tile } = editor;
    if (!tile?.conflict) return;
    const { conflict } = tile;
    conflict.shown = side;
    if (prefer) conflict.prefer = prefer;
    this.showConflict(tile);
    await loadConflict(shared.saver, tile).catch(() => {}); // the next choice tries again
    if (tile !== editor.tile || tile.conflict !== conflict || conflict.shown !== side) return;
    const masks = {
      mine: null,
      theirs: conflict.theirs,
      both: side === "both" ? mergeConflict(tile).mask : null,
    };
    editor.choose({ conflictMask: masks[side] });
    this.showConflict(tile);
  }

  /** @param {OpenTile | null} tile */
  showConflict(tile) {
    const { editor, parts, data } = this.review;
    parts.conflict.show(tile, data.classes, editor.conflictMask ? (tile?.conflict?.shown ?? "mine") : "mine");
  }

  /** @param {import("../types.js").Side} side that becomes the newest version */
  resolve(side) {
    const { editor, shared, parts } = this.review;
    const { tile } = editor;
    if (!tile) return;
    editor.choose({ conflictMask: null });
    resolveConflict(shared.saver, tile, side);
    this.showConflict(tile);
    if (tile.notice.kind !== "draft-open") return;
    tile.notice = NO_NOTICE; // the draft is a saved version now
    parts.notice.close();
    this.showNotice();
  }
}

/** @param {OpenTile} tile with a conflict @returns {string} who saved the newer version */
function newerVersionText({ author, conflict }) {
  return conflict?.author === author
    ? "You saved a newer version in another window."
    : `${conflict?.author} saved a newer version.`;
}
