import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../../seep/ui/canvas/frontend/api.js";
import { History } from "../../../seep/ui/canvas/frontend/history.js";
import { follow, merged } from "../../../seep/ui/canvas/frontend/joining.js";
import { keyOf } from "../../../seep/ui/canvas/frontend/library.js";
import { Saver } from "../../../seep/ui/canvas/frontend/saver.js";

globalThis.window = globalThis;

const SIDE = 4;
const masks = { 5: new Uint8Array(16), 6: Uint8Array.from({ length: 16 }, (_, i) => (i < SIDE ? 3 : 0)) };

/** Window 2 was opened at revision 5; a save on window 1 gave it revision 6, whose first row is class 3. */
class Stage {
  constructor() {
    const annotation = new Uint8Array(16);
    const save = { status: "clean", at: null, reason: "", version: 0, sent: 0, outbox: [] };
    const info = { state: "draft", head: { id: 5 }, history: [{ id: 5 }], width: SIDE, height: SIDE, version: "a" };
    const history = new History(annotation, SIDE, SIDE);
    this.tile = { id: 2, author: "Ann", info, annotation, history, base: 5, prediction: null, save, conflict: null };
    this.sent = [];
    const api = {
      document: async () => ({ ...info, head: { id: 6 }, history: [{ id: 6 }, { id: 5 }] }),
      mask: async (path) => masks[path.split("/")[1]],
      saveDraft: async (id, author, base, mask) => (this.sent.push(["draft", base, [...mask]]), {}),
      saveRevision: async (id, author, base, { what, mask }) => {
        this.sent.push([what, base, [...mask]]);
        if (base !== 6) throw new Refusal(409, { error: "x", revision_id: 6, author: "Ann", created_at: "2026-01-01" });
        return { revision: { id: 7 }, state: "corrected" };
      },
    };
    this.saver = new Saver(api, { keep: async () => {} }, 5);
    this.reloaded = { ...this.tile, base: 6 };
    const library = {
      api,
      loading: new Map(),
      peek: (id, author) => (keyOf(id, author) === keyOf(2, "Ann") ? this.tile : undefined),
      refresh: async () => this.reloaded,
    };
    this.shown = [];
    const maps = { states: new Map(), versions: new Map() };
    this.desk = { library, saver: this.saver, editor: { tile: this.tile }, show: (tile) => this.shown.push(tile), ...maps };
  }
  stroke() {
    const { annotation, history } = this.tile;
    history.begin();
    history.touch(0, 0, 3, 3);
    annotation.fill(1, 3, 8);
    history.commit();
    this.saver.touched(this.tile, true);
  }
  async settled() {
    for (let i = 0; i < 400 && (this.tile.save.status !== "clean" || this.saver.work(this.tile).running); i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(this.tile.save.status, "clean");
  }
}

const BOTH = [3, 3, 3, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0];

test("mine stays where I changed something, theirs comes in elsewhere", () => {
  assert.deepEqual([...merged(Uint8Array.of(1, 0, 0), Uint8Array.of(0, 0, 2), Uint8Array.of(5, 6, 2))], [1, 6, 0]);
});

test("a window on which nothing was painted is shown anew", async () => {
  const stage = new Stage();
  await follow(stage.desk, [2, 3], "Ann");
  assert.deepEqual(stage.shown, [stage.reloaded]);
  assert.deepEqual(stage.sent, []);
});

test("strokes go on from the newer revision, as one step of undo", async () => {
  const stage = new Stage();
  stage.stroke();
  await follow(stage.desk, [2], "Ann");
  assert.deepEqual([...stage.tile.annotation], BOTH);
  await stage.settled();
  assert.deepEqual(stage.sent.at(-1), ["draft", 6, BOTH]);
  stage.tile.history.undo();
  assert.deepEqual([...stage.tile.annotation.slice(0, 5)], [0, 0, 0, 1, 1]);
});

test("a save that was refused because of the joined pixels goes through with them", async () => {
  const stage = new Stage();
  stage.stroke();
  stage.saver.send(stage.tile, "revision", "accept");
  while (!stage.tile.conflict) await new Promise((resolve) => setTimeout(resolve, 5));
  await follow(stage.desk, [2], "Ann");
  await stage.settled();
  assert.equal(stage.tile.conflict, null);
  assert.deepEqual(stage.sent.at(-1), ["accept", 6, BOTH]);
});

test("a save on its way is sent again with the joined pixels", async () => {
  const stage = new Stage();
  stage.stroke();
  const { saveRevision } = stage.saver.api;
  stage.saver.api.saveRevision = async (...asked) => {
    if (!stage.sent.length) await follow(stage.desk, [2], "Ann");
    return saveRevision(...asked);
  };
  stage.saver.send(stage.tile, "revision", "accept");
  await stage.settled();
  assert.deepEqual(stage.sent.map(([what, base]) => [what, base]).slice(0, 2), [["accept", 5], ["accept", 6]]);
  assert.deepEqual(stage.sent[1][2], BOTH);
});

test("a conflict with somebody else is left to the analyst", async () => {
  const stage = new Stage();
  stage.stroke();
  stage.tile.conflict = { revision: 9, author: "Bob", at: "", theirs: null };
  await follow(stage.desk, [2], "Ann");
  assert.equal(stage.tile.base, 5);
  assert.equal(stage.tile.conflict.author, "Bob");
});
