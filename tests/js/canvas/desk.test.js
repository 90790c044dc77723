import assert from "node:assert/strict";
import { test } from "node:test";
import { Desk } from "../../../seep/ui/components/canvas/frontend/desk.js";
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
  return { id, author: "Ann", info, annotation, prediction: null, history: new History(annotation, 4, 4), base: 0, save, conflict: null };
}

/** A desk with three tiles in memory, and a saver that notes what it is told. */
function deskOf() {
  const items = [1, 2, 3].map((id) => ({ id, name: `${id}`, scene: "a", state: "unreviewed", value: null, split: "train" }));
  const tiles = new Map(items.map(({ id }) => [id, tileOf(id)]));
  const api = { queue: async () => items };
  const library = { api, peek: (id) => tiles.get(id), open: async (id) => tiles.get(id), refresh: async (tile) => tile };
  const sent = [];
  const saver = {
    waiting: [],
    unsent: () => saver.waiting,
    send: (tile, type, what) => sent.push(`${what} ${tile.id} while ${desk.id} is open`),
  };
  const editor = new Editor();
  const desk = new Desk(library, saver, editor, () => {});
  desk.author = "Ann";
  desk.setQueue(items);
  desk.open(1);
  return { desk, editor, items, saver, sent, tiles };
}

test("a decision is with the saver before anything else happens", () => {
  const { desk, sent } = deskOf();
  desk.accept();
  assert.deepEqual(sent, ["accept 1 while 1 is open"]);
  assert.equal(desk.id, 2);
  desk.reject();
  assert.deepEqual(sent.slice(1), ["reject 2 while 2 is open"]);
});

test("a queue that was looked up before a decision does not bring its tile back", () => {
  const { desk, items } = deskOf();
  desk.accept();
  desk.setQueue(items.map((item) => ({ ...item })));
  assert.equal(desk.states.get(1), "accepted");
  desk.skip();
  desk.skip();
  assert.equal(desk.id, 2, "round the end, past the first");
});

test("asking for more does not offer what is still being sent", async () => {
  const { desk, saver, tiles } = deskOf();
  desk.accept();
  saver.waiting = [tiles.get(1)];
  await desk.refill({});
  assert.equal(desk.id, 2);
});

test("a stroke that goes on when another tile comes is kept as far as it came", () => {
  const { desk, editor, tiles } = deskOf();
  const told = [];
  editor.listen((topic) => topic === "gesture" && told.push(editor.tile?.id));
  editor.begin();
  editor.paint({ x: 1, y: 1 }, { x: 2, y: 1 }, 1);
  desk.open(2);
  assert.deepEqual(told, [1]);
  assert.equal(tiles.get(1).history.open, null);
  assert.equal(tiles.get(1).history.position, 1);
});
