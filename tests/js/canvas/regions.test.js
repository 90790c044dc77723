import assert from "node:assert/strict";
import { test } from "node:test";
import { areas, differing, fillPolygon, slicks } from "../../../seep/ui/canvas/frontend/regions.js";

/** @param {string[]} rows */
const mask = (rows) => Uint8Array.from(rows.join(""), Number);

test("a polygon takes the pixels whose centres are inside", () => {
  const painted = new Uint8Array(36);
  const square = [[1, 1], [4, 1], [4, 3], [1, 3]].map(([x, y]) => ({ x, y }));
  fillPolygon(painted, 6, 6, square, 1, () => {});
  assert.deepEqual(painted, mask(["000000", "011100", "011100", "000000", "000000", "000000"]));
});

test("two polygons that share a side share no pixel and leave none out", () => {
  const [left, right] = [new Uint8Array(400), new Uint8Array(400)];
  const points = (list) => list.map(([x, y]) => ({ x, y }));
  fillPolygon(left, 20, 20, points([[0, 0], [10.5, 0], [7.5, 20], [0, 20]]), 1, () => {});
  fillPolygon(right, 20, 20, points([[20, 0], [10.5, 0], [7.5, 20], [20, 20]]), 1, () => {});
  assert.ok(left.every((value, i) => value + right[i] === 1));
});

test("a polygon may leave the mask; fewer than three points are none", () => {
  const painted = new Uint8Array(16);
  fillPolygon(painted, 4, 4, [{ x: -9, y: -9 }, { x: 20, y: -9 }, { x: -9, y: 20 }], 2, () => {});
  assert.ok(painted[0] === 2 && painted[15] === 2);
  assert.equal(fillPolygon(painted, 4, 4, [{ x: 0, y: 0 }, { x: 3, y: 3 }], 1, assert.fail), null);
});

test("slicks are 8-connected, by class, greatest first, without unsure pixels", () => {
  const seen = mask(["1100", "0010", "2200", "0000"]);
  seen[15] = 255;
  assert.deepEqual(slicks(seen, 4, 4), [
    { classId: 1, areaPx: 3, x: 0, y: 0, width: 3, height: 2 },
    { classId: 2, areaPx: 2, x: 0, y: 2, width: 2, height: 1 },
  ]);
});

test("a slick as large as the tile is found", () => {
  assert.equal(slicks(new Uint8Array(512 * 512).fill(3), 512, 512)[0].areaPx, 512 * 512);
});

test("areas and differences are counted", () => {
  const [a, b] = [mask(["0112"]), mask(["0122"])];
  assert.deepEqual([...areas(a).subarray(0, 3)], [1, 2, 1]);
  assert.equal(differing(a, b), 1);
});
