/** What the desk and the saver tell, shown on the surface: which tile, its state, conflicts, what came back. */
import { settle } from "../conflicts.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */

export class Flow {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** Tiles that this surface itself put into the address: the page's echo moves nothing. @type {Set<number>} */
    this.addressed = new Set();
    /** @type {OpenTile | null} */
    this.shownBefore = null;
    this.greeting = review.data.notice ?? "";
  }

  /** @param {"stage" | "shown" | "decided"} what */
  deskChanged(what) {
    const { desk, parts, report } = this.review;
    parts.placeholder.show(desk.stage, desk.detail);
    if (what === "shown") this.shown();
    if (desk.stage !== "ready") parts.note.close();
    this.review.holding.changed();
    if (what === "decided") report(desk.id, desk.stage);
    this.review.showHeader();
    this.review.sight.redraw();
  }

  shown() {
    const { editor, parts, shared } = this.review;
    const { tile } = editor;
    if (!tile) return;
    shared.lastId = tile.id;
    this.addressed.add(tile.id);
    const address = new URL(window.location.href);
    address.searchParams.set("tile", String(tile.id));
    window.history.replaceState(window.history.state, "", address);
    parts.notice.close();
    if (this.shownBefore && this.shownBefore !== tile) this.shownBefore.notice = this.greeting = "";
    this.greet();
    if (this.shownBefore?.id !== tile.id) parts.note.close(); // what is typed there is about the tile before
    this.shownBefore = tile;
    if (tile.conflict) void this.look("mine");
  }

  /** Say all that is to be known about the tile that has come up: in one line, so that nothing hides the rest. */
  greet() {
    const { desk, editor, holding, parts } = this.review;
    const { tile } = editor;
    const text = [this.greeting, tile?.notice, holding.others].filter(Boolean).join(" ");
    if (!tile || !text) return;
    const startOver = /** @type {[string, () => void]} */ (["Start over", () => void desk.discard(tile)]);
    parts.notice.say(text, tile.notice.startsWith("Your") ? [startOver] : [], () => {
      tile.notice = this.greeting = holding.others = "";
    });
  }

  /** @param {import("../saver.js").Event} event @param {OpenTile} tile */
  saverTold(event, tile) {
    const { desk, editor, parts } = this.review;
    if (event === "state") {
      desk.states.set(tile.id, tile.info.state);
      desk.versions.set(tile.id, `${tile.info.head?.id ?? tile.info.version}`);
      this.review.session.soon();
    }
    if (event === "refused") desk.handled.delete(tile.id);
    if (event === "restored" && tile === editor.tile) this.replaced(tile);
    if (event === "window") parts.notice.say(`${tile.info.name}: what you painted in another window came in.`);
    if (event === "unkept") parts.notice.say("This browser keeps no copy of your work; the server still does.");
    if (event === "conflict") {
      desk.handled.delete(tile.id);
      if (tile === editor.tile) void this.look("mine");
      else {
        const text = `${tile.info.name}: ${tile.conflict?.author} saved another version meanwhile; yours is kept.`;
        parts.notice.say(text, [["Look at both", () => desk.open(tile.id)]]);
      }
    }
    this.review.showHeader();
    if (tile === editor.tile) this.review.showChoices();
  }

  /** Something else than a gesture changed the mask on the desk. @param {OpenTile} tile */
  replaced(tile) {
    const { editor, parts } = this.review;
    if (editor.other && !tile.conflict) editor.choose({ other: null });
    parts.conflict.show(tile, "mine");
    editor.changed();
  }

  /** @param {"mine" | "theirs"} side to look at */
  async look(side) {
    const { editor, parts, shared } = this.review;
    const { tile } = editor;
    if (!tile?.conflict) return;
    parts.conflict.show(tile, side);
    const { conflict } = tile;
    if (side === "theirs" && !conflict.theirs) {
      const path = `revisions/${conflict.revision}/mask`;
      conflict.theirs = await shared.library.api.mask(path, tile.author, tile.annotation.length);
    }
    if (tile === editor.tile) editor.choose({ other: side === "theirs" ? conflict.theirs : null });
  }

  /** @param {"mine" | "theirs"} side to be on top */
  settle(side) {
    const { editor, parts, shared } = this.review;
    const { tile } = editor;
    if (!tile) return;
    editor.choose({ other: null });
    settle(shared.saver, tile, side);
    parts.conflict.show(tile, "mine");
  }
}
