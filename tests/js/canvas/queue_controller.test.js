import assert from "node:assert/strict";
import { test } from "node:test";
import {
  QueueController,
  canUndoAccept,
  isFlagged,
} from "../../../seep/ui/components/canvas/frontend/controllers/queue.js";
import { Editor } from "../../../seep/ui/components/canvas/frontend/editor.js";
import { History } from "../../../seep/ui/components/canvas/frontend/history.js";
import { setStates } from "../../../seep/ui/components/shared/states.js";
import { STATES } from "../shared/examples.js";

setStates(STATES);

globalThis.window = globalThis;

function tileOf(id) {
  const annotation = new Uint8Array(16);
  const save = { status: "clean", version: 0, sent: 0, outbox: [] };
  const info = { state: "unreviewed", head: null, history: [], width: 4, height: 4 };
  return {
    id,
    author: "Ann",
    info,
    annotation,
    prediction: null,
    history: new History(annotation, 4, 4),
    base: 0,
    save,
    conflict: null,
  };
}

/** A queue with three tiles in memory, and a saver that notes what it is told. */
function makeQueue() {
  const items = [1, 2, 3].map((id) => ({
    id,
    name: `${id}`,
    scene: "a",
    state: "unreviewed",
    value: null,
    split: "train",
  }));
  const tiles = new Map(items.map(({ id }) => [id, tileOf(id)]));
  const api = { queue: async () => items };
  const library = {
    api,
    cached: (id) => tiles.get(id),
    open: async (id) => tiles.get(id),
    refresh: async (tile) => tile,
  };
  const sent = [];
  const saver = {
    waiting: [],
    unsent: () => saver.waiting,
    send: (tile, _type, what) => sent.push(`${what} ${tile.id} while ${queue.id} is open`),
  };
  const editor = new Editor();
  const queue = new QueueController(library, saver, editor, () => {});
  queue.author = "Ann";
  queue.setQueue(items);
  queue.open(1);
  return { queue, editor, items, saver, sent, tiles, library };
}

test("a decision is with the saver before anything else happens", () => {
  const { queue, sent } = makeQueue();
  queue.accept();
  assert.deepEqual(sent, ["accept 1 while 1 is open"]);
  assert.equal(queue.id, 2);
  queue.reject();
  assert.deepEqual(sent.slice(1), ["reject 2 while 2 is open"]);
});

test("a queue that was looked up before a decision does not bring its tile back", () => {
  const { queue, items } = makeQueue();
  queue.accept();
  queue.setQueue(items.map((item) => ({ ...item })));
  assert.equal(queue.states.get(1), "accepted");
  queue.skip();
  queue.skip();
  assert.equal(queue.id, 2, "round the end, past the first");
});

test("asking for more does not offer what is still being sent", async () => {
  const { queue, saver, tiles } = makeQueue();
  queue.accept();
  saver.waiting = [tiles.get(1)];
  await queue.reload({});
  assert.equal(queue.id, 2);
});

test("a stroke that goes on when another tile comes is kept as far as it came", () => {
  const { queue, editor, tiles } = makeQueue();
  const told = [];
  editor.subscribe((topic) => topic === "gesture" && told.push(editor.tile?.id));
  editor.begin();
  editor.paint({ x: 1, y: 1 }, { x: 2, y: 1 }, 1);
  queue.open(2);
  assert.deepEqual(told, [1]);
  assert.equal(tiles.get(1).history.open, null);
  assert.equal(tiles.get(1).history.position, 1);
});

test("a tile that failed for lack of a connection is loaded again by itself", async () => {
  const { queue, tiles } = makeQueue();
  const timers = [];
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (done) => timers.push(done);
  queue.library.cached = () => undefined;
  queue.library.open = async () => Promise.reject(new TypeError("fetch failed"));
  queue.open(2);
  await new Promise((done) => setImmediate(done));
  assert.equal(queue.stage, "failed");
  queue.library.open = async (id) => tiles.get(id);
  timers.at(-1)();
  globalThis.setTimeout = setTimeout;
  await new Promise((done) => setImmediate(done));
  assert.equal(queue.stage, "ready");
  assert.equal(queue.editor.tile.id, 2);
});

test("a tile whose image is missing can be rejected and skipped", async () => {
  const { queue } = makeQueue();
  const decided = [];
  queue.library.api.decide = async (id, author, decision) => void decided.push([id, author, decision]);
  queue.library.cached = (id) => (id === 2 ? undefined : tileOf(id));
  queue.library.open = async (id) =>
    id === 2 ? Promise.reject(new Error("The image is missing.")) : tileOf(id);
  queue.open(2);
  await new Promise((done) => setImmediate(done));
  assert.equal(queue.stage, "failed");
  assert.ok(queue.skip());
  assert.equal(queue.id, 3);
  queue.open(2);
  await new Promise((done) => setImmediate(done));
  await queue.reject();
  assert.deepEqual(decided, [[2, "Ann", "reject"]]);
  assert.equal(queue.states.get(2), "rejected");
  assert.equal(queue.id, 3);
});

test("an undone accept is asked of the server, and the tile is open again", async () => {
  const { queue, tiles, library } = makeQueue();
  const asked = [];
  library.api.decide = async (id, author, decision) => (
    asked.push([id, author, decision]), { state: "unreviewed", revision: null }
  );
  const before = { ...tileOf(1), info: { ...tileOf(1).info, state: "unreviewed" } };
  library.refresh = async () => before;
  Object.assign(tiles.get(1).info, { state: "accepted", head: { id: 5, kind: "accept" } });
  tiles.get(1).base = 5;
  queue.decidedIds.add(1);
  queue.open(1);
  await queue.undoAccept();
  assert.deepEqual(asked, [[1, "Ann", "undo-accept"]]);
  assert.equal(queue.editor.tile, before);
  assert.deepEqual([queue.states.get(1), queue.decidedIds.has(1)], ["unreviewed", false]);
});

test("only an accept without later work can be undone", () => {
  const accepted = { ...tileOf(1), info: { state: "corrected", head: { id: 5, kind: "accept" } } };
  assert.equal(canUndoAccept(accepted), true);
  assert.equal(
    canUndoAccept({ ...accepted, info: { state: "corrected", head: { id: 5, kind: "import" } } }),
    false,
  );
  assert.equal(
    canUndoAccept({ ...accepted, info: { state: "draft", head: { id: 5, kind: "accept" } } }),
    false,
  );
  assert.equal(canUndoAccept({ ...accepted, save: { status: "waiting" } }), false);
});

test("a flag counts before the server has confirmed it, and so does its removal", () => {
  const { queue, saver, sent, tiles } = makeQueue();
  const tile = tiles.get(1);
  const send = saver.send;
  saver.send = (to, type, what) => (send(to, type, what), to.save.outbox.push({ type, what }));
  queue.flag("why");
  assert.equal(tile.info.state, "unreviewed");
  assert.ok(isFlagged(tile));
  queue.reopen();
  assert.deepEqual([sent.length, tile.info.note], [2, null]);
  assert.ok(!isFlagged(tile));
  tile.save.outbox = [];
  tile.info.state = "flagged";
  assert.ok(isFlagged(tile));
});

test("a decision or a save during a save conflict says that the conflict comes first", () => {
  const { queue, editor, sent, tiles } = makeQueue();
  const told = [];
  editor.subscribe((topic, { text }) => topic === "message" && told.push(text));
  tiles.get(1).conflict = { author: "Ben" };
  queue.accept();
  queue.reject("why");
  queue.save();
  queue.restore({ id: 3 });
  tiles.get(1).info.state = "accepted";
  queue.reopen();
  assert.deepEqual(told, Array(5).fill("Resolve the save conflict first."));
  assert.deepEqual([sent, queue.id], [[], 1]);
  queue.skip();
  assert.deepEqual([queue.id, told.length], [2, 5], "another tile can be opened");
});
