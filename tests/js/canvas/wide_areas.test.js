import assert from "node:assert/strict";
import { test } from "node:test";
import { answerWide, holds, isPresent, wideComponents } from "../../../seep/ui/components/canvas/frontend/wide_areas.js";
import { applyEdit } from "../../../seep/ui/components/canvas/frontend/worker/edits.js";

const [WIDTH, HEIGHT] = [10, 6];
const nothing = () => {};

/** A wide area of two classes at columns 1 to 6, and a slick at column 9; rows 1 to 4. */
function predicted() {
  const prediction = new Uint8Array(WIDTH * HEIGHT);
  for (let row = 1; row <= 4; row += 1) {
    prediction.fill(1, row * WIDTH + 1, row * WIDTH + 4);
    prediction.fill(2, row * WIDTH + 4, row * WIDTH + 7);
    prediction[row * WIDTH + 9] = 1;
  }
  return prediction;
}

const SEED = WIDTH + 1;
const image = { width: WIDTH, height: HEIGHT };

test("an area is found by its pixel, whatever the classes of its pixels", () => {
  const [area, none] = wideComponents(predicted(), [SEED, 0], WIDTH, HEIGHT);
  assert.deepEqual([area.x, area.y, area.width, area.height, area.areaPx], [1, 1, 6, 4, 24]);
  assert.equal(none, null);
  assert.ok(holds(area, 4 * WIDTH + 6, WIDTH));
  assert.ok(!holds(area, 4 * WIDTH + 9, WIDTH));
});

test("remove takes out what was predicted, keep brings it back, and what was painted stays", () => {
  const prediction = predicted();
  const mask = prediction.slice();
  mask[2 * WIDTH + 2] = 5;
  const job = { what: "wide", prediction, seeds: [SEED], keep: false };
  answerWide(mask, image, job, nothing);
  assert.deepEqual([...mask.subarray(2 * WIDTH, 3 * WIDTH)], [0, 0, 5, 0, 0, 0, 0, 0, 0, 1]);
  answerWide(mask, image, { ...job, keep: true }, nothing);
  assert.deepEqual([...mask.subarray(2 * WIDTH, 3 * WIDTH)], [0, 1, 5, 1, 2, 2, 2, 0, 0, 1]);
});

test("removing is one edit that can be undone, and keeping what is there changes nothing", () => {
  const prediction = predicted();
  const [area] = wideComponents(prediction, [SEED], WIDTH, HEIGHT);
  const job = { what: "wide", prediction, seeds: [SEED], keep: false };
  const { mask, edit } = applyEdit(prediction.slice(), image, job);
  assert.ok(edit);
  assert.ok(!isPresent(mask, area, WIDTH));
  assert.equal(mask.filter(Boolean).length, 4, "the slick beside it stays");
  const kept = applyEdit(prediction.slice(), image, { ...job, keep: true });
  assert.equal(kept.edit, null);
  assert.ok(isPresent(kept.mask, area, WIDTH));
});
