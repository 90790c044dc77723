import assert from "node:assert/strict";
import { test } from "node:test";

import { flood } from "../../../seep/ui/components/canvas/frontend/flood.js";
import { evidenceRows, measureSlick } from "../../../seep/ui/components/canvas/frontend/slick_evidence.js";

const SIDE = 120;

/** A tile of sea with amplitude 100, and slicks with `value`; `inside` says where, by class id. */
function tileOf(inside, value = 50, info = {}) {
  const tile = {
    info: { width: SIDE, height: SIDE, nodata: 0, unit: "dn", ...info },
    pixels: new Float32Array(SIDE * SIDE),
    annotation: new Uint8Array(SIDE * SIDE),
  };
  for (let i = 0; i < tile.pixels.length; i += 1) {
    tile.annotation[i] = Number(inside(i % SIDE, Math.floor(i / SIDE)));
    tile.pixels[i] = tile.annotation[i] ? value : 100;
  }
  return tile;
}

const measured = (tile) =>
  measureSlick(flood(tile.annotation, 1, SIDE, SIDE, tile.annotation.indexOf(1)), tile);
const about = (found, expected, tolerance) =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${found}, not ${expected}`);

test("a straight slick has its length, width and direction", () => {
  for (const [inside, length, width, direction] of [
    [(x, y) => x >= 10 && x < 90 && y >= 50 && y < 55, 80, 5, 90],
    [(x, y) => x >= 30 && x < 34 && y >= 5 && y < 105, 100, 4, 0],
    [(x, y) => Math.abs(x - y) <= 3 && x + y >= 40 && x + y < 180, 99, 4.9, 135],
    [(x, y) => Math.abs(x + y - 110) <= 3 && x >= 20 && x < 90, 99, 4.9, 45],
  ]) {
    const found = measured(tileOf(inside));
    about(found.lengthPx, length, length * 0.06);
    about(found.widthPx, width, width * 0.08);
    about(((found.direction - direction + 270) % 180) - 90, 0, 3);
  }
});

test("the length follows a bent slick", () => {
  const found = measured(
    tileOf((x, y) => (x >= 20 && x < 24 && y >= 20 && y < 90) || (y >= 86 && y < 90 && x >= 20 && x < 90)),
  );
  about(found.lengthPx, 134, 8);
  about(found.direction, 135, 4);
});

test("the contrast is that of the power inside to the power of the sea around, in decibels", () => {
  const inside = (x, y) => x >= 40 && x < 80 && y >= 50 && y < 56;
  about(measured(tileOf(inside)).contrastDb, -6.02, 0.01);
  about(measured(tileOf(inside, 50, { unit: "linear" })).contrastDb, -3.01, 0.01);
  about(measured(tileOf(inside, 94, { unit: "db" })).contrastDb, -6, 0.01);
});

test("other slicks, missing data and pixels farther than 10 px are no sea", () => {
  const tile = tileOf((x, y) => (x >= 40 && x < 80 && y >= 50 && y < 56 ? 1 : y >= 60 && y < 64 ? 2 : 0));
  for (let i = 0; i < tile.pixels.length; i += 1) {
    if (Math.floor(i / SIDE) < 38) tile.pixels[i] = 10_000;
    if (i % SIDE >= 85) tile.pixels[i] = 0;
    if (tile.annotation[i] === 2) tile.pixels[i] = 1;
  }
  about(measured(tile).contrastDb, -6.02, 0.01);
  assert.equal(
    measured({ ...tile, pixels: tile.pixels.map((value, i) => (tile.annotation[i] === 1 ? value : 0)) })
      .contrastDb,
    null,
  );
});

test("one pixel is a slick too", () => {
  const found = measured(tileOf((x, y) => x === 5 && y === 6));
  assert.deepEqual([found.lengthPx, found.widthPx, found.direction], [1, 1, 0]);
});

test("lengths are in meters where the size of a pixel is known", () => {
  const found = { lengthPx: 120.4, widthPx: 6, direction: 35, contrastDb: -3.24 };
  assert.deepEqual(evidenceRows(found, null), [
    ["Length", "120 px"],
    ["Width", "6 px"],
    ["Direction", "35°"],
    ["Contrast", "−3.2 dB"],
  ]);
  assert.deepEqual(evidenceRows({ ...found, contrastDb: null }, 10), [
    ["Length", "1.2 km"],
    ["Width", "60 m"],
    ["Direction", "35°"],
    ["Contrast", "–"],
  ]);
});
