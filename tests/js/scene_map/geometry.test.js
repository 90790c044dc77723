import assert from "node:assert/strict";
import { test } from "node:test";

import {
  center,
  fit,
  keyOf,
  levelFor,
  ownParts,
  pan,
  parent,
  rectOf,
  squaresIn,
  tileAt,
  toScene,
  visible,
  zoomAt,
} from "../../../seep/ui/components/scene_map/frontend/geometry.js";
import { outlineAlpha, partOf } from "../../../seep/ui/components/scene_map/frontend/painter.js";

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
  for (const [dx, dy] of [
    [1e6, 1e6],
    [-1e6, -1e6],
    [1e6, -1e6],
  ]) {
    const part = visible(pan(start, dx ?? 0, dy ?? 0, scene, screen), scene, screen);
    assert.ok(part.width > 0 && part.height > 0, `${dx} ${dy}`);
  }
});

test("the middle can be given", () => {
  const view = center({ scale: 0.5, x: 0, y: 0 }, { x: 9000, y: 7000 }, scene, screen);
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
      assert.ok(
        r.x < part.x + part.width &&
          r.x + r.width > part.x &&
          r.y < part.y + part.height &&
          r.y + r.height > part.y,
      );
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

const tile = (/** @type {number} */ id, /** @type {number} */ x, y = 0, side = 1024) => ({
  id,
  name: `t${id}`,
  x,
  y,
  width: side,
  height: side,
  state: "draft",
  seep_area_px: null,
});

test("overlapping windows share their overlap by halves", () => {
  const tiles = [tile(1, 0), tile(2, 960), tile(3, 0, 960), tile(4, 960, 960)];
  const parts = ownParts(tiles);
  assert.deepEqual(parts.get(1), { x: 0, y: 0, width: 992, height: 992 });
  assert.deepEqual(parts.get(4), { x: 992, y: 992, width: 992, height: 992 });
  const at = (/** @type {number} */ x, /** @type {number} */ y) => tileAt(tiles, parts, { x, y })?.id;
  assert.deepEqual(
    [at(990, 10), at(995, 500), at(30, 991), at(30, 992), at(5000, 5)],
    [1, 2, 1, 3, undefined],
  );
});

test("every point of a cut scene belongs to one tile, however large the last overlap is", () => {
  const starts = [0, 960, 1920, 2300];
  const tiles = starts.flatMap((y, row) => starts.map((x, column) => tile(row * 4 + column, x, y)));
  const parts = ownParts(tiles);
  for (let n = 0; n < 2000; n += 1) {
    const point = { x: (n * 7919) % 3324, y: (n * 104729) % 3324 };
    const holding = [...parts.values()].filter(
      (p) => point.x >= p.x && point.x < p.x + p.width && point.y >= p.y && point.y < p.y + p.height,
    );
    assert.equal(holding.length, 1, JSON.stringify(point));
  }
});

test("tiles that only touch keep their whole", () => {
  const tiles = [tile(1, 0, 0, 256), tile(2, 256, 0, 256), tile(3, 0, 256, 256)];
  for (const one of tiles)
    assert.deepEqual(ownParts(tiles).get(one.id), { x: one.x, y: one.y, width: 256, height: 256 });
});

test("outlines fade below 30 % zoom, and stay visible", () => {
  assert.deepEqual([2, 0.3, 0.15, 0.01].map(outlineAlpha), [1, 1, 0.5, 0.25]);
});
