import assert from "node:assert/strict";
import { test } from "node:test";
import { TileEvents } from "../../../seep/ui/components/canvas/frontend/controllers/tile_events.js";
import { NO_NOTICE } from "../../../seep/ui/components/canvas/frontend/types.js";

globalThis.window = {
  location: { href: "http://127.0.0.1/review?tile=1" },
  history: { replaceState: () => {} },
};

const openTile = (id) => ({
  id,
  info: { name: `tile ${id}`, state: "accepted" },
  notice: { ...NO_NOTICE },
  save: { reason: "the note is too long." },
  conflict: { author: "Ben" },
});

/** The events of a review whose notice is kept in `said`. */
function events() {
  const said = { kinds: "", text: "", buttons: [], hidden: true };
  const notice = {
    close: () => {
      said.hidden = true;
    },
    show: (kinds, text, buttons, onClose) =>
      Object.assign(said, { kinds, text, buttons, hidden: false, onClose }),
  };
  const opened = [];
  const queue = { id: 2, stage: "ready", decidedIds: new Set([1]) };
  const review = {
    data: {},
    queue,
    editor: { tile: openTile(2) },
    shared: {},
    tileLock: { holderText: "" },
    parts: {
      notice,
      note: { close: () => {} },
      placeholder: { show: () => {} },
      conflict: { show: () => {} },
    },
    openTile: (id) => opened.push(id),
    showHeader: () => {},
    showChoices: () => {},
  };
  const one = (review.events = new TileEvents(review));
  const show = (tile) => {
    queue.id = tile.id;
    review.editor.tile = { ...tile, conflict: null };
    one.tileShown();
  };
  return { one, review, said, opened, show };
}

test("a message about another tile stays while tiles are loaded, until it is closed", () => {
  const { one, review, said, opened, show } = events();
  one.saverEvent("refused", openTile(1));
  assert.equal(said.kinds, "decision-refused");
  show(openTile(2)); // the next tile is painted, or loaded again, after the answer of the server
  assert.equal(said.hidden, false);
  review.tileLock.holderText = "Also open by Ben.";
  one.showNotice();
  assert.equal(said.kinds, "decision-refused tile-open-elsewhere");
  assert.equal(said.buttons[0][0], "Open tile");
  said.buttons[0][1]();
  assert.deepEqual(opened, [1]);
  said.hidden = true;
  said.onClose();
  show(openTile(3));
  assert.equal(said.hidden, true);
});

test("messages about several tiles are shown one after the other, the newest first", () => {
  const { one, said, show } = events();
  one.saverEvent("refused", openTile(1));
  one.saverEvent("conflict", openTile(4));
  assert.equal(said.kinds, "save-conflict");
  said.onClose();
  assert.match(said.text, /^tile 1 was not saved: the note is too long/);
  one.saverEvent("conflict", openTile(5));
  show(openTile(5)); // opened from the queue: its message has done its work
  assert.equal(said.kinds, "decision-refused");
  show(openTile(1));
  assert.equal(said.hidden, true);
});

test("a skipped tile is told of with the tile that was opened in its place", () => {
  const { one, review, said, show } = events();
  review.queue.id = 3;
  review.editor.tile = null; // tile 3 is still loading
  one.tileSkipped("Skipped tile 2: open by Ben.");
  assert.equal(said.kinds, "tile-skipped");
  show(openTile(3));
  assert.deepEqual([said.hidden, said.kinds], [false, "tile-skipped"]);
  show(openTile(4));
  assert.equal(said.hidden, true);
});

test("the message about an open draft closes with the conflict, and other messages stay", () => {
  for (const side of ["theirs", "mine"]) {
    const { one, review, said } = events();
    const sent = [];
    review.shared.saver = { stateOf: () => ({ kind: "save" }), send: (_tile, type) => sent.push(type) };
    const { editor } = review;
    editor.choose = () => {};
    editor.tile.conflict.revision = 7;
    editor.tile.notice = { kind: "draft-open", text: "Your draft from 10:00 is open." };
    one.showNotice();
    assert.deepEqual([said.kinds, said.buttons[0][0]], ["draft-open", "Discard draft"]);
    review.tileLock.holderText = "Also open by Ben.";
    one.resolve(side);
    assert.deepEqual([said.kinds, said.hidden, said.buttons], ["tile-open-elsewhere", false, []]);
    assert.deepEqual([editor.tile.conflict, sent[0]], [null, "revision"]);
    editor.tile.conflict = { author: "Ben", revision: 8 };
    editor.tile.notice = { kind: "draft-open", text: "Your draft from 10:00 is open." };
    review.tileLock.holderText = "";
    one.resolve(side);
    assert.equal(said.hidden, true);
  }
});

test("a conflict with another window of the analyst says so", () => {
  const { one, said } = events();
  one.saverEvent("conflict", { ...openTile(4), author: "Ben" });
  assert.equal(said.text, "tile 4: You saved a newer version in another window. Your version is kept.");
  one.saverEvent("conflict", { ...openTile(5), author: "Ann" });
  assert.equal(said.text, "tile 5: Ben saved a newer version. Your version is kept.");
});
