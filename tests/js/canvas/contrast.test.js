import assert from "node:assert/strict";
import { test } from "node:test";
import { grays, histogram } from "../../../seep/ui/components/canvas/frontend/contrast.js";
import { levelOf } from "../../../seep/ui/components/canvas/frontend/render/panes.js";
import {
  compositeOf,
  isViewChanged,
  pickBand,
  showsColor,
  toColor,
} from "../../../seep/ui/components/canvas/frontend/view/bands.js";
import { isSameOverlay } from "../../../seep/ui/components/canvas/frontend/overlay.js";
import { entropy, heatTable } from "../../../seep/ui/components/canvas/frontend/view/heat.js";
import { displaySettings } from "../../../seep/ui/components/canvas/frontend/view/display.js";
import { MINIMAP_PX, movedTo, placeOf } from "../../../seep/ui/components/canvas/frontend/view/minimap.js";
import { LONGEST_PX, barOf } from "../../../seep/ui/components/canvas/frontend/view/scalebar.js";
import { curveOf, decibels } from "../../../seep/ui/components/canvas/frontend/view/scales.js";
import { despeckled } from "../../../seep/ui/components/canvas/frontend/view/speckle.js";

const WIDTH = 23;
const HEIGHT = 19;

/** Multiplicative noise from a generator of our own, so that every run sees the same. */
function noisy(mean) {
  let state = 12345;
  const uniform = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return (state + 1) / 2147483650;
  };
  return Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const gamma = -Math.log(uniform() * uniform() * uniform() * uniform()) / 4;
    return mean(i % WIDTH, Math.floor(i / WIDTH)) * gamma;
  });
}

/** The valid pixels of a window, without cleverness. */
function around(pixels, x, y, half, inside = () => true) {
  const found = [];
  for (let dy = -half; dy <= half; dy += 1) {
    for (let dx = -half; dx <= half; dx += 1) {
      const [u, v] = [x + dx, y + dy];
      if (u < 0 || v < 0 || u >= WIDTH || v >= HEIGHT || !inside(dx, dy)) continue;
      const value = pixels[v * WIDTH + u];
      if (value !== -1) found.push(value);
    }
  }
  return found;
}

const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const varianceOf = (values) => meanOf(values.map((value) => (value - meanOf(values)) ** 2));

test("the median is that of the valid pixels of the window, at borders too", () => {
  const pixels = noisy(() => 100);
  pixels[40] = pixels[41] = -1;
  for (const side of [3, 5, 7]) {
    const done = despeckled(pixels, WIDTH, HEIGHT, -1, false, `median${side}`);
    for (const i of [0, 22, 39, 100, 250, 436]) {
      const values = around(pixels, i % WIDTH, Math.floor(i / WIDTH), (side - 1) / 2).sort((a, b) => a - b);
      assert.equal(done[i], values[values.length >> 1]);
    }
    assert.ok(Number.isNaN(done[40]));
  }
});

test("Lee keeps the mean where speckle is all there is, and weighs by the local variance", () => {
  const pixels = noisy(() => 100);
  const done = despeckled(pixels, WIDTH, HEIGHT, -1, false, "lee");
  const strengths = [...pixels]
    .map((_, i) => around(pixels, i % WIDTH, Math.floor(i / WIDTH), 3))
    .map((values) => varianceOf(values) / meanOf(values) ** 2)
    .sort((a, b) => a - b);
  const noise = strengths[strengths.length >> 1];
  for (const i of [0, 60, 200, 300, 436]) {
    const values = around(pixels, i % WIDTH, Math.floor(i / WIDTH), 3);
    const [mean, variance] = [meanOf(values), varianceOf(values)];
    const signal = Math.max((variance - mean * mean * noise) / (1 + noise), 0);
    assert.ok(Math.abs(done[i] - (mean + (signal / variance) * (pixels[i] - mean))) < 1e-3);
  }
  assert.ok(varianceOf([...done]) < varianceOf([...pixels]) / 5);
});

test("refined Lee smooths beside an edge and keeps it, where a mean over all would blur it", () => {
  const pixels = noisy((x) => (x < 11 ? 20 : 200));
  const done = despeckled(pixels, WIDTH, HEIGHT, -1, false, "refined");
  const column = (x) => meanOf(Array.from({ length: HEIGHT }, (_, y) => done[y * WIDTH + x]));
  assert.ok(column(8) < 40 && column(14) > 140, `${column(8)} ${column(14)}`);
  const left = [...done].filter((_, i) => i % WIDTH < 8);
  const before = [...pixels].filter((_, i) => i % WIDTH < 8);
  assert.ok(varianceOf(left) < varianceOf(before) / 3);
});

test("decibels are filtered as power", () => {
  const power = noisy(() => 100);
  const db = power.map((value) => 10 * Math.log10(value));
  const one = despeckled(power, WIDTH, HEIGHT, null, false, "lee");
  const other = despeckled(db, WIDTH, HEIGHT, null, true, "lee");
  one.forEach((value, i) => assert.ok(Math.abs(10 * Math.log10(value) - other[i]) < 1e-2));
});

test("a digital number is an amplitude, linear backscatter a power, decibels are what they are", () => {
  assert.equal(decibels(10, "dn"), 20);
  assert.equal(decibels(10, "linear"), 10);
  assert.equal(decibels(-7, "db"), -7);
  assert.equal(decibels(0, "dn"), null);
  assert.equal(curveOf("raw", "dn", 100), null);
  assert.equal(curveOf("decibel", "db", 0), null);
  const root = curveOf("root", "db", 0);
  assert.ok(Math.abs(root(-20) - 0.1) < 1e-12);
});

test("along decibels the middle gray is the geometric mean of the window", () => {
  const contrast = { low: 10, high: 1000, gamma: 1, invert: false };
  const table = grays(contrast, curveOf("decibel", "dn", 1000));
  const at = (value) => table[Math.round(((value - 10) / 990) * (table.length - 1))] & 255;
  assert.ok(Math.abs(at(100) - 127.5) < 1.5);
  assert.deepEqual([at(10), at(1000)], [0, 255]);
});

test("entropy is greatest in doubt and nothing where the model is sure", () => {
  assert.deepEqual([entropy(0), entropy(0.5), entropy(1)], [0, 1, 0]);
  assert.ok(Math.abs(entropy(0.11) - 0.4999) < 1e-3);
  const table = heatTable("uncertainty");
  assert.equal(table[0], 0x00540144);
  assert.equal(table[255] >>> 24, 0);
  assert.equal(table[128] >>> 24, 255);
  assert.equal(heatTable("probability")[255], 0xffa4fffc);
});

test("the scale bar is a round length that fits", () => {
  assert.deepEqual(barOf(3, null), { lengthPx: 60, label: "20 px" });
  assert.deepEqual(barOf(2, 10), { lengthPx: 100, label: "500 m" });
  assert.deepEqual(barOf(0.4, 10), { lengthPx: 80, label: "2 km" });
  for (let scale = 0.01; scale < 64; scale *= 1.37) {
    const { lengthPx } = barOf(scale, 12.5);
    assert.ok(lengthPx <= LONGEST_PX * 1.001 && lengthPx > LONGEST_PX / 2.51, `${scale}: ${lengthPx}`);
  }
});

test("the minimap shows what is seen, and a place on it becomes the middle of the view", () => {
  const image = { width: 200, height: 100 };
  const screen = { width: 400, height: 400 };
  assert.equal(placeOf({ scale: 2, x: 0, y: 100 }, image, screen), null);
  const place = placeOf({ scale: 8, x: -400, y: 0 }, image, screen);
  assert.equal(place.width, MINIMAP_PX);
  assert.equal(place.height, MINIMAP_PX / 2);
  assert.deepEqual(place.seen, { x: 36, y: 0, width: 36, height: 36 });
  const view = movedTo({ scale: 8, x: -400, y: 0 }, { x: 72, y: 36 }, place.scale, screen);
  assert.deepEqual(view, { scale: 8, x: 200 - 800, y: 200 - 400 });
});

test("another band brings its own pixels and window; gamma stays", () => {
  const raw = Uint16Array.from({ length: 300 }, (_, i) => (i % 3 === 1 ? 1000 + i : i));
  const tile = {
    raw,
    band: 0,
    info: { bands: 3, nodata: null },
    contrast: { low: 0, high: 9, gamma: 2, invert: true },
  };
  pickBand(tile, 1);
  assert.equal(tile.pixels.length, 100);
  assert.equal(tile.pixels[0], 1001);
  assert.ok(tile.contrast.low >= 1001 && tile.contrast.high <= 1298);
  assert.ok(tile.contrast.gamma === 2 && tile.contrast.invert);
});

test("three bands are red, green and blue, each within its own window", () => {
  const raw = Uint16Array.from([0, 100, 1000, 255, 355, 1255, 255, 100, 1000, 0, 0, 0]);
  const tile = { raw, band: 0, info: { bands: 3, nodata: null }, contrast: { low: 0, high: 255 } };
  const composite = {
    ...compositeOf(tile),
    windows: [
      [0, 255],
      [100, 355],
      [1000, 1255],
    ],
  };
  const out = new Uint32Array(4);
  toColor(
    composite,
    4,
    null,
    grays({ low: 0, high: 1, gamma: 1, invert: false }),
    { x: 0, y: 0, width: 4, height: 1 },
    1,
    out,
    4,
  );
  assert.deepEqual([...out], [0xff000000, 0xffffffff, 0xff0000ff, 0xff000000]);
  toColor(
    composite,
    4,
    0,
    grays({ low: 0, high: 1, gamma: 1, invert: false }),
    { x: 0, y: 0, width: 4, height: 1 },
    1,
    out,
    4,
  );
  assert.deepEqual(
    [...out],
    [0xff000000, 0xffffffff, 0xff0000ff, 0],
    "nodata in one band of three is a color",
  );
});

test("bands named red, green and blue are shown in color unless the user chose otherwise", () => {
  const picture = { bands: 3, band_names: ["red", "green", "blue"] };
  assert.ok(showsColor(null, picture) && !showsColor(false, picture));
  const radar = { bands: 3, band_names: ["VV", "VH", "angle"] };
  assert.ok(!showsColor(null, radar) && showsColor(true, radar));
  assert.ok(!showsColor(true, { bands: 2 }) && !showsColor(null, { bands: 3 }));
});

test("a look of an earlier visit is taken as far as it still fits", () => {
  const look = displaySettings({
    scale: "decibel",
    filter: "no such",
    neighbors: false,
    compare: ["a", "b"],
    against: "revision:9",
  });
  assert.deepEqual(look, {
    scale: "decibel",
    filter: "none",
    composite: null,
    neighbors: false,
    passes: true,
    passOutlines: false,
    minimap: true,
    against: "prediction",
    compare: null,
    divider: 0.5,
  });
});

test("from afar fewer cells are computed, and fewer still while something is dragged", () => {
  assert.deepEqual(
    [3, 1, 0.7, 0.5, 0.4, 0.25].map((scale) => levelOf(scale, false)),
    [0, 0, 0, 1, 1, 2],
  );
  assert.deepEqual(
    [3, 1, 0.7, 0.5, 0.4, 0.25].map((scale) => levelOf(scale, true)),
    [0, 0, 1, 1, 1, 2],
  );
});

test("a coat is the same while its mask and its colors are", () => {
  const values = new Uint8Array(4);
  const coat = { kind: "classes", values, before: null, table: Uint32Array.from([0, 1]) };
  assert.ok(isSameOverlay(coat, { ...coat, table: Uint32Array.from([0, 1]) }));
  assert.ok(!isSameOverlay(coat, { ...coat, table: Uint32Array.from([0, 2]) }));
  assert.ok(!isSameOverlay(coat, null) && isSameOverlay(null, null));
});

test("a histogram counts the valid pixels between its limits", () => {
  const pixels = Uint16Array.from({ length: 1000 }, (_, i) => (i < 100 ? 0 : 100 + (i % 10)));
  const { counts, low, high } = histogram(pixels, 0, 50);
  assert.ok(low < 100 && high > 109);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    900,
  );
  assert.equal(counts.filter((count) => count > 0).length, 10);
});

test("the mark of the view stands for what is changed on the open tile", () => {
  const [gray, color] = [{ bands: 3 }, { bands: 3, band_names: ["red", "green", "blue"] }];
  const changed = (kept, info) => isViewChanged(displaySettings(kept), info);
  assert.deepEqual(
    [changed({}, gray), changed({ scale: "decibel" }, null), changed({ filter: "lee" }, gray)],
    [false, true, true],
  );
  assert.deepEqual(
    [
      changed({ composite: true }, gray),
      changed({ composite: false }, gray),
      changed({ composite: false }, color),
    ],
    [true, false, true],
  );
  assert.equal(changed({ composite: true }, { bands: 1 }), false);
});
