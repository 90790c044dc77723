import assert from "node:assert/strict";
import { test } from "node:test";

import {
  layOut,
  moved,
  rectangle,
  rowCount,
  touched,
} from "../../../seep/ui/components/gallery/frontend/layout.js";

const layout = layOut(972, 20, 128); // cells of 132 by 176, 8 apart: 7 columns, 3 rows, the last of 6

test("as many columns as fit, and never none", () => {
  assert.equal(layout.columns, 7);
  assert.equal(rowCount(layout), 3);
  assert.equal(layOut(7 * 140 - 8, 20, 128).columns, 7);
  assert.equal(layOut(7 * 140 - 9, 20, 128).columns, 6);
  assert.equal(layOut(0, 20, 128).columns, 1);
});

test("pictures share the width that is left, and the cells still fit", () => {
  for (let width = 200; width < 2000; width += 1) {
    const wide = layOut(width, 20, 128);
    assert.ok(wide.pictureSize >= 128);
    assert.ok(wide.columns * wide.stepX - 8 <= width, `${width}`);
    assert.ok(width - (wide.columns * wide.stepX - 8) < wide.columns, `${width}`);
  }
});

test("a rectangle is the same from any corner", () => {
  const expected = { left: 1, top: 2, right: 30, bottom: 40 };
  assert.deepEqual(rectangle({ x: 30, y: 2 }, { x: 1, y: 40 }), expected);
  assert.deepEqual(rectangle({ x: 1, y: 2 }, { x: 30, y: 40 }), expected);
});

test("a band takes every cell that it touches, and none for a gap", () => {
  assert.deepEqual(touched(layout, { left: 0, top: 0, right: 1, bottom: 1 }), [0]);
  assert.deepEqual(touched(layout, { left: 131, top: 171, right: 141, bottom: 190 }), [0, 1, 7, 8]);
  assert.deepEqual(touched(layout, { left: 133, top: 0, right: 139, bottom: 100 }), []);
  assert.deepEqual(touched(layout, { left: 133, top: 0, right: 280, bottom: 10 }), [1, 2]);
});

test("a band over everything takes no cell that is not there", () => {
  const all = touched(layout, { left: 0, top: 0, right: 972, bottom: 5000 });
  assert.deepEqual(
    all,
    Array.from({ length: 20 }, (_, index) => index),
  );
  assert.deepEqual(touched(layOut(972, 0, 128), { left: 0, top: 0, right: 972, bottom: 500 }), []);
});

test("a band agrees with testing each cell by itself", () => {
  for (let seed = 1; seed < 400; seed += 1) {
    const spot = (/** @type {number} */ n) => (seed * 7919 * n) % 1013;
    const area = rectangle({ x: spot(1), y: spot(3) }, { x: spot(5), y: spot(7) });
    const expected = [];
    for (let index = 0; index < layout.count; index += 1) {
      const left = (index % layout.columns) * layout.stepX;
      const top = Math.floor(index / layout.columns) * layout.stepY;
      const across = area.right >= left && area.left < left + layout.cellWidth;
      if (across && area.bottom >= top && area.top < top + layout.cellHeight) expected.push(index);
    }
    assert.deepEqual(touched(layout, area), expected, JSON.stringify(area));
  }
});

test("arrows walk the grid and stop at its ends", () => {
  assert.equal(moved(layout, 0, "ArrowRight", 2), 1);
  assert.equal(moved(layout, 6, "ArrowRight", 2), 7);
  assert.equal(moved(layout, 0, "ArrowLeft", 2), 0);
  assert.equal(moved(layout, 19, "ArrowRight", 2), 19);
  assert.equal(moved(layout, 3, "ArrowDown", 2), 10);
  assert.equal(moved(layout, 3, "ArrowUp", 2), 3);
  assert.equal(moved(layout, 13, "ArrowDown", 2), 19, "below a short last row: its end");
  assert.equal(moved(layout, 16, "ArrowDown", 2), 16);
});

test("Home, End and pages", () => {
  assert.equal(moved(layout, 9, "Home", 2), 0);
  assert.equal(moved(layout, 9, "End", 2), 19);
  assert.equal(moved(layout, 1, "PageDown", 2), 15);
  assert.equal(moved(layout, 9, "PageDown", 2), 19);
  assert.equal(moved(layout, 9, "PageUp", 2), 2);
});

test("other keys and an empty grid move nothing", () => {
  assert.equal(moved(layout, 3, "x", 2), null);
  assert.equal(moved(layOut(972, 0, 128), 0, "ArrowDown", 2), null);
});
