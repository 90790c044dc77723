import assert from "node:assert/strict";
import { test } from "node:test";

import {
  boundsOf,
  center,
  fit,
  keep,
  levelFor,
  pan,
  squaresIn,
  toImage,
  toScreen,
  visible,
  zoomAt,
} from "../../../seep/ui/components/shared/map_view.js";
import { rectOf } from "../../../seep/ui/components/scene_map/frontend/geometry.js";

const scene = { width: 25000, height: 16000 };
const bounds = boundsOf(scene);
const screen = { width: 1200, height: 700 };
const place = [-100, 50, 900, 550];
const small = { width: 640, height: 480 };

test("a fitted image is whole and in the middle, also with an origin elsewhere", () => {
  const view = fit(place, small);
  const [left, right] = [toScreen(view, { x: -100, y: 50 }), toScreen(view, { x: 900, y: 550 })];
  assert.ok(left.x >= 16 - 1e-9 && right.x <= 624 + 1e-9);
  assert.ok(Math.abs(left.x + right.x - 640) < 1e-9 && Math.abs(left.y + right.y - 480) < 1e-9);
});

test("zooming and moving keep an image with another origin on the screen", () => {
  const view = fit(place, small);
  const at = { x: 300, y: 200 };
  const zoomed = zoomAt(view, 3, at, place, small);
  const [before, after] = [toImage(view, at), toImage(zoomed, at)];
  assert.ok(Math.hypot(before.x - after.x, before.y - after.y) < 1e-6);
  const away = keep({ ...view, x: 1e6, y: -1e6 }, place, small);
  assert.ok(toScreen(away, { x: -100, y: 0 }).x <= 640 - 64 + 1e-9);
  assert.ok(toScreen(away, { x: 0, y: 550 }).y >= 64 - 1e-9);
});

test("a fitted scene is whole and in the middle", () => {
  const view = fit(bounds, screen);
  const part = visible(view, bounds, screen);
  assert.deepEqual([part.x, part.y, Math.round(part.width), Math.round(part.height)], [0, 0, 25000, 16000]);
  assert.ok(Math.abs(view.x * 2 + scene.width * view.scale - screen.width) < 1e-9);
  assert.equal(fit([0, 0, 8, 8], screen).scale, 16, "a tiny scene is not blown up without end");
});

test("zooming keeps the point under the pointer", () => {
  let view = fit(bounds, screen);
  const at = { x: 333, y: 222 };
  const point = toImage(view, at);
  for (const factor of [1.3, 2, 5, 0.7]) {
    view = zoomAt(view, factor, at, bounds, screen);
    const now = toImage(view, at);
    assert.ok(Math.hypot(now.x - point.x, now.y - point.y) < 1e-6);
  }
});

test("zoom has two ends", () => {
  let view = fit(bounds, screen);
  for (let step = 0; step < 60; step += 1) view = zoomAt(view, 2, { x: 600, y: 350 }, bounds, screen);
  assert.equal(view.scale, 16);
  for (let step = 0; step < 60; step += 1) view = zoomAt(view, 0.5, { x: 600, y: 350 }, bounds, screen);
  assert.equal(view.scale, fit(bounds, screen).scale / 2);
});

test("a part of the scene stays on the screen however far it is dragged", () => {
  const start = zoomAt(fit(bounds, screen), 10, { x: 600, y: 350 }, bounds, screen);
  for (const [dx, dy] of [
    [1e6, 1e6],
    [-1e6, -1e6],
    [1e6, -1e6],
  ]) {
    const part = visible(pan(start, dx ?? 0, dy ?? 0, bounds, screen), bounds, screen);
    assert.ok(part.width > 0 && part.height > 0, `${dx} ${dy}`);
  }
});

test("the middle can be given", () => {
  const view = center({ scale: 0.5, x: 0, y: 0 }, { x: 9000, y: 7000 }, bounds, screen);
  assert.deepEqual(toImage(view, { x: 600, y: 350 }), { x: 9000, y: 7000 });
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
  let view = fit(bounds, screen);
  for (let step = 0; step < 12; step += 1) {
    const level = levelFor(view.scale, 7);
    const part = visible(view, bounds, screen);
    const squares = squaresIn(view, level, bounds, screen);
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
    view = zoomAt(view, 1.7, { x: 800, y: 200 }, bounds, screen);
  }
});

test("the middle of the screen comes first", () => {
  const view = zoomAt(fit(bounds, screen), 20, { x: 600, y: 350 }, bounds, screen);
  const [first] = squaresIn(view, levelFor(view.scale, 7), bounds, screen);
  assert.ok(first);
  const middle = toImage(view, { x: 600, y: 350 });
  const rect = rectOf(first, scene);
  const off = Math.hypot(rect.x + rect.width / 2 - middle.x, rect.y + rect.height / 2 - middle.y);
  assert.ok(off <= rect.width);
});
