import assert from "node:assert/strict";
import { test } from "node:test";
import { paintSegment, snap } from "../../../seep/ui/components/canvas/frontend/stroke.js";

const SIDE = 48;

/** The definition: centers within the radius of the way. */
function byDefinition(start, end, size) {
  const [from, to] = [snap(start, size), snap(end, size)];
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [(i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5];
    const length = dx * dx + dy * dy;
    const along = length ? Math.min(Math.max(((x - from.x) * dx + (y - from.y) * dy) / length, 0), 1) : 0;
    const distance = (x - from.x - along * dx) ** 2 + (y - from.y - along * dy) ** 2;
    return distance <= (size / 2) ** 2 + 1e-9 ? 3 : 0;
  });
}

/** Numbers that repeat. */
function random(seed) {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

test("a brush paints exactly the pixels within its radius of the way, any size, any direction", () => {
  const next = random(7);
  for (let round = 0; round < 400; round += 1) {
    const size = 1 + Math.floor(next() * 30);
    const at = () => ({ x: next() * 70 - 10, y: next() * 70 - 10 });
    const [start, end] = [at(), round % 3 ? at() : at()];
    const finish = round % 5 ? end : { x: start.x, y: end.y };
    const mask = new Uint8Array(SIDE * SIDE);
    paintSegment(mask, SIDE, SIDE, start, finish, size, 3, () => {});
    assert.deepEqual(
      mask,
      byDefinition(start, finish, size),
      `size ${size} ${JSON.stringify([start, finish])}`,
    );
  }
});

test("a brush of one pixel paints the pixel under the pointer", () => {
  const mask = new Uint8Array(SIDE * SIDE);
  paintSegment(mask, SIDE, SIDE, { x: 5.9, y: 7.1 }, { x: 5.9, y: 7.1 }, 1, 2, () => {});
  assert.equal(mask[7 * SIDE + 5], 2);
  assert.equal(
    mask.reduce((sum, value) => sum + value, 0),
    2,
  );
});

test("what changes lies in the rectangle that was announced, and outside of the mask nothing is asked for", () => {
  const mask = new Uint8Array(SIDE * SIDE);
  const touched = [];
  const rect = paintSegment(mask, SIDE, SIDE, { x: -4, y: 10 }, { x: 20, y: 60 }, 7, 1, (...box) =>
    touched.push(box),
  );
  assert.deepEqual(touched, [[rect.x, rect.y, rect.x + rect.width - 1, rect.y + rect.height - 1]]);
  mask.forEach((value, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    if (value) assert.ok(x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height);
  });
  assert.equal(paintSegment(mask, SIDE, SIDE, { x: 200, y: 0 }, { x: 220, y: 0 }, 7, 1, assert.fail), null);
});
