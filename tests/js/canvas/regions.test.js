import assert from "node:assert/strict";
import { test } from "node:test";
import {
  areas,
  differing,
  polygonCells,
  slicks,
} from "../../../seep/ui/components/canvas/frontend/regions.js";

/** @param {string[]} rows */
const mask = (rows) => Uint8Array.from(rows.join(""), Number);

const points = (list) => list.map(([x, y]) => ({ x, y }));

/** The cells of a polygon in a mask of this size. */
function drawn(list, width, height) {
  const bits = new Uint8Array(width * height);
  const cells = polygonCells(points(list), width, height);
  cells?.bits.forEach((bit, i) => {
    const [column, row] = [i % cells.rect.width, Math.floor(i / cells.rect.width)];
    bits[(cells.rect.y + row) * width + cells.rect.x + column] = bit;
  });
  return bits;
}

test("a polygon takes the pixels whose centers are inside", () => {
  const square = [
    [1, 1],
    [4, 1],
    [4, 3],
    [1, 3],
  ];
  assert.deepEqual(drawn(square, 6, 6), mask(["000000", "011100", "011100", "000000", "000000", "000000"]));
});

test("two polygons that share a side share no pixel and leave none out", () => {
  const left = drawn(
    [
      [0, 0],
      [10.5, 0],
      [7.5, 20],
      [0, 20],
    ],
    20,
    20,
  );
  const right = drawn(
    [
      [20, 0],
      [10.5, 0],
      [7.5, 20],
      [20, 20],
    ],
    20,
    20,
  );
  assert.ok(left.every((value, i) => value + right[i] === 1));
});

test("a polygon may leave the mask; fewer than three points are none", () => {
  const covered = drawn(
    [
      [-9, -9],
      [20, -9],
      [-9, 20],
    ],
    4,
    4,
  );
  assert.ok(covered[0] === 1 && covered[15] === 1);
  assert.equal(
    polygonCells(
      points([
        [0, 0],
        [3, 3],
      ]),
      4,
      4,
    ),
    null,
  );
  assert.equal(
    polygonCells(
      points([
        [-5, 0],
        [-1, 0],
        [-1, 3],
      ]),
      4,
      4,
    ),
    null,
  );
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
