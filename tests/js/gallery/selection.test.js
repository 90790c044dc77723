import assert from "node:assert/strict";
import { test } from "node:test";

import {
  banded,
  extended,
  inOrder,
  kept,
  selectionOf,
  toggled,
} from "../../../seep/ui/components/gallery/frontend/selection.js";

const order = [40, 10, 30, 20, 50];

test("a tile is added and taken away again", () => {
  const one = toggled(selectionOf([]), 30);
  assert.deepEqual(inOrder(one, order), [30]);
  assert.deepEqual(inOrder(toggled(one, 30), order), []);
});

test("a range goes from the anchor in the order of the grid, either way", () => {
  const start = toggled(selectionOf([]), 30);
  assert.deepEqual(inOrder(extended(start, 50, order), order), [30, 20, 50]);
  assert.deepEqual(inOrder(extended(start, 40, order), order), [40, 10, 30]);
});

test("two ranges from one anchor add up, and the anchor stays", () => {
  const start = toggled(selectionOf([]), 30);
  const both = extended(extended(start, 50, order), 10, order);
  assert.deepEqual(inOrder(both, order), [10, 30, 20, 50]);
  assert.equal(both.anchor, 30);
});

test("a range without an anchor on the grid starts where it ends", () => {
  assert.deepEqual(inOrder(extended(selectionOf([]), 20, order), order), [20]);
  const gone = { ids: new Set([10]), anchor: 99 };
  const next = extended(gone, 20, order);
  assert.deepEqual(inOrder(next, order), [10, 20]);
  assert.equal(next.anchor, 20);
});

test("a tile that is not on the grid changes nothing", () => {
  const start = toggled(selectionOf([]), 30);
  assert.equal(extended(start, 99, order), start);
});

test("a band replaces the selection, or adds to it", () => {
  const start = selectionOf([40]);
  assert.deepEqual(inOrder(banded(start, [20, 50], false), order), [20, 50]);
  assert.deepEqual(inOrder(banded(start, [20, 50], true), order), [40, 20, 50]);
  assert.deepEqual(inOrder(banded(start, [], false), order), []);
  assert.deepEqual([...start.ids], [40], "the selection that it started with is left alone");
});

test("what leaves the grid leaves the selection", () => {
  const start = { ids: new Set([10, 99]), anchor: 99 };
  const after = kept(start, order);
  assert.deepEqual([...after.ids], [10]);
  assert.equal(after.anchor, null);
  assert.equal(kept(after, order), after);
});
