import assert from "node:assert/strict";
import { test } from "node:test";

import { centre, fit, keyOf, levelFor, pan, parent, rectOf, squaresIn, tileAt, toScene, visible, zoomAt } from "../../../seep/ui/scenemap/frontend/geometry.js";
import { partOf } from "../../../seep/ui/scenemap/frontend/painter.js";

const scene = { width: 25000, height: 16000 };
const screen = { width: 1200, height: 700 };

test("a fitted scene is whole and in the middle", () => {
  const view = fit(scene, screen);
  const part = visible(view, scene, screen);
  assert.deepEqual([part.x, part.y, Math.round(part.width), Math.round(part.height)], [0, 0, 25000, 16000]);
  assert.ok(Math.abs(view.x * 2 + scene.width * view.scale - screen.width) < 1e-9);
  assert.equal(fit({ width: 8, height: 8 }, screen).scale, 16, "a tiny scene is not blown up without end");
});

test("zooming keeps the point under the pointer", () => {
  let view = fit(scene, screen);
  const at = { x: 333, y: 222 };
  const point = toScene(view, at);
  for (const factor of [1.3, 2, 5, 0.7]) {
    view = zoomAt(view, factor, at, scene, screen);
    const now = toScene(view, at);
    assert.ok(Math.hypot(now.x - point.x, now.y - point.y) < 1e-6);
  }
});

test("zoom has two ends", () => {
  let view = fit(scene, screen);
  for (let step = 0; step < 60; step += 1) view = zoomAt(view, 2, { x: 600, y: 350 }, scene, screen);
  assert.equal(view.scale, 16);
  for (let step = 0; step < 60; step += 1) view = zoomAt(view, 0.5, { x: 600, y: 350 }, scene, screen);
  assert.equal(view.scale, fit(scene, screen).scale / 2);
});

test("a part of the scene stays on the screen however far it is dragged", () => {
  const start = zoomAt(fit(scene, screen), 10, { x: 600, y: 350 }, scene, screen);
  for (const [dx, dy] of [[1e6, 1e6], [-1e6, -1e6], [1e6, -1e6]]) {
    const part = visible(pan(start, dx ?? 0, dy ?? 0, scene, screen), scene, screen);
    assert.ok(part.width > 0 && part.height > 0, `${dx} ${dy}`);
  }
});

test("the middle can be given", () => {
  const view = centre({ scale: 0.5, x: 0, y: 0 }, { x: 9000, y: 7000 }, scene, screen);
  assert.deepEqual(toScene(view, { x: 600, y: 350 }), { x: 9000, y: 7000 });
});

test("a level has a pixel for each of the screen's, and no more than it needs", () => {
  assert.equal(levelFor(1, 7), 0);
  assert.equal(levelFor(8, 7), 0);
  assert.equal(levelFor(0.5, 7), 1);
  assert.equal(levelFor(0.51, 7), 1, "a little too coarse is not seen");
  assert.equal(levelFor(0.6, 7), 0);
  assert.equal(levelFor(0.04, 7), 4);
  assert.equal(levelFor(1e-6, 7), 6, "no coarser than there is");
});

test("the squares on the screen cover it, and nothing else is asked for", () => {
  let view = fit(scene, screen);
  for (let step = 0; step < 12; step += 1) {
    const level = levelFor(view.scale, 7);
    const part = visible(view, scene, screen);
    const squares = squaresIn(view, level, scene, screen);
    const rects = squares.map((square) => rectOf(square, scene));
    assert.ok(squares.length <= 70, `${squares.length} squares`);
    for (let n = 0; n < 50; n += 1) {
      const x = part.x + (((n * 37) % 50) / 50) * part.width;
      const y = part.y + (((n * 17) % 50) / 50) * part.height;
      const holding = rects.filter((r) => x >= r.x && x < r.x + r.width && y >= r.y && y < r.y + r.height);
      assert.equal(holding.length, 1);
    }
    for (const r of rects) {
      assert.ok(r.width > 0 && r.height > 0);
      assert.ok(r.x < part.x + part.width && r.x + r.width > part.x && r.y < part.y + part.height && r.y + r.height > part.y);
    }
    view = zoomAt(view, 1.7, { x: 800, y: 200 }, scene, screen);
  }
});

test("the middle of the screen comes first", () => {
  const view = zoomAt(fit(scene, screen), 20, { x: 600, y: 350 }, scene, screen);
  const [first] = squaresIn(view, levelFor(view.scale, 7), scene, screen);
  assert.ok(first);
  const middle = toScene(view, { x: 600, y: 350 });
  const rect = rectOf(first, scene);
  const off = Math.hypot(rect.x + rect.width / 2 - middle.x, rect.y + rect.height / 2 - middle.y);
  assert.ok(off <= rect.width);
});

test("a square lies in its parent where the picture of the parent shows it", () => {
  const square = { level: 2, column: 5, row: 3 };
  const above = parent(square, 7);
  assert.ok(above);
  assert.equal(keyOf(above), "3/2/1");
  assert.deepEqual(partOf(square, above, scene), { x: 128, y: 128, width: 128, height: 128 });
  assert.deepEqual(partOf(square, square, scene), { x: 0, y: 0, width: 256, height: 256 });
  assert.equal(parent({ level: 6, column: 0, row: 0 }, 7), null);
  const edge = { level: 0, column: 97, row: 62 };
  assert.deepEqual(rectOf(edge, scene), { x: 24832, y: 15872, width: 168, height: 128 });
});

test("of overlapping windows the one whose middle is nearest is meant", () => {
  const tile = (/** @type {number} */ id, /** @type {number} */ x) => ({ id, name: `t${id}`, x, y: 0, width: 1024, height: 1024, state: "draft", seep_area_px: null });
  const tiles = [tile(1, 0), tile(2, 960)];
  assert.equal(tileAt(tiles, { x: 990, y: 10 })?.id, 1);
  assert.equal(tileAt(tiles, { x: 995, y: 500 })?.id, 2);
  assert.equal(tileAt(tiles, { x: 30, y: 500 })?.id, 1);
  assert.equal(tileAt(tiles, { x: 5000, y: 500 }), null);
});
