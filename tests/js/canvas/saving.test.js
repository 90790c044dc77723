import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestError } from "../../../seep/ui/components/shared/api.js";
import {
  loadConflict,
  mergeConflict,
  resolveConflict,
} from "../../../seep/ui/components/canvas/frontend/conflicts.js";
import { History } from "../../../seep/ui/components/canvas/frontend/history.js";
import { chooseStart } from "../../../seep/ui/components/canvas/frontend/library.js";
import { Saver } from "../../../seep/ui/components/canvas/frontend/saver.js";

globalThis.window = globalThis;

function tileOf() {
  const annotation = new Uint8Array(16);
  const save = { status: "clean", at: null, reason: "", version: 0, sent: 0, outbox: [] };
  const info = { state: "unreviewed", head: null, history: [], width: 4, height: 4 };
  return {
    id: 1,
    author: "Ann",
    identity: "x",
    info,
    annotation,
    history: new History(annotation, 4, 4),
    base: 0,
    save,
    conflict: null,
  };
}

/** A server that answers what the test wants, and a browser that remembers what was kept. */
class Stage {
  constructor() {
    this.calls = [];
    this.kept = [];
    this.failures = [];
    this.revision = 0;
    this.saver = new Saver(this.api(), { put: async (work) => void this.kept.push(work) }, 5);
    this.tile = tileOf();
  }
  api() {
    const answer = async (name, make) => {
      this.calls.push(name);
      const failure = this.failures.shift();
      if (failure) throw failure;
      return make();
    };
    return {
      saveDraft: (_id, _author, base) =>
        answer(`draft on ${base}`, () => ({ saved_at: "", base_revision_id: base })),
      saveRevision: (_id, _author, base, { what, type }) =>
        answer(`${type} ${what} on ${base}`, () => ({
          revision: { id: (this.revision += 1) },
          state: "corrected",
        })),
      decide: (_id, _author, decision) =>
        answer(decision, () => ({ state: decision === "reject" ? "rejected" : "flagged" })),
      dropDraft: () => answer("drop", () => {}),
      document: async () => ({ state: "draft", head: null, history: [{ id: 9 }] }),
      mask: () => (this.failures[0] ? answer("mask", () => {}) : new Uint8Array(16).fill(8)),
    };
  }
  stroke(value = 1) {
    const { history } = this.tile;
    history.begin();
    history.touch(0, 0, 3, 3);
    this.tile.annotation.fill(value);
    history.commit();
    this.saver.edited(this.tile, true);
  }
  async until(status) {
    for (let i = 0; i < 2000; i += 1) {
      if (this.tile.save.status === status && !this.saver.stateOf(this.tile).running) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.fail(`${this.tile.save.status}, not ${status}: ${this.calls}`);
  }
}

test("a stroke is kept in the browser at once and sent as a draft soon", async () => {
  const stage = new Stage();
  stage.stroke();
  assert.equal(stage.kept[0].sent, false);
  assert.equal(stage.saver.unsent().length, 1);
  await stage.until("clean");
  assert.deepEqual(stage.calls, ["draft on 0"]);
  assert.equal(stage.kept.at(-1).sent, true);
  assert.equal(stage.saver.unsent().length, 0);
});

test("many strokes in a row are one draft", async () => {
  const stage = new Stage();
  for (let value = 1; value < 8; value += 1) stage.stroke(value);
  await stage.until("clean");
  assert.deepEqual(stage.calls, ["draft on 0"]);
});

test("a save that fails is said, painting goes on, and it is tried again until it is through", async () => {
  const stage = new Stage();
  stage.failures = [new TypeError("fetch"), new RequestError(507, { error: "The disk is full." })];
  stage.saver.send(stage.tile, "revision", "save");
  await stage.until("failed");
  assert.match(stage.tile.save.reason, /connection/i);
  stage.stroke();
  await stage.until("clean");
  assert.deepEqual(stage.calls.slice(0, 3), Array(3).fill("revision save on 0"));
  assert.equal(stage.tile.base, 1);
});

test("a save that a busy server refuses is sent again when the server asks for it", async () => {
  const stage = new Stage();
  stage.failures = [
    new RequestError(503, { error: "Too many people save." }, "0.02"),
    new RequestError(503, {}, "0.02"),
  ];
  const began = performance.now();
  stage.saver.send(stage.tile, "revision", "save");
  await stage.until("clean");
  assert.deepEqual(stage.calls, Array(3).fill("revision save on 0"));
  assert.ok(performance.now() - began < 900, "the usual pause is 1 s");
});

test("an unreadable Retry-After counts as none", () => {
  assert.equal(new RequestError(503, {}, "Sun, 22 Nov 2026 20:00:00 GMT").waitMs, undefined);
  assert.equal(new RequestError(503, {}, null).waitMs, undefined);
  assert.equal(new RequestError(503, {}, "2").waitMs, 2000);
});

test("a repeated request carries the same name", async () => {
  const stage = new Stage();
  stage.saver.send(stage.tile, "revision", "accept");
  const request = stage.tile.save.outbox[0].request;
  assert.match(request, /.{8,}/);
  assert.equal(stage.kept[0].outbox[0].request, request);
  await stage.until("clean");
});

test("strokes reach the server before a rejection does", async () => {
  const stage = new Stage();
  stage.stroke();
  stage.saver.send(stage.tile, "decision", "reject");
  await stage.until("clean");
  assert.deepEqual(stage.calls, ["draft on 0", "reject"]);
});

test("what can never be saved is given up, with the reason, and the next command goes on", async () => {
  const stage = new Stage();
  const told = [];
  stage.saver.listeners.add((event) => told.push(event));
  stage.failures = [new RequestError(400, { error: "Class 9 is gone." })];
  stage.saver.send(stage.tile, "revision", "save");
  await stage.until("failed");
  assert.equal(stage.tile.save.reason, "Class 9 is gone.");
  assert.ok(told.includes("refused"));
  assert.equal(stage.tile.save.outbox.length, 0);
});

test("a refused decision shows again what the server has", async () => {
  const stage = new Stage();
  const states = [];
  stage.saver.listeners.add((event, tile) => event === "state" && states.push(tile.info.state));
  for (const [decision, state] of [
    ["reject", "rejected"],
    ["accept", "accepted"],
  ]) {
    stage.failures = [new RequestError(403, { error: "Ann is a viewer now." })];
    Object.assign(stage.tile.info, { state, note: "blurred" }); // as the queue shows it before the answer
    stage.saver.send(stage.tile, decision === "accept" ? "revision" : "decision", decision);
    await stage.until("failed");
    assert.deepEqual([stage.tile.info.state, stage.tile.info.note], ["draft", null]);
    assert.equal(stage.tile.save.reason, "Ann is a viewer now.");
  }
  assert.deepEqual(states, ["draft", "draft"]);
});

test("a refused decision shows what was there before, if the server cannot say", async () => {
  const stage = new Stage();
  stage.saver.api.document = async () => assert.fail("gone");
  stage.failures = [new RequestError(404, { error: "There is no tile 1." })];
  stage.tile.info.state = "rejected";
  stage.saver.send(stage.tile, "decision", "reject", { before: { state: "flagged", note: "look" } });
  await stage.until("failed");
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual([stage.tile.info.state, stage.tile.info.note], ["flagged", "look"]);
});

test("a decision after a refused one stays", async () => {
  const stage = new Stage();
  stage.failures = [new RequestError(400, { error: "No." })];
  stage.saver.send(stage.tile, "decision", "reject");
  stage.saver.send(stage.tile, "decision", "flag");
  await stage.until("clean");
  assert.equal(stage.tile.info.state, "flagged");
});

/** Do something while the next request to the server is on its way. */
function meanwhile(stage, name, act) {
  const usual = stage.saver.api[name];
  stage.saver.api[name] = async (...asked) => {
    stage.saver.api[name] = usual;
    act();
    return usual(...asked);
  };
}

test("a draft that can never be saved takes no accept with it", async () => {
  const stage = new Stage();
  stage.failures = [new RequestError(404, { error: "Gone." })];
  stage.stroke();
  meanwhile(stage, "saveDraft", () => stage.saver.send(stage.tile, "revision", "accept"));
  await stage.until("clean");
  assert.deepEqual(stage.calls, ["draft on 0", "revision accept on 0"]);
});

test("starting over while a save is on its way loses nothing that is decided after it", async () => {
  const stage = new Stage();
  stage.stroke();
  meanwhile(stage, "saveRevision", () => {
    stage.saver.discard(stage.tile, new Uint8Array(16));
    stage.saver.send(stage.tile, "revision", "accept");
  });
  stage.saver.send(stage.tile, "revision", "save");
  await stage.until("clean");
  assert.deepEqual(stage.calls, ["revision save on 0", "drop", "revision accept on 1"]);
});

test("a stroke after starting over is sent after the draft of before was dropped", async () => {
  const stage = new Stage();
  meanwhile(stage, "dropDraft", () => stage.stroke());
  stage.saver.discard(stage.tile, new Uint8Array(16));
  await stage.until("clean");
  assert.deepEqual(stage.calls, ["drop", "draft on 0"]);
});

test("a revision is restored once its mask is there, or tried again", async () => {
  const stage = new Stage();
  stage.failures = [undefined, new TypeError("fetch")];
  const { mask } = stage.saver.api;
  stage.saver.api.mask = (...asked) => (stage.failures.length ? mask(...asked) : new Uint8Array(16).fill(8));
  stage.saver.send(stage.tile, "restore", "7");
  await stage.until("failed");
  assert.equal(stage.tile.save.outbox.length, 1);
  await stage.until("clean");
  assert.equal(stage.tile.annotation[0], 8);
});

test("what still waits is not undone by the answer to what went before", async () => {
  const stage = new Stage();
  stage.stroke();
  const states = [];
  stage.saver.listeners.add((event) => event === "state" && states.push(stage.tile.info.state));
  stage.tile.info.state = "rejected";
  stage.saver.send(stage.tile, "decision", "reject");
  await stage.until("clean");
  assert.deepEqual(states, ["rejected", "rejected"]);
});

const conflict = () =>
  new RequestError(409, { error: "x", revision_id: 7, author: "Bob", created_at: "2026-01-01" });

test("a conflict stops and keeps mine; mine on top is based on theirs", async () => {
  const stage = new Stage();
  stage.failures = [conflict()];
  stage.stroke();
  stage.saver.send(stage.tile, "revision", "accept");
  await stage.until("conflict");
  assert.deepEqual(stage.tile.conflict, {
    revision: 7,
    author: "Bob",
    at: "2026-01-01",
    theirs: null,
    before: null,
    shown: "mine",
    prefer: "mine",
  });
  assert.equal(stage.kept.at(-1).sent, false);
  assert.equal(stage.saver.unsent().length, 1);
  resolveConflict(stage.saver, stage.tile, "mine");
  await stage.until("clean");
  assert.equal(stage.calls.at(-1), "revision accept on 7");
  assert.equal(stage.tile.annotation[0], 1);
});

test("an accept behind a save that meets a conflict is not forgotten, and a flag goes through", async () => {
  const stage = new Stage();
  stage.failures = [conflict()];
  stage.stroke();
  meanwhile(stage, "saveRevision", () => {
    stage.saver.send(stage.tile, "decision", "flag", "Look here");
    stage.saver.send(stage.tile, "revision", "accept");
  });
  stage.saver.send(stage.tile, "revision", "save");
  await stage.until("conflict");
  while (stage.saver.unsent().some((tile) => tile.save.outbox.length))
    await new Promise((done) => setTimeout(done, 5));
  resolveConflict(stage.saver, stage.tile, "mine");
  await stage.until("clean");
  assert.deepEqual(stage.calls, ["revision save on 0", "flag", "revision accept on 7"]);
});

test("theirs on top: mine goes into the history first, and undo brings it back", async () => {
  const stage = new Stage();
  stage.failures = [conflict()];
  stage.stroke();
  stage.saver.send(stage.tile, "revision", "save");
  await stage.until("conflict");
  resolveConflict(stage.saver, stage.tile, "theirs");
  await stage.until("clean");
  assert.deepEqual(stage.calls.slice(-2), ["revision save on 7", "restore 7 on 1"]);
  assert.equal(stage.tile.annotation[0], 8);
  stage.tile.history.undo();
  assert.equal(stage.tile.annotation[0], 1);
});

test("both on top: each pixel from who changed it, and a choice where both did", async () => {
  const stage = new Stage();
  stage.failures = [conflict()];
  stage.stroke();
  stage.saver.send(stage.tile, "revision", "accept");
  await stage.until("conflict");
  const theirs = new Uint8Array(16);
  theirs.set([8, 0, 5]); // both changed the first pixel, only they the third one
  stage.tile.annotation.fill(0, 2); // only I the second one
  stage.saver.api.mask = async () => theirs;
  stage.tile.base = 0;
  await loadConflict(stage.saver, stage.tile);
  const { mask, contested } = mergeConflict(stage.tile);
  assert.deepEqual([[...mask.slice(0, 3)], contested], [[1, 1, 5], 1]);
  stage.tile.conflict.prefer = "theirs";
  assert.equal(mergeConflict(stage.tile).mask[0], 8);
  resolveConflict(stage.saver, stage.tile, "both");
  await stage.until("clean");
  assert.equal(stage.calls.at(-1), "revision accept on 7");
  assert.deepEqual([stage.tile.annotation[0], stage.tile.annotation[2]], [8, 5]);
  stage.tile.history.undo();
  assert.deepEqual([stage.tile.annotation[0], stage.tile.annotation[2]], [1, 0]);
});

test("a history that is learned late loses none of what was saved since", async () => {
  const stage = new Stage();
  stage.revision = 9; // of Bob
  stage.failures = [conflict()];
  /** @type {() => void} */
  let answer = () => {};
  const held = new Promise((resolve) => (answer = () => resolve(undefined)));
  const { document } = stage.saver.api;
  const late = () => held.then(document);
  meanwhile(stage, "document", () => (stage.saver.api.document = late)); // the second question is the history's
  stage.stroke();
  stage.saver.send(stage.tile, "revision", "save");
  await stage.until("conflict");
  meanwhile(stage, "saveRevision", answer);
  resolveConflict(stage.saver, stage.tile, "theirs");
  await stage.until("clean");
  const ids = stage.tile.info.history.map((one) => one.id);
  assert.deepEqual([ids, stage.tile.info.head.id], [[11, 10, 9], 11]);
});

test("unsent work of the browser wins, sent work only gives undo back, work of another image nothing", () => {
  const info = { width: 4, height: 4 };
  const mask = new Uint8Array(16);
  const work = { identity: "x", mask: new Uint8Array(16).fill(1), sent: false, outbox: [] };
  assert.equal(chooseStart(info, mask, work, "x"), "unsent");
  assert.equal(chooseStart(info, mask, { ...work, sent: true }, "x"), "server");
  assert.equal(chooseStart(info, mask, { ...work, sent: true, mask }, "x"), "undo");
  assert.equal(chooseStart(info, mask, { ...work, sent: true, outbox: [{}] }, "x"), "unsent");
  assert.equal(chooseStart(info, mask, work, "y"), "server");
  assert.equal(chooseStart(info, mask, undefined, "x"), "server");
});
