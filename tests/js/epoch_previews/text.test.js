import assert from "node:assert/strict";
import { test } from "node:test";

import {
  describe,
  epochText,
  metricText,
  tileOrder,
  sliderPosition,
} from "../../../seep/ui/components/epoch_previews/frontend/text.js";

/** @param {number} id @param {number} changed @param {number | null} iou */
const tile = (id, changed = 0, iou = 0.5) => ({
  tile_id: id,
  name: `a.${id}`,
  changed_px: changed,
  iou,
  mask: "/m",
});

const EPOCHS = [
  { epoch: 0, tiles: [tile(3), tile(1)] },
  { epoch: 1, tiles: [tile(1), tile(7)] },
  { epoch: 2, tiles: [tile(7), tile(3)] },
];

test("each tile keeps the place in which it first came", () => {
  assert.deepEqual(
    tileOrder(EPOCHS).map((one) => one.id),
    [3, 1, 7],
  );
  assert.deepEqual(
    tileOrder(EPOCHS.slice(0, 1)).map((one) => one.id),
    [3, 1],
  );
});

test("the newest epoch is shown until one is chosen", () => {
  assert.equal(sliderPosition(EPOCHS, null), 2);
  assert.equal(sliderPosition(EPOCHS, 1), 1);
  assert.equal(sliderPosition(EPOCHS, 9), 2);
  assert.equal(sliderPosition([], null), -1);
});

test("an epoch is told in words", () => {
  const newest = /** @type {typeof EPOCHS[0]} */ (EPOCHS[2]);
  assert.deepEqual(
    EPOCHS.map((one) => epochText(one, newest)),
    ["before training", "after epoch 1 of 2", "after epoch 2, newest"],
  );
});

test("a tile's figures are short, and told whole in its description", () => {
  assert.deepEqual(metricText(tile(1, 12345, 0.416)), { iou: "IoU 0.42", changed: "12\u202f345\u202fpx" });
  assert.deepEqual(metricText(tile(1, 0, null)), { iou: "no seep", changed: "unchanged" });
  assert.deepEqual(metricText(undefined), { iou: "–", changed: "" });
  assert.match(describe("a.1", tile(1, 20)), /^a\.1, IoU 0\.50, 20.px/);
  assert.match(describe("a.1", undefined), /^a\.1, /);
});
