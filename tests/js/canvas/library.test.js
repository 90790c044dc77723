import assert from "node:assert/strict";
import { test } from "node:test";
import { Library } from "../../../seep/ui/components/canvas/frontend/library.js";

const SIDE = 4;

/** A server whose tile has one revision, then two. */
function serving() {
  const state = { head: 5 };
  const info = {
    id: 2,
    name: "a",
    width: SIDE,
    height: SIDE,
    bands: 2,
    nodata: null,
    prediction: null,
    history: [],
  };
  const head = () => ({ id: state.head, author: "Bob", created_at: "2026-01-01T00:00:00" });
  const api = {
    document: async () => ({ ...info, start: "revision", draft: null, head: head(), history: [head()] }),
    image: async () => ({ pixels: Uint16Array.from({ length: 2 * SIDE * SIDE }, (_, i) => i), etag: "x" }),
    mask: async (path) => new Uint8Array(SIDE * SIDE).fill(path.includes("6") ? 1 : 0),
  };
  const drafts = { work: async () => state.work, edits: async () => [] };
  return { state, api, library: new Library(api, drafts) };
}

/** Do something while an image is on its way. */
function meanwhile({ api }, act) {
  const { image } = api;
  api.image = async (...asked) => (act(), image(...asked));
}

test("a newer revision is shown where and as the tile was looked at", async () => {
  const { state, library } = serving();
  const tile = await library.open(2, "Ann");
  Object.assign(tile, {
    view: { scale: 3, x: 1, y: 2 },
    contrast: { low: 1, high: 9, gamma: 2, invert: true },
    band: 1,
  });
  assert.equal(await library.refresh(tile), tile, "nothing is newer");
  state.head = 6;
  const newer = await library.refresh(tile);
  assert.equal(newer.annotation[0], 1);
  assert.equal(newer.notice.kind, "newer-version");
  assert.match(newer.notice.text, /Bob/);
  assert.deepEqual([newer.view, newer.contrast, newer.band], [tile.view, tile.contrast, 1]);
});

test("a stroke that begins while a newer revision is loaded stays, on the tile that is in memory", async () => {
  for (const begin of [(tile) => tile.history.begin(), (tile) => (tile.save.version += 1)]) {
    const served = serving();
    const { state, library } = served;
    const tile = await library.open(2, "Ann");
    state.head = 6;
    meanwhile(served, () => begin(tile));
    assert.equal(await library.refresh(tile), tile);
    assert.equal(library.cached(2, "Ann"), tile);
  }
});

test("a tile on which a polygon is being clicked is not replaced", async () => {
  const { state, library } = serving();
  const tile = await library.open(2, "Ann");
  state.head = 6;
  assert.equal(await library.refresh(tile, { inGesture: () => true }), tile);
});

test("a tile that is looked at twice is replaced once", async () => {
  const { state, library } = serving();
  const tile = await library.open(2, "Ann");
  state.head = 6;
  const [first, second] = await Promise.all([library.refresh(tile), library.refresh(tile)]);
  assert.notEqual(first, tile);
  assert.equal(second, tile);
  assert.equal(library.cached(2, "Ann"), first);
});

test("what comes back from the browser counts its versions anew", async () => {
  const { state, library } = serving();
  const mask = new Uint8Array(SIDE * SIDE).fill(7);
  const accept = { type: "revision", what: "accept", request: "x", mask, note: "", version: 9 };
  const earlier = { ...accept, what: "save", mask: new Uint8Array(SIDE * SIDE), version: 4 };
  const work = { mask, base: 5, sent: false, outbox: [earlier, accept], position: 0, dropped: 0, at: 0 };
  state.work = { ...work, identity: `a|${SIDE}|${SIDE}|x` };
  const tile = await library.open(2, "Ann");
  assert.equal(tile.save.version, 1);
  assert.deepEqual(
    tile.save.outbox.map(({ version }) => version),
    [0, 1],
  );
});

test("the open tile is never put away", async () => {
  const { library } = serving();
  const tile = await library.open(2, "Ann");
  library.openTile = tile;
  for (let id = 3; id < 30; id += 1) await library.open(id, "Ann");
  assert.equal(library.cached(2, "Ann"), tile);
  assert.equal(library.cached(3, "Ann"), undefined);
});
