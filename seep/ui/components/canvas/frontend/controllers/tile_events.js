/** What the desk and the saver tell, shown on the surface: which tile, its state, conflicts, what came back. */
import { resolveConflict } from "../conflicts.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */

export class TileEvents {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** Tiles that this surface itself put into the address: the page's echo moves nothing. @type {Set<number>} */
    this.urlTiles = new Set();
    /** @type {OpenTile | null} */
    this.previousTile = null;
    this.pageNotice = review.data.notice ?? "";
  }

  /** @param {"stage" | "shown" | "decided"} what */
  queueChanged(what) {
    const { queue, parts, report } = this.review;
    parts.placeholder.show(queue.stage, queue.detail);
    if (what === "shown") this.tileShown();
    if (queue.stage !== "ready") parts.note.close();
    this.review.tileLock.tileChanged();
    if (what === "decided") report(queue.id, queue.stage);
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
    if (this.previousTile && this.previousTile !== tile) this.previousTile.notice = this.pageNotice = "";
    this.showNotice();
    if (this.previousTile?.id !== tile.id) parts.note.close(); // what is typed there is about the tile before
    this.previousTile = tile;
    if (tile.conflict) void this.showVersion("mine");
  }

  /** Say all that is to be known about the tile that has come up: in one line, so that nothing hides the rest. */
  showNotice() {
    const { queue, editor, tileLock, parts } = this.review;
    const { tile } = editor;
    const text = [this.pageNotice, tile?.notice, tileLock.holderText].filter(Boolean).join(" ");
    if (!tile || !text) return;
    const discard = /** @type {[string, () => void]} */ (["Discard draft", () => void queue.discard(tile)]);
    parts.notice.say(text, tile.notice.startsWith("Your") ? [discard] : [], () => {
      tile.notice = this.pageNotice = tileLock.holderText = "";
    });
  }

  /** @param {import("../saver.js").Event} event @param {OpenTile} tile */
  saverEvent(event, tile) {
    const { queue, editor, parts } = this.review;
    if (event === "state") {
      queue.states.set(tile.id, tile.info.state);
      queue.versions.set(tile.id, `${tile.info.head?.id ?? tile.info.version}`);
      this.review.session.schedule();
    }
    if (event === "refused") queue.decidedIds.delete(tile.id);
    if (event === "restored" && tile === editor.tile) this.maskReplaced(tile);
    if (event === "window") parts.notice.say(`${tile.info.name}: strokes from your other window were merged.`);
    if (event === "unkept") parts.notice.say("This browser cannot store drafts. Drafts are saved on the server only.");
    if (event === "conflict") {
      queue.decidedIds.delete(tile.id);
      if (tile === editor.tile) void this.showVersion("mine");
      else {
        const text = `${tile.info.name}: ${tile.conflict?.author} saved a newer version. Your version is kept.`;
        parts.notice.say(text, [["Compare versions", () => queue.open(tile.id)]]);
      }
    }
    this.review.showHeader();
    if (tile === editor.tile) this.review.showChoices();
  }

  /** Something else than a gesture changed the mask on the desk. @param {OpenTile} tile */
  maskReplaced(tile) {
    const { editor, parts } = this.review;
    if (editor.conflictMask && !tile.conflict) editor.choose({ conflictMask: null });
    parts.conflict.show(tile, "mine");
    editor.annotationReplaced();
  }

  /** @param {"mine" | "theirs"} side to look at */
  async showVersion(side) {
    const { editor, parts, shared } = this.review;
    const { tile } = editor;
    if (!tile?.conflict) return;
    parts.conflict.show(tile, side);
    const { conflict } = tile;
    if (side === "theirs" && !conflict.theirs) {
      const path = `revisions/${conflict.revision}/mask`;
      conflict.theirs = await shared.library.api.mask(path, tile.author, tile.annotation.length);
    }
    if (tile === editor.tile) editor.choose({ conflictMask: side === "theirs" ? conflict.theirs : null });
  }

  /** @param {"mine" | "theirs"} side to be on top */
  resolve(side) {
    const { editor, parts, shared } = this.review;
    const { tile } = editor;
    if (!tile) return;
    editor.choose({ conflictMask: null });
    resolveConflict(shared.saver, tile, side);
    parts.conflict.show(tile, "mine");
  }
}
