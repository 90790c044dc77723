import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestError } from "../../../seep/ui/components/shared/api.js";
import { History } from "../../../seep/ui/components/canvas/frontend/history.js";
import {
  pullInto,
  mergeMasks,
  onlyNeighborSaves,
} from "../../../seep/ui/components/canvas/frontend/merge.js";
import { keyOf } from "../../../seep/ui/components/canvas/frontend/library.js";
import { Saver } from "../../../seep/ui/components/canvas/frontend/saver.js";

globalThis.window = globalThis;

const SIDE = 4;
const masks = { 5: new Uint8Array(16), 6: Uint8Array.from({ length: 16 }, (_, i) => (i < SIDE ? 3 : 0)) };
const OPENED = { id: 5, kind: "import", author: "import" };
const JOINED = { id: 6, kind: "join", author: "Ann", created_at: "2026-01-01" };

/** Window 2 was opened at revision 5; a save on window 1 gave it revision 6, whose first row is class 3. */
class Stage {
  constructor(newest = JOINED) {
    const annotation = new Uint8Array(16);
    const save = { status: "clean", at: null, reason: "", version: 0, sent: 0, outbox: [] };
    const info = { state: "draft", head: OPENED, history: [OPENED], width: SIDE, height: SIDE, version: "a" };
    const history = new History(annotation, SIDE, SIDE);
    this.tile = {
      id: 2,
      author: "Ann",
      info,
      annotation,
      history,
      base: 5,
      prediction: null,
      save,
      conflict: null,
    };
    this.sent = [];
    this.head = newest.id;
    this.api = {
      document: async () => ({ ...info, head: newest, history: [newest, OPENED] }),
      mask: async (path) => masks[path.split("/")[1]],
      saveDraft: async (_id, _author, base, mask) => (this.sent.push(["draft", base, [...mask]]), {}),
      saveRevision: async (_id, _author, base, { what, mask }) => {
        this.sent.push([what, base, [...mask]]);
        if (base !== this.head)
          throw new RequestError(409, { error: "x", ...newest, revision_id: newest.id });
        return { revision: { id: 7 }, state: "corrected" };
      },
    };
    this.saver = new Saver(this.api, { put: async () => {} }, 5);
    const known = async (id, author) => (keyOf(id, author) === keyOf(2, "Ann") ? this.tile : undefined);
    this.library = { cachedOrLoading: known };
    this.told = [];
    this.saver.listeners.add((event) => this.told.push(event));
  }
  stroke(from = 3) {
    const { annotation, history } = this.tile;
    history.begin();
    history.touch(0, 0, 3, 3);
    annotation.fill(1, from, 8);
    history.commit();
    this.saver.edited(this.tile, true);
  }
  follow() {
    return pullInto(this.library, this.saver, [2, 3], "Ann");
  }
  async settled(status = "clean") {
    for (
      let i = 0;
      i < 400 && (this.tile.save.status !== status || this.saver.stateOf(this.tile).running);
      i += 1
    ) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(this.tile.save.status, status);
  }
}

const BOTH = [3, 3, 3, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0];

test("mine stays where I changed something, theirs comes in elsewhere", () => {
  assert.deepEqual(
    [...mergeMasks(Uint8Array.of(1, 0, 0), Uint8Array.of(0, 0, 2), Uint8Array.of(5, 6, 2))],
    [1, 6, 0],
  );
});

test("only what the author painted beside is taken over without a question", () => {
  assert.equal(onlyNeighborSaves([JOINED, OPENED], 5, "Ann"), true);
  assert.equal(onlyNeighborSaves([JOINED, OPENED], 5, "Bob"), false);
  assert.equal(onlyNeighborSaves([JOINED, OPENED], 0, "Ann"), false);
  assert.equal(onlyNeighborSaves([JOINED, OPENED], 6, "Ann"), false);
});

test("a window on which nothing was painted shows it, with nothing to undo and nothing to send", async () => {
  const stage = new Stage();
  await stage.follow();
  await stage.settled();
  assert.deepEqual([...stage.tile.annotation], [...masks[6]]);
  assert.deepEqual([stage.tile.base, stage.tile.history.position, stage.sent], [6, 0, []]);
  assert.ok(stage.told.includes("restored"));
});

test("what was painted and saved before can still be undone", async () => {
  const stage = new Stage();
  stage.stroke();
  stage.tile.history.undo();
  stage.saver.edited(stage.tile, false);
  await stage.settled();
  stage.sent.length = 0;
  await stage.follow();
  await stage.settled();
  assert.deepEqual([...stage.tile.annotation], [...masks[6]]);
  assert.deepEqual(stage.sent, []);
  stage.tile.history.undo();
  assert.deepEqual([...stage.tile.annotation], [...masks[5]]);
});

test("strokes go on from the newer revision, as one step of undo", async () => {
  const stage = new Stage();
  stage.stroke();
  await stage.follow();
  await stage.settled();
  assert.deepEqual([...stage.tile.annotation], BOTH);
  assert.deepEqual(stage.sent, [["draft", 6, BOTH]]);
  stage.tile.history.undo();
  assert.deepEqual([...stage.tile.annotation.slice(0, 5)], [0, 0, 0, 1, 1]);
});

test("a stroke that is being painted stays", async () => {
  const stage = new Stage();
  const { annotation, history } = stage.tile;
  history.begin();
  history.touch(0, 0, 3, 3);
  annotation.fill(1, 3, 5);
  await stage.follow();
  await stage.settled();
  annotation.fill(1, 5, 8);
  history.commit();
  stage.saver.edited(stage.tile, true);
  await stage.settled();
  assert.deepEqual(stage.sent.at(-1), ["draft", 6, BOTH]);
});

test("an accept that is refused because of it goes through with it, whether or not its news came", async () => {
  const stage = new Stage();
  stage.stroke();
  stage.saver.send(stage.tile, "revision", "accept");
  await stage.settled();
  const revisions = stage.sent.filter(([what]) => what === "accept");
  assert.deepEqual(
    revisions.map(([, base]) => base),
    [5, 6],
  );
  assert.deepEqual(revisions[1][2], BOTH);
  assert.ok(!stage.told.includes("conflict"));
});

test("news that comes while a save is on its way waits for it", async () => {
  const stage = new Stage();
  stage.head = 5; // the save is first, what was painted beside comes on top of it
  const { document, saveRevision } = stage.api;
  stage.api.saveRevision = async (...asked) => {
    await stage.follow();
    const answer = await saveRevision(...asked);
    masks[8] = mergeMasks(Uint8Array.from(asked[3].mask), masks[5], masks[6]);
    masks[7] = asked[3].mask;
    const history = [{ ...JOINED, id: 8 }, { id: 7, kind: "accept", author: "Ann" }, OPENED];
    stage.api.document = async () => ({ ...(await document()), head: history[0], history });
    return answer;
  };
  stage.stroke();
  stage.saver.send(stage.tile, "revision", "accept");
  await stage.settled();
  assert.deepEqual([stage.tile.base, [...stage.tile.annotation]], [8, BOTH]);
  assert.equal(stage.sent.filter(([what]) => what === "accept").length, 1);
});

test("what somebody else painted there is left to the analyst", async () => {
  const stage = new Stage({ ...JOINED, author: "Bob" });
  stage.stroke();
  await stage.follow();
  await stage.settled();
  assert.equal(stage.tile.base, 5);
  stage.saver.send(stage.tile, "revision", "accept");
  await stage.settled("conflict");
  assert.equal(stage.tile.conflict.author, "Bob");
});

test("without a line to the server nothing is taken over, and the next save asks", async () => {
  const stage = new Stage();
  const { document } = stage.api;
  stage.api.document = async () => Promise.reject(new TypeError("fetch"));
  await stage.follow();
  await stage.settled();
  assert.equal(stage.tile.base, 5);
  stage.api.document = document;
  stage.stroke();
  stage.saver.send(stage.tile, "revision", "accept");
  await stage.settled();
  assert.deepEqual(stage.sent.at(-1).slice(0, 2), ["accept", 6]);
});

test("what the analyst painted in another window is joined, and what is painted meanwhile stays", async () => {
  const stage = new Stage();
  const theirs = Uint8Array.from(Array(16).fill(0));
  theirs.fill(4, 0, 3);
  const known = [];
  stage.api.saveDraft = async (_id, _author, _base, mask, draft) => {
    known.push(draft);
    if (known.length > 1) return { draft: "both", joined: false };
    stage.stroke(4); // while it is on its way
    masks[2] = mergeMasks(mask, new Uint8Array(16), theirs);
    return { draft: "both", joined: true };
  };
  stage.tile.save.draft = "mine";
  stage.stroke(6);
  await stage.settled();
  assert.deepEqual(known, ["mine", "both"]);
  assert.ok(stage.told.includes("merged"));
  assert.deepEqual([...stage.tile.annotation], [4, 4, 4, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(stage.tile.history.edits.length, 3);
});
