import assert from "node:assert/strict";
import { test } from "node:test";
import { contours } from "../../../seep/ui/components/canvas/frontend/contours.js";
import {
  grown,
  joined,
  shrunk,
  smooth,
  withoutHoles,
  withoutSpecks,
} from "../../../seep/ui/components/canvas/frontend/morphology.js";

const bitsOf = (...rows) => [
  Uint8Array.from(rows.join(""), (sign) => Number(sign === "#")),
  rows[0].length,
  rows.length,
];
const shown = (bits, width) =>
  Array.from({ length: bits.length / width }, (_, row) =>
    Array.from(bits.subarray(row * width, (row + 1) * width), (bit) => (bit ? "#" : ".")).join(""),
  );

/** The operation makes the second picture of the first. */
function expect(operation, before, after, ...more) {
  const [bits, width, height] = bitsOf(...before);
  const copy = bits.slice();
  assert.deepEqual(shown(operation(bits, width, height, ...more), width), after);
  assert.deepEqual(bits, copy, "what is given stays as it is");
}

test("growing adds the four neighbors of each pixel, and stays within the array", () => {
  expect(grown, [".....", ".....", "..#..", ".....", "....#"], [".....", "..#..", ".###.", "..#.#", "...##"]);
});

test("growing by two takes the pixels within a distance of two", () => {
  expect(
    grown,
    [".....", ".....", "..#..", ".....", "....."],
    ["..#..", ".###.", "#####", ".###.", "..#.."],
    2,
  );
});

test("shrinking takes every pixel with an empty neighbor, but nothing at the array's edge", () => {
  expect(
    shrunk,
    ["#####", "#####", "##.##", "#####", "#####"],
    ["#####", "##.##", "#...#", "##.##", "#####"],
  );
  expect(
    shrunk,
    ["......", ".####.", ".####.", ".####.", "......"],
    ["......", "......", "..##..", "......", "......"],
  );
});

test("smoothing is a vote of the 13 pixels within 2 px", () => {
  const before = [".......", ".......", "..#....", "#######", "#######", "#######", "#######"];
  const after = [".......", ".......", ".......", "#######", "#######", "#######", "#######"];
  expect(smooth, before, after);
  expect(
    smooth,
    ["#######", "#######", "###.###", "#######", "#######"],
    ["#######", "#######", "#######", "#######", "#######"],
  );
});

test("holes are filled, unless they are open to the array's edge; a gap at a corner does not open them", () => {
  expect(
    withoutHoles,
    [".####.", ".#..#.", ".##.#.", "..###.", "..#..."],
    [".####.", ".####.", ".####.", "..###.", "..#..."],
  );
  expect(withoutHoles, ["###", "#.#", "#.#"], ["###", "#.#", "#.#"]);
  expect(withoutHoles, [".##.", "#..#", ".##."], [".##.", "####", ".##."]);
});

test("specks smaller than asked are dropped; pieces that touch at corners count as one", () => {
  expect(
    withoutSpecks,
    ["#....##", ".#...##", "..#....", "......#"],
    ["#....##", ".#...##", "..#....", "......."],
    3,
  );
});

test("gaps are joined as far as asked, and no pixel is lost", () => {
  const blank = ".".repeat(20);
  const apart = (gap) => {
    const row = `...###${".".repeat(gap)}###`.padEnd(20, ".");
    return [blank, blank, blank, row, row, row, blank, blank, blank];
  };
  const between = (rows) => {
    const [bits, width, height] = bitsOf(...rows);
    const result = joined(bits, width, height, 4);
    assert.ok(bits.every((bit, i) => result[i] >= bit));
    return shown(result, width)[4];
  };
  assert.equal(between(apart(4)), "...##########.......");
  assert.equal(between(apart(8)), apart(8)[4]);
});

test("the outline goes around each piece and each hole once, corners of pixels only", () => {
  const rows = [".....", ".###.", ".#.#.", ".###.", "....#"];
  const [bits, width, height] = bitsOf(...rows);
  const found = contours({ rect: { x: 10, y: 20, width, height }, bits });
  assert.equal(found.length, 2);
  const area = (line) =>
    line.reduce(
      (sum, p, i) => sum + p.x * line[(i + 1) % line.length].y - line[(i + 1) % line.length].x * p.y,
      0,
    ) / 2;
  assert.deepEqual(
    found.map(area).sort((a, b) => a - b),
    [-1, 10],
  );
  assert.deepEqual(contours({ rect: { x: 3, y: 4, width: 1, height: 1 }, bits: Uint8Array.of(1) }), [
    [
      { x: 4, y: 4 },
      { x: 4, y: 5 },
      { x: 3, y: 5 },
      { x: 3, y: 4 },
    ],
  ]);
});
