import assert from "node:assert/strict";
import { test } from "node:test";
import { positionText } from "../../../seep/ui/components/canvas/frontend/panels/header.js";
import { QueueController } from "../../../seep/ui/components/canvas/frontend/controllers/queue.js";
import { setStates } from "../../../seep/ui/components/shared/states.js";
import { STATES } from "../shared/examples.js";
import { Editor } from "../../../seep/ui/components/canvas/frontend/editor.js";
import { TileLock } from "../../../seep/ui/components/canvas/frontend/controllers/tile_lock.js";

setStates(STATES);

const item = (value) => ({
  id: 1,
  name: "a",
  scene: "a",
  state: "unreviewed",
  split: "train",
  value,
  in_sample: false,
});

test("at the queue's end nothing is left, and a tile from elsewhere has no place", () => {
  assert.equal(positionText(2, 12, true), "3/12");
  assert.equal(positionText(-1, 12, true), "");
  assert.equal(positionText(-1, 12, false), "0 left");
  assert.equal(positionText(-1, 0, false), "");
});

/** A queue with four tiles that are all in memory. */
function makeQueue() {
  const shown = (id) => ({
    id,
    author: "ann",
    info: { state: "unreviewed", name: `tile ${id}` },
    base: 0,
    save: { status: "clean", version: 0 },
  });
  const library = { cached: shown, open: async (id) => shown(id), refresh: async (tile) => tile };
  const saver = { unsent: () => [], run: async () => {} };
  const editor = {
    tile: null,
    open(tile) {
      this.tile = tile;
    },
    inGesture: () => false,
  };
  const one = new QueueController(library, saver, editor, () => {});
  one.setQueue([1, 2, 3, 4].map((id) => ({ ...item(null), id })));
  return one;
}

test("tiles that others have are passed by, and those ahead are asked about", () => {
  globalThis.window = { setTimeout: () => 0 };
  const one = makeQueue();
  one.open(1);
  assert.deepEqual(one.upcoming(2), [2, 3]);
  one.lockedIds = new Set([2, 3]);
  assert.ok(one.skip());
  assert.deepEqual([one.id, one.openedBy], [4, "next"]);
  one.decidedIds = new Set([1, 4]);
  assert.equal(one.nextOpenId(4), null);
  one.open(2);
  assert.equal(one.openedBy, "asked");
});

test("a tile that somebody else took meanwhile is passed by at once, one that was asked for is not", async () => {
  globalThis.window = { setTimeout: () => 0, clearTimeout: () => {} };
  const one = makeQueue();
  const asked = [];
  const said = [];
  const hold = async (id, author, left, ahead) => {
    asked.push([id, author, left, ahead]);
    return {
      holder: id === 2 ? "Ben" : null,
      until: "2026-01-01T10:00:00Z",
      others: [3],
      decided: id === 4 ? [[1, "accepted"]] : [],
      renew_s: 240,
    };
  };
  const shared = {
    library: { api: { acquireLock: hold, releaseLock: async (id) => asked.push(["leave", id]) } },
  };
  const review = {
    data: { denials: {} },
    queue: one,
    editor: one.editor,
    shared,
    parts: { note: { node: { hidden: true } } },
  };
  one.author = "ann";
  const lock = new TileLock(review);
  review.events = { showNotice: () => said.push(lock.holderText), tileSkipped: (text) => said.push(text) };
  one.onChange = (what) => what === "stage" && lock.tileChanged();
  one.open(2, "next");
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(asked[0], [2, "ann", null, [3, 4, 1]]);
  assert.equal(one.id, 4);
  assert.match(said[0], /^Skipped tile 2.*Ben/);
  assert.equal(one.states.get(1), "accepted");
  assert.equal(one.nextOpenId(4), 2); // 1 is decided, 3 somebody else's
  one.open(2);
  await new Promise((done) => setImmediate(done));
  assert.equal(one.id, 2);
  assert.match(said[1], /Ben/);
  one.open(4, "next");
  one.lockedIds.clear();
  one.editor.inGesture = () => true;
  one.open(2, "next");
  await new Promise((done) => setImmediate(done));
  assert.equal(one.id, 2, "a stroke is being painted already");
  lock.destroy();
  assert.deepEqual(asked.at(-1), ["leave", 2]);
});

test("whoever may not save locks no tile and edits nothing", () => {
  globalThis.window = { setTimeout: () => 0, clearTimeout: () => {} };
  const asked = [];
  const api = { acquireLock: async (id) => asked.push(id), releaseLock: async (id) => asked.push(id) };
  const one = makeQueue();
  const lock = new TileLock({ data: { denials: { save: "No." } }, queue: one, shared: { library: { api } } });
  one.open(2);
  lock.tileChanged();
  lock.destroy();
  assert.deepEqual(asked, []);

  const editor = new Editor();
  const said = [];
  editor.subscribe((topic, { text }) => topic === "message" && said.push(text));
  editor.tile = { history: { open: false, begin: () => assert.fail("an edit began") } };
  editor.denial = "No.";
  assert.equal(editor.begin(), false);
  assert.deepEqual(said, ["No."]);
});
