import assert from "node:assert/strict";
import { test } from "node:test";

import { paint, parseColors } from "../../../seep/ui/components/epoch_previews/frontend/paint.js";

const COLORS = parseColors({ 1: "#e69f00", 2: "#56b4e9" });

/** @param {number[]} pixels */
const ids = (...pixels) => ({ width: pixels.length, height: 1, pixels: Uint8Array.from(pixels) });

/** @param {ReturnType<typeof paint>} painted @param {number} at */
const pixel = (painted, at) => [...painted.subarray(at * 4, at * 4 + 4)];

test("colors are read from their names", () => {
  assert.deepEqual(COLORS.get(1), [230, 159, 0]);
  assert.deepEqual(COLORS.get(2), [86, 180, 233]);
});

test("what stays is paler than what is new, and sea and unsure are not drawn", () => {
  const painted = paint(ids(1, 1, 0, 255), ids(1, 0, 0, 255), COLORS);
  assert.deepEqual(pixel(painted, 0).slice(0, 3), [230, 159, 0]);
  assert.ok(/** @type {number} */ (painted[3]) < /** @type {number} */ (painted[7]));
  assert.deepEqual(pixel(painted, 2), [0, 0, 0, 0]);
  assert.deepEqual(pixel(painted, 3), [0, 0, 0, 0]);
});

test("another class is new", () => {
  const painted = paint(ids(2, 1), ids(1, 1), COLORS);
  assert.deepEqual(pixel(painted, 0).slice(0, 3), [86, 180, 233]);
  assert.ok(/** @type {number} */ (painted[3]) > /** @type {number} */ (painted[7]));
});

test("what is gone is dotted in its old color", () => {
  const painted = paint(ids(0, 0, 0, 0), ids(1, 1, 1, 1), COLORS);
  assert.deepEqual(
    [0, 1, 2, 3].map((at) => pixel(painted, at)[3] !== 0),
    [true, false, true, false],
  );
  assert.deepEqual(pixel(painted, 0).slice(0, 3), [230, 159, 0]);
});

test("without a mask before, or with one of another size, all of it is pale", () => {
  const alone = paint(ids(1, 2), null, COLORS);
  assert.equal(alone[3], alone[7]);
  assert.deepEqual(paint(ids(1, 2), ids(1), COLORS), alone);
});
