import assert from "node:assert/strict";
import { test } from "node:test";
import { Tree } from "../../../seep/ui/components/canvas/frontend/ridge/paths.js";
import { kernel } from "../../../seep/ui/components/canvas/frontend/ridge/gauss.js";
import { Heap } from "../../../seep/ui/components/canvas/frontend/ridge/heap.js";
import { CostMap } from "../../../seep/ui/components/canvas/frontend/ridge/cost_map.js";
import { RidgeTracer } from "../../../seep/ui/components/canvas/frontend/ridge/tracer.js";
import { drawn, randoms } from "./sea.js";

const SIDE = 160;
const curve = (x) => 80 + 25 * Math.sin(x / 30);

/** Where the distance of a point from the curve y = curve(x) is asked for. */
function away({ x, y }) {
  let least = Infinity;
  for (let t = 0; t <= SIDE; t += 0.25) least = Math.min(least, Math.hypot(t - x, curve(t) - y));
  return least;
}

/** Speckle of 4 looks with a dark line of a width along the curve. */
function image(width, { unit = "dn", nodata = 0, seed = 1 } = {}) {
  const pixels = drawn(SIDE, seed, (x, y) => away({ x, y }) <= width / 2);
  return { pixels, width: SIDE, height: SIDE, nodata, unit };
}

const node = (x, y, straight = false) => ({ x, y, straight });
const END = [node(5.5, curve(5.5)), node(154.5, curve(154.5))];

test("second derivatives answer 1 to half a square and 0 to what is flat", () => {
  const taps = kernel(2, 2);
  const radius = taps.length >> 1;
  const sum = (value) => taps.reduce((total, tap, i) => total + tap * value(i - radius), 0);
  assert.ok(Math.abs(sum((x) => (x * x) / 2) - 1) < 1e-5);
  assert.ok(Math.abs(sum(() => 7)) < 1e-5);
});

test("the heap gives the least first, whatever the order in which they came", () => {
  const random = randoms(3);
  const keys = Array.from({ length: 6000 }, () => Math.fround(random()));
  const heap = new Heap(16);
  keys.forEach((key, i) => heap.push(key, i));
  const out = keys.map(() => keys[heap.pop()]);
  assert.deepEqual(
    out,
    keys.slice().sort((a, b) => a - b),
  );
  assert.equal(heap.pop(), -1);
});

test("ways are the cheapest: as found by trying out all", () => {
  const [width, height] = [7, 6];
  const random = randoms(5);
  for (let round = 0; round < 20; round += 1) {
    const costs = Float32Array.from({ length: width * height }, () => 0.05 + random());
    const step = (a, b, x, y) => ((costs[a] + costs[b]) / 2) * Math.hypot(x, y);
    const reached = new Float64Array(costs.length).fill(Infinity);
    reached[0] = 0;
    for (let sweep = 0; sweep < costs.length; sweep += 1) {
      for (let i = 0; i < costs.length; i += 1) {
        for (const [x, y] of [
          [1, 0],
          [0, 1],
          [1, 1],
          [1, -1],
          [-1, 0],
          [0, -1],
          [-1, -1],
          [-1, 1],
        ]) {
          const [column, row] = [(i % width) + x, Math.floor(i / width) + y];
          if (column < 0 || row < 0 || column >= width || row >= height) continue;
          const j = row * width + column;
          reached[j] = Math.min(reached[j], reached[i] + step(i, j, x, y));
        }
      }
    }
    const tree = new Tree({ width, height, cost: (i) => costs[i] }, 0);
    for (const goal of [width * height - 1, width - 1, 3 * width + 3]) {
      const path = tree.path(goal);
      let length = 0;
      for (let i = 1; i < path.length; i += 1) {
        const [x, y] = [
          (path[i] % width) - (path[i - 1] % width),
          Math.floor(path[i] / width) - Math.floor(path[i - 1] / width),
        ];
        assert.ok(Math.max(Math.abs(x), Math.abs(y)) === 1);
        length += step(path[i - 1], path[i], x, y);
      }
      assert.ok(Math.abs(length - reached[goal]) < 1e-4, `${length} for ${reached[goal]}`);
      assert.deepEqual([path[0], path[path.length - 1]], [0, goal]);
    }
  }
});

test("a dark line in speckle is followed within a pixel, and its width is found within a pixel and a half", () => {
  for (const width of [3, 5, 9]) {
    const { lines, cells } = new RidgeTracer(image(width)).trace(END, null);
    const offs = lines[0].map(away);
    assert.ok(offs.reduce((sum, off) => sum + off, 0) / offs.length < 1, `mean ${width}`);
    assert.ok(Math.max(...offs) < 3, `most ${width}: ${Math.max(...offs)}`);
    const found = cells.bits.reduce((sum, bit) => sum + bit, 0) / lineLength(lines[0]);
    assert.ok(Math.abs(found - width) < 1.5, `width ${found} for ${width}`);
  }
});

function lineLength(line) {
  return line.slice(1).reduce((sum, { x, y }, i) => sum + Math.hypot(x - line[i].x, y - line[i].y), 0);
}

test("linear values are traced as their decibels are, and a gain changes nothing", () => {
  const dn = image(5);
  const linear = { ...dn, pixels: Float32Array.from(dn.pixels, (v) => v / 1e6), unit: "linear" };
  const db = {
    ...dn,
    pixels: Float32Array.from(dn.pixels, (v) => 10 * Math.log10(v / 1e6)),
    nodata: null,
    unit: "db",
  };
  const scaled = { ...dn, pixels: Float32Array.from(dn.pixels, (v) => v * 4) };
  const trace = (of) => new RidgeTracer(of).trace(END, null).cells;
  const same = (a, b) => a.bits.reduce((sum, bit, i) => sum + Math.abs(bit - b.bits[i]), 0) <= 4; // rounding
  assert.ok(same(trace(linear), trace(db)));
  assert.ok(same(trace(dn), trace(scaled)));
});

test("nodata is crossed only where there is no other way", () => {
  const open = image(5);
  for (let y = 0; y < 150; y += 1) for (let x = 70; x < 90; x += 1) open.pixels[y * SIDE + x] = 0;
  const around = new RidgeTracer(open);
  const isNodata = ({ x, y }) => open.pixels[Math.floor(y) * SIDE + Math.floor(x)] === 0;
  const path = around.path(around.indexOf(END[0]), around.indexOf(END[1]));
  assert.ok(
    path.every((i) => open.pixels[i] !== 0),
    "it goes around below",
  );
  for (let y = 150; y < SIDE; y += 1) for (let x = 70; x < 90; x += 1) open.pixels[y * SIDE + x] = 0;
  const { lines } = new RidgeTracer(open).trace(END, null);
  assert.equal(lines[0].filter(isNodata).length > 15, true, "there is no other way");
  const blind = { pixels: new Uint16Array(400), width: 20, height: 20, nodata: 0, unit: "dn" };
  assert.ok(new RidgeTracer(blind).trace([node(2, 2), node(17, 2)], null).cells, "all nodata");
});

test("the edge of nodata is no ridge", () => {
  const pixels = drawn(SIDE, 8, () => false);
  for (let y = 0; y < SIDE; y += 1) for (let x = 0; x < 60; x += 1) pixels[y * SIDE + x] = 0;
  const terrain = new CostMap({ pixels, width: SIDE, height: SIDE, nodata: 0, unit: "dn" });
  const mean = (column) => {
    let sum = 0;
    for (let y = 0; y < SIDE; y += 1) sum += terrain.cost(y * SIDE + column);
    return sum / SIDE;
  };
  assert.ok(mean(61) > 0.75 * mean(110), `${mean(61)} beside it, ${mean(110)} in the open`);
});

test("straight segments are straight, a fixed width is kept, and the way back is the way there", () => {
  const tracing = new RidgeTracer(image(5));
  const { lines, cells } = tracing.trace([node(10.5, 20.5), node(50.5, 20.5, true)], 7);
  assert.ok(lines[0].every(({ y }) => Math.abs(y - 20.5) < 1e-6));
  assert.deepEqual(cells.rect, { x: 7, y: 17, width: 47, height: 7 });
  assert.equal(cells.bits[3 * 47], 1);
  const [a, b] = END.map((at) => tracing.indexOf(at));
  tracing.trees.clear();
  const there = tracing.path(a, b);
  assert.deepEqual(tracing.path(b, a), there.slice().reverse());
});

test("costs of blocks agree where they meet", () => {
  const side = 300;
  const pixels = drawn(side, 2, (_x, y) => Math.abs(y - 150) < 3);
  const terrain = new CostMap({ pixels, width: side, height: side, nodata: 0, unit: "dn" });
  const on = [250, 254, 257, 261].map((x) => terrain.cost(150 * side + x));
  assert.ok(Math.max(...on) < 0.5, `${on}`);
});
