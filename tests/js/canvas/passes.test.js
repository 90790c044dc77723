import assert from "node:assert/strict";
import { test } from "node:test";

import { PassController } from "../../../seep/ui/components/canvas/frontend/controllers/passes.js";
import { isStripShown, slicksText } from "../../../seep/ui/components/canvas/frontend/panels/passes.js";
import { thumbnailSize } from "../../../seep/ui/components/canvas/frontend/api.js";
import { Driver } from "./driver.js";

globalThis.window = globalThis;

const pass = (id, current = false) => ({
  scene_id: id,
  label: `2026-05-0${id}`,
  name: `p${id}`,
  current,
  rings: [],
  slicks: 0,
  reviewed: true,
  state: "",
});

/** A controller over the tile of a driver, whose api answers from memory and writes down what was asked. */
function setUp(passes = [pass(1), pass(2, true), pass(3), pass(4)]) {
  const driver = new Driver("brush", { side: 8 });
  const { editor } = driver;
  Object.assign(editor.tile, { id: 5, author: "ada" });
  const asked = [];
  const api = {
    tilePasses: async () => (asked.push("passes"), { place: "Bay", passes }),
    tileSites: async () => (asked.push("sites"), { place: "Bay", sites: [] }),
    passPicture: async (_tile, id, size = 0) => (
      asked.push(size ? `thumbnail ${id}` : `picture ${id}`), new Uint8Array(64).fill(id)
    ),
  };
  const parts = { node: { dataset: {} }, passes: { show() {} } };
  const review = {
    editor,
    parts,
    data: { has_places: true },
    shared: { library: { api } },
    viewport: { redraw() {} },
  };
  return { driver, editor, asked, passes: new PassController(review), review };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

test("passes load after the tile is painted: the nearest pictures, then thumbnails from the nearest to the farthest", async () => {
  const { passes, editor, asked } = setUp();
  await passes.load(editor.tile);
  passes.destroy();
  assert.deepEqual(asked, [
    "passes",
    "picture 3",
    "picture 1",
    "thumbnail 2",
    "thumbnail 1",
    "thumbnail 3",
    "thumbnail 4",
  ]);
});

test("a tile that was left loads nothing more", async () => {
  const { passes, editor, asked } = setUp();
  const loading = passes.load(editor.tile);
  editor.open(null);
  await loading;
  assert.deepEqual(asked, ["passes"]);
});

test("next, previous and blink go through the passes by date and return to the tile", async () => {
  const { passes, editor } = setUp();
  await passes.load(editor.tile);
  passes.destroy();
  const shown = () => editor.shownPass?.pass.scene_id ?? null;
  passes.step(1);
  await settle();
  assert.equal(shown(), 3);
  assert.equal(editor.shownPass.pixels[0], 3);
  passes.step(1);
  await settle();
  assert.equal(shown(), 4);
  passes.blink();
  assert.equal(shown(), null);
  passes.blink();
  await settle();
  assert.equal(shown(), 4, "the pass that was shown last");
  passes.step(1);
  passes.step(1);
  await settle();
  assert.equal(shown(), null, "around at the end: pass 1, then the tile");
});

test("another pass is read-only, and another tile shows itself", async () => {
  const { passes, editor, driver } = setUp();
  await passes.load(editor.tile);
  passes.destroy();
  await passes.choose(3);
  assert.equal(editor.begin(), false);
  assert.equal(driver.told.at(-1)[1].kind, "pass-read-only");
  assert.ok(editor.tile.annotation.every((value) => value === 0));
  editor.open(editor.tile);
  assert.equal(editor.shownPass, null);
});

test("a tile without other passes says so", async () => {
  const { passes, editor, driver } = setUp([]);
  await passes.load(editor.tile);
  passes.destroy();
  passes.blink();
  assert.equal(driver.told.at(-1)[1].kind, "no-passes");
});

test("the strip shows only where there are other passes, and keeps its state while they load", () => {
  const known = (count) => ({
    passes: Array(count).fill(pass(1)),
    place: "",
    sites: null,
    thumbnails: new Map(),
  });
  const shown = [false, true].map((hidden) => [
    isStripShown(hidden, true, null),
    isStripShown(hidden, true, known(0)),
    isStripShown(hidden, true, known(2)),
  ]);
  assert.deepEqual(shown, [
    [true, false, true],
    [false, false, true],
  ]);
  assert.equal(isStripShown(false, false, known(2)), false);
});

test("the strip of a tile without other passes is not opened or closed", async () => {
  const { passes, editor, driver } = setUp([]);
  await passes.load(editor.tile);
  const before = editor.display.passes;
  passes.toggleStrip();
  passes.destroy();
  assert.equal(driver.told.at(-1)[1].kind, "no-passes");
  assert.equal(editor.display.passes, before);
});

test("outlines: of all other passes over the tile, of the shown one over its picture", async () => {
  const { passes, editor } = setUp();
  await passes.load(editor.tile);
  passes.destroy();
  assert.equal(passes.marks(), null);
  passes.toggleOutlines();
  assert.deepEqual(
    passes.marks().shown.map((one) => one.scene_id),
    [1, 3, 4],
  );
  await passes.choose(3);
  assert.deepEqual(
    passes.marks().shown.map((one) => one.scene_id),
    [3],
  );
});

test("a thumbnail is rounded as on the server", () => {
  assert.deepEqual(thumbnailSize({ width: 320, height: 200 }, 112), { width: 112, height: 70 });
  assert.deepEqual(thumbnailSize({ width: 2000, height: 3 }, 112), { width: 112, height: 1 });
});

test("the site nearest to the highlighted slick is found once per slick", async () => {
  const { passes, editor, review } = setUp();
  await passes.load(editor.tile);
  passes.destroy();
  const slick = { classId: 2, areaPx: 2, x: 0, y: 1, width: 2, height: 1, seed: 8 };
  const cells = { rect: { x: 0, y: 1, width: 2, height: 1 }, bits: new Uint8Array([1, 1]) };
  review.selected = { current: { slick, cells } };
  passes.current.sites = [
    { number: 4, tile_x: 7, tile_y: 1.5 },
    { number: 6, tile_x: 4.5, tile_y: 1.5 },
  ];
  assert.deepEqual(passes.nearest(), { number: 6, distancePx: 3 });
  assert.equal(passes.nearest(), passes.nearest());
  review.selected = { current: null };
  assert.equal(passes.nearest(), null);
});

test("slicks of imported masks are not called predicted", () => {
  const one = { ...pass(1), slicks: 2, masked: true };
  assert.equal(slicksText({ ...one, reviewed: false }), "2 slicks, unreviewed");
  assert.equal(slicksText(one), "2 slicks");
  assert.equal(slicksText({ ...one, slicks: 0 }), "no slick");
  assert.equal(slicksText({ ...one, slicks: 0, masked: false }), "no mask");
});
