import assert from "node:assert/strict";
import { test } from "node:test";
import { Library } from "../../../seep/ui/canvas/frontend/library.js";

const SIDE = 4;

/** A server whose tile has one revision, then two. */
function serving() {
  const state = { head: 5 };
  const info = { id: 2, name: "a", width: SIDE, height: SIDE, bands: 2, nodata: null, prediction: null, history: [] };
  const head = () => ({ id: state.head, author: "Bob", created_at: "2026-01-01T00:00:00" });
  const api = {
    document: async () => ({ ...info, start: "revision", draft: null, head: head() }),
    image: async () => ({ pixels: Uint16Array.from({ length: 2 * SIDE * SIDE }, (_, i) => i), etag: "x" }),
    mask: async (path) => new Uint8Array(SIDE * SIDE).fill(path.includes("6") ? 1 : 0),
  };
  return { state, library: new Library(api, { work: async () => undefined }) };
}

test("a newer revision is shown where and as the tile was looked at", async () => {
  const { state, library } = serving();
  const tile = await library.open(2, "Ann");
  Object.assign(tile, { view: { scale: 3, x: 1, y: 2 }, contrast: { low: 1, high: 9, gamma: 2, invert: true }, band: 1 });
  assert.equal(await library.refresh(tile), tile, "nothing is newer");
  state.head = 6;
  const newer = await library.refresh(tile);
  assert.equal(newer.annotation[0], 1);
  assert.match(newer.notice, /Bob saved a newer version/);
  assert.deepEqual([newer.view, newer.contrast, newer.band], [tile.view, tile.contrast, 1]);
});
