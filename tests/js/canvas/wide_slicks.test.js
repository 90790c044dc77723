import assert from "node:assert/strict";
import { test } from "node:test";

import { SlickController } from "../../../seep/ui/components/canvas/frontend/controllers/slicks.js";
import { countWideSlicks } from "../../../seep/ui/components/canvas/frontend/wide_slicks.js";

const SIDE = 80;

/** @param {...[number, number, number, number, number?]} boxes x, y, width, height, class */
function maskOf(...boxes) {
  const mask = new Uint8Array(SIDE * SIDE);
  for (const [x, y, width, height, value = 1] of boxes)
    for (let row = y; row < y + height; row += 1) mask.fill(value, row * SIDE + x, row * SIDE + x + width);
  return mask;
}

const count = (...boxes) => countWideSlicks(maskOf(...boxes), SIDE, SIDE, 12);

test("a slick is wide if a circle of more than 12 px radius fits in, as in seep/core/masks/wide_slicks.py", () => {
  assert.equal(count([20, 20, 25, 25]), 1);
  assert.equal(count([20, 20, 24, 24]), 0);
  assert.equal(count([5, 20, 70, 24]), 0, "long, but narrow");
  assert.equal(count([5, 5, 25, 25], [45, 45, 30, 30]), 2);
  assert.equal(countWideSlicks(maskOf([20, 20, 40, 40]), SIDE, SIDE, 0), 0, "no limit");
});

test("touching classes are one slick, unsure pixels are none, and a hole is outside", () => {
  assert.equal(count([20, 20, 13, 25, 1], [33, 20, 12, 25, 2]), 1);
  assert.equal(count([20, 20, 40, 40, 255]), 0);
  assert.equal(count([20, 20, 25, 25], [32, 32, 1, 1, 0]), 0);
});

test("the edge of the tile does not bound a slick", () => {
  assert.equal(count([0, 20, 13, 25]), 1);
  assert.equal(count([1, 20, 13, 25]), 0);
  assert.equal(count([67, 67, 13, 13]), 1);
});

test("only an edit that makes one more such slick is reported", () => {
  const told = [];
  const review = { data: { ignored_radius_px: 12 }, editor: { emit: (_, detail) => told.push(detail) } };
  const controller = new SlickController(review);
  const tile = {};
  for (const ignored of [1, 1, 2, 2, 1, 2]) controller.reportIgnored(tile, ignored);
  assert.deepEqual(
    told.map((one) => one.kind),
    ["wide-slick-ignored", "wide-slick-ignored"],
  );
  assert.match(told[0].text, /radius is above 12 px/);
  controller.reportIgnored({}, 3);
  assert.equal(told.length, 2, "those that a tile was opened with");
});
