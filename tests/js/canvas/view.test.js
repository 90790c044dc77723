import assert from "node:assert/strict";
import { test } from "node:test";
import {
  dragged,
  grays,
  percentileLimits,
  toGray,
} from "../../../seep/ui/components/canvas/frontend/contrast.js";
import {
  edges,
  fillClasses,
  fillDifference,
  palette,
  rgba,
} from "../../../seep/ui/components/canvas/frontend/overlay.js";
import {
  HEADER_PX,
  LARGEST_FITTED_SCALE,
  fit,
  focus,
  pan,
  toImage,
  visible,
  zoomAt,
} from "../../../seep/ui/components/canvas/frontend/transform.js";

const image = { width: 256, height: 256 };
const screen = { width: 1140, height: 856 };
const all = (width, height) => ({ x: 0, y: 0, width, height });

test("a fitted tile is whole, in the middle, below the header", () => {
  const view = fit(image, screen);
  assert.ok(view.y >= HEADER_PX && view.y + 256 * view.scale <= screen.height);
  assert.ok(Math.abs(view.x + 128 * view.scale - screen.width / 2) < 1e-9);
});

test("a fitted tile has a margin, and a small one is no larger than 400 %", () => {
  for (const side of [64, 128, 256, 2048]) {
    for (const [width, height] of [
      [1140, 856],
      [872, 632],
    ]) {
      const view = fit({ width: side, height: side }, { width, height });
      assert.ok(view.scale <= LARGEST_FITTED_SCALE);
      assert.ok(view.x >= 24 && view.y >= HEADER_PX + 24 && view.y + side * view.scale <= height - 24 + 1e-9);
    }
  }
  assert.equal(fit({ width: 64, height: 64 }, screen).scale, LARGEST_FITTED_SCALE);
});

test("the point under the pointer stays where it is while zooming", () => {
  const before = fit(image, screen);
  const at = { x: 700, y: 300 };
  const after = zoomAt(before, 3.7, at, image, screen);
  const [a, b] = [toImage(before, at.x, at.y), toImage(after, at.x, at.y)];
  assert.ok(Math.hypot(a.x - b.x, a.y - b.y) < 1e-9);
  assert.equal(zoomAt(before, 1e9, at, image, screen).scale, 64);
});

test("a part of the image cannot be panned away", () => {
  const view = pan(fit(image, screen), 1e6, -1e6, image, screen);
  const seen = visible(view, image, screen);
  assert.ok(seen.width > 0 && seen.height > 0);
});

test("limits leave nodata and NaN out", () => {
  const pixels = new Float32Array(1000).map((_, i) => i);
  pixels.fill(-9999, 0, 300);
  pixels[500] = Number.NaN;
  const [low, high] = percentileLimits(pixels, -9999);
  assert.ok(low >= 300 && low < 310 && high > 990 && high <= 999);
  assert.deepEqual(percentileLimits(new Uint16Array(9), 0), [0, 1]);
  const [flat, more] = percentileLimits(new Uint16Array(9).fill(7), 0);
  assert.ok(flat === 7 && more > 7);
});

test("gray runs from black to white, nodata is transparent, inverted the other way round", () => {
  const pixels = Uint16Array.from([0, 100, 150, 200, 65535]);
  const out = new Uint32Array(5);
  const contrast = { low: 100, high: 200, gamma: 1, invert: false };
  toGray(pixels, 5, 0, contrast, grays(contrast), all(5, 1), 1, out, 5);
  assert.deepEqual([...out], [0, 0xff000000, 0xff808080, 0xffffffff, 0xffffffff]);
  assert.equal(grays({ ...contrast, invert: true })[0], 0xffffffff);
});

test("negative values and floats are grayed", () => {
  const out = new Uint32Array(2);
  const contrast = { low: -300, high: 300, gamma: 1, invert: false };
  toGray(Int16Array.from([-300, 300]), 2, null, contrast, grays(contrast), all(2, 1), 1, out, 2);
  assert.deepEqual([...out], [0xff000000, 0xffffffff]);
});

test("from afar a cell is the mean of its valid pixels", () => {
  const pixels = Float32Array.from([10, 30, 0, 20, 10, 30, 20, Number.NaN]);
  const out = new Uint32Array(2);
  const contrast = { low: 0, high: 40, gamma: 1, invert: false };
  toGray(pixels, 4, 0, contrast, grays(contrast), all(4, 2), 2, out, 2);
  assert.deepEqual([...out], [0xff808080, 0xff808080]);
  toGray(new Float32Array(8), 4, 0, contrast, grays(contrast), all(4, 2), 2, out, 2);
  assert.deepEqual([...out], [0, 0]);
});

test("a drag to the right is brighter, a drag up has more contrast", () => {
  const contrast = { low: 100, high: 300, gamma: 1, invert: false };
  assert.ok(dragged(contrast, 40, 0).low < 100);
  const narrow = dragged(contrast, 0, -100);
  assert.ok(narrow.high - narrow.low < 200);
  assert.equal((narrow.high + narrow.low) / 2, 200);
});

test("classes have their colors, background and hidden classes none, unsure a weave", () => {
  const classes = ["#000000", "#e69f00", "#56b4e9"].map((color, id) => ({ id, name: "", color, key: "" }));
  const out = new Uint32Array(4);
  fillClasses(Uint8Array.from([0, 1, 2, 255]), 4, palette(classes, new Set([2])), all(4, 1), 1, out, 4);
  assert.deepEqual([...out.subarray(0, 3)], [0, rgba("#e69f00"), 0]);
  assert.notEqual(out[3], 0);
  assert.equal(rgba("#e69f00"), 0xff009fe6);
});

test("the difference tells added, removed and changed apart", () => {
  const out = new Uint32Array(4);
  fillDifference(Uint8Array.from([1, 0, 2, 3]), Uint8Array.from([0, 1, 1, 3]), 4, all(4, 1), 1, out, 4);
  assert.equal(new Set(out).size, 4);
  assert.equal(out[3], 0);
});

test("a slick of one pixel is seen from afar, and so is a difference", () => {
  const mask = new Uint8Array(64);
  mask[8 * 5 + 6] = 1;
  const colors = new Uint32Array(256).fill(7, 1);
  const out = new Uint32Array(8);
  fillClasses(mask, 8, colors, all(8, 8), 4, out, 4);
  assert.deepEqual([...out], [0, 0, 0, 0, 0, 7, 0, 0]);
  fillDifference(mask, new Uint8Array(64), 8, all(8, 8), 4, out, 4);
  assert.deepEqual(
    [...out].map((value) => value > 0),
    [0, 0, 0, 0, 0, 1, 0, 0].map(Boolean),
  );
});

test("edges go round an area once, across blocks too", () => {
  const mask = new Uint8Array(64);
  for (const i of [9, 10, 17, 18]) mask[i] = 5;
  const length = (lines) => {
    let sum = 0;
    for (let i = 0; i < lines.length; i += 4)
      sum += Math.abs(lines[i + 2] - lines[i]) + Math.abs(lines[i + 3] - lines[i + 1]);
    return sum;
  };
  const whole = edges(mask, 8, 8, all(8, 8)).get(5);
  assert.equal(length(whole), 8);
  assert.equal(whole.length, 16); // four joined runs
  const halves = [all(2, 8), { x: 2, y: 0, width: 6, height: 8 }].map((rect) =>
    edges(mask, 8, 8, rect).get(5),
  );
  assert.equal(length(halves[0]) + length(halves[1]), 8);
});

test("a tiny slick is not magnified beyond the largest fitted scale, and a large one is shown whole", () => {
  const large = { width: 2048, height: 2048 };
  const room = { width: 900, height: 700 };
  const tiny = focus({ x: 1000, y: 400, width: 3, height: 2 }, large, room);
  assert.equal(tiny.scale, LARGEST_FITTED_SCALE);
  assert.deepEqual(toImage(tiny, 450, (700 + HEADER_PX) / 2), { x: 1001.5, y: 401 });
  assert.ok(focus({ x: 0, y: 0, width: 600, height: 20 }, large, room).scale <= 900 / 600);
});
