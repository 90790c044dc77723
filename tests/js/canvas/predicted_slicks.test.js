import assert from "node:assert/strict";
import { test } from "node:test";

import { SlickController } from "../../../seep/ui/components/canvas/frontend/controllers/slicks.js";
import {
  setClass,
  predictedSlicks,
  meanProbability,
  applyThreshold,
} from "../../../seep/ui/components/canvas/frontend/predicted_slicks.js";
import { components } from "../../../seep/ui/components/canvas/frontend/regions.js";

const WIDTH = 12;
const HEIGHT = 4;
const nothing = () => {};

/** Two slicks: class 1 at columns 1 to 3 (sure), class 2 at columns 6 to 9 (half sure), both in rows 1 and 2. */
function scene() {
  const prediction = new Uint8Array(WIDTH * HEIGHT);
  const probability = new Uint8Array(WIDTH * HEIGHT);
  for (const row of [1, 2]) {
    for (let x = 1; x <= 3; x += 1) [prediction[row * WIDTH + x], probability[row * WIDTH + x]] = [1, 255];
    for (let x = 6; x <= 9; x += 1)
      [prediction[row * WIDTH + x], probability[row * WIDTH + x]] = [2, row === 1 ? 102 : 153];
  }
  return { prediction, probability, all: predictedSlicks(prediction, probability, WIDTH, HEIGHT) };
}

test("a slick is as sure as the mean probability over its pixels", () => {
  const { prediction, probability, all } = scene();
  assert.deepEqual(
    all.map(({ classId, sure }) => [classId, sure]),
    [
      [1, 1],
      [2, 0.5],
    ],
  );
  const [largest] = components(prediction, WIDTH, HEIGHT);
  assert.equal(meanProbability(largest, probability, WIDTH), 0.5);
});

test("what is as sure is taken, the rest taken out, and what was painted by hand stays", () => {
  const { all } = scene();
  const mask = new Uint8Array(WIDTH * HEIGHT);
  mask[1 * WIDTH + 1] = 5; // by hand, under the sure slick
  mask.fill(2, 1 * WIDTH + 6, 1 * WIDTH + 8); // the model's, half sure
  mask[2 * WIDTH + 6] = 7; // by hand, under the half sure one
  mask[11] = 3; // by hand, elsewhere
  const boxes = /** @type {number[][]} */ ([]);
  const rect = applyThreshold(mask, all, 0.6, WIDTH, (...box) => boxes.push(box));
  assert.deepEqual(rect, { x: 1, y: 1, width: 9, height: 2 });
  assert.deepEqual(boxes, [
    [1, 1, 3, 2],
    [6, 1, 9, 2],
  ]);
  assert.deepEqual([...mask.subarray(WIDTH, 2 * WIDTH)], [0, 5, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...mask.subarray(2 * WIDTH, 3 * WIDTH)], [0, 1, 1, 1, 0, 0, 7, 0, 0, 0, 0, 0]);
  assert.equal(mask[11], 3);
  applyThreshold(mask, all, 0.5, WIDTH, nothing);
  assert.equal(mask[1 * WIDTH + 9], 2, "as sure as the least is taken");
});

test("nothing predicted: nothing changes", () => {
  assert.equal(applyThreshold(new Uint8Array(4), [], 0.5, 2, nothing), null);
});

test("a slick gets another class as a whole, or is taken out", () => {
  const { prediction } = scene();
  const [largest] = components(prediction, WIDTH, HEIGHT);
  assert.deepEqual(setClass(prediction, largest, 6, WIDTH, nothing), { x: 6, y: 1, width: 4, height: 2 });
  assert.equal(prediction.filter((value) => value === 6).length, 8);
  setClass(prediction, largest, 0, WIDTH, nothing);
  assert.equal(prediction.filter((value) => value > 0).length, 6);
});

test("the frame of a slick goes with it", () => {
  const framed = [];
  const slicks = new SlickController({
    editor: { runEdit() {} },
    viewport: { highlightSlick: (one) => framed.push(one) },
  });
  slicks.setClass({ classId: 1, sure: null }, 2);
  assert.deepEqual(framed, []);
  slicks.setClass({ classId: 1, sure: null }, 0);
  assert.deepEqual(framed, [null]);
});
