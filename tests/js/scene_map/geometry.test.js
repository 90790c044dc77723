import assert from "node:assert/strict";
import { test } from "node:test";

import { keyOf } from "../../../seep/ui/components/shared/map_view.js";
import { ownParts, parent, rectOf, tileAt } from "../../../seep/ui/components/scene_map/frontend/geometry.js";
import { outlineAlpha, partOf } from "../../../seep/ui/components/scene_map/frontend/painter.js";

const scene = { width: 25000, height: 16000 };

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
