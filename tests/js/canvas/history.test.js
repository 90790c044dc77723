import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../../../seep/ui/components/canvas/frontend/history.js";
import {
  decode,
  decodeRuns,
  encode,
  encodeRuns,
} from "../../../seep/ui/components/canvas/frontend/run_length.js";

function draw(history, x0, y0, x1, y1, value) {
  history.begin();
  history.touch(x0, y0, x1, y1);
  for (let y = y0; y <= y1; y += 1)
    history.mask.fill(value, y * history.width + x0, y * history.width + x1 + 1);
  return history.commit();
}

test("runs give every byte back", () => {
  const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * i * 7) % 256);
  for (const bytes of [noise, new Uint8Array(4096), new Uint8Array(4096).fill(9), new Uint8Array(0)]) {
    assert.deepEqual(decodeRuns(encodeRuns(bytes), bytes.length), bytes);
  }
});

test("a tile is kept in whichever way is smallest, and comes back from each", () => {
  const random = (i) => ((i * 2654435761) >>> 7) % 97;
  const smooth = new Uint8Array(4096).fill(3, 100, 3000);
  const speckled = Uint8Array.from({ length: 4096 }, (_, i) => (random(i) < 50 ? 255 : 4));
  const mixed = Uint8Array.from({ length: 4095 }, (_, i) => random(i));
  for (const [bytes, most] of [
    [smooth, 12],
    [speckled, 515],
    [mixed, 4096],
    [speckled.slice(0, 777), 101],
  ]) {
    const kept = encode(bytes);
    assert.ok(kept.byteLength <= most, `${kept.byteLength} bytes`);
    assert.deepEqual(decode(kept, bytes.length), bytes);
  }
});

test("600 edits are undone and done again, step by step", () => {
  const [width, height] = [200, 150]; // not a multiple of the tile
  const history = new History(new Uint8Array(width * height), width, height);
  const states = [history.mask.slice()];
  for (let i = 0; i < 600; i += 1) {
    const [x, y] = [(i * 37) % 180, (i * 53) % 130];
    if (draw(history, x, y, x + (i % 20), y + (i % 17), i % 9)) states.push(history.mask.slice());
  }
  assert.ok(states.length > 500);
  for (let i = states.length - 2; i >= 0; i -= 1) {
    assert.ok(history.undo());
    assert.deepEqual(history.mask, states[i]);
  }
  assert.equal(history.undo(), null);
  for (let i = 1; i < states.length; i += 1) {
    assert.ok(history.redo());
    assert.deepEqual(history.mask, states[i]);
  }
  assert.equal(history.redo(), null);
});

test("a new edit after an undo takes the place of what was undone", () => {
  const history = new History(new Uint8Array(100), 10, 10);
  draw(history, 0, 0, 1, 1, 1);
  draw(history, 2, 2, 3, 3, 2);
  history.undo();
  draw(history, 5, 5, 6, 6, 3);
  assert.equal(history.edits.length, 2);
  assert.equal(history.redo(), null);
  history.undo();
  assert.equal(history.mask[55], 0);
  assert.equal(history.mask[0], 1);
});

test("a gesture that changes nothing is no step", () => {
  const history = new History(new Uint8Array(100), 10, 10);
  assert.equal(draw(history, 0, 0, 9, 9, 0), null);
  assert.equal(history.position, 0);
});

test("an abandoned gesture leaves no trace", () => {
  const history = new History(new Uint8Array(100), 10, 10);
  history.begin();
  history.touch(0, 0, 9, 9);
  history.mask.fill(4);
  assert.deepEqual(history.cancel(), { x: 0, y: 0, width: 10, height: 10 });
  assert.ok(history.mask.every((value) => value === 0));
  assert.equal(history.edits.length, 0);
});

test("the oldest edits fall off and are counted", () => {
  const history = new History(new Uint8Array(100), 10, 10, 5);
  for (let i = 0; i < 8; i += 1) draw(history, i, 0, i, 0, 1);
  assert.equal(history.edits.length, 5);
  assert.equal(history.dropped, 3);
});

test("edits that take too much room fall off from the old end, but never the newest", () => {
  const history = new History(new Uint8Array(64 * 64), 64, 64, 1000, 3000);
  let seed = 1;
  const speckle = () => (seed = (seed * 1664525 + 1013904223) % 2 ** 32) > 2 ** 31;
  for (let n = 0; n < 5; n += 1) history.replace(Uint8Array.from({ length: 4096 }, speckle));
  const bytes = history.edits.reduce(
    (sum, { tiles: [tile] }) => sum + tile.old.byteLength + tile.new.byteLength,
    0,
  );
  assert.deepEqual([bytes, history.edits.length, history.dropped], [2060, 2, 3]);
  const tiny = new History(new Uint8Array(64 * 64), 64, 64, 1000, 1);
  draw(tiny, 0, 0, 9, 9, 1);
  assert.equal(tiny.edits.length, 1);
});

test("another mask in the place of this one is one edit, also in the middle of a gesture", () => {
  const history = new History(new Uint8Array(100), 10, 10);
  history.begin();
  history.touch(0, 0, 0, 0);
  history.mask[0] = 1;
  assert.equal(history.replace(new Uint8Array(100).fill(7)), true);
  history.touch(1, 1, 1, 1);
  history.mask[11] = 2;
  history.commit();
  assert.equal(history.position, 3);
  history.undo();
  assert.ok(history.mask.every((value) => value === 7));
  history.undo();
  assert.deepEqual([history.mask[0], history.mask[1]], [1, 0]);
});

test("the edit of a stroke takes little room", () => {
  const history = new History(new Uint8Array(2048 * 2048), 2048, 2048);
  const edit = draw(history, 100, 100, 400, 130, 1);
  const bytes = edit.tiles.reduce((sum, tile) => sum + tile.old.byteLength + tile.new.byteLength, 0);
  assert.ok(bytes < 4096, `${bytes} bytes`);
});
