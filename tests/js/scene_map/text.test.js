import assert from "node:assert/strict";
import { test } from "node:test";

import {
  areaText,
  placeText,
  scaleBar,
  tally,
  tileText,
} from "../../../seep/ui/components/scene_map/frontend/text.js";
import { setStates } from "../../../seep/ui/components/shared/states.js";
import { STATES } from "../shared/examples.js";

setStates(STATES);

const tile = {
  id: 1,
  name: "<b>.1",
  x: 0,
  y: 0,
  width: 256,
  height: 256,
  state: "accepted",
  seep_area_px: 1234567,
};

test("areas are of the ground where a pixel's size is known", () => {
  assert.equal(areaText(1234567, null), "1\u202f234\u202f567\u202fpx");
  assert.equal(areaText(10_000, 10), "1.0\u202fkm²");
  assert.equal(areaText(0, 10), "0.0\u202fkm²");
  assert.equal(areaText(12, 10), "0.001\u202fkm²");
  assert.equal(areaText(1, 10), "under 0.001\u202fkm²");
  assert.equal(areaText(99_600, 10), "10\u202fkm²");
  assert.equal(areaText(50_000_000, 10), "5\u202f000\u202fkm²");
});

test("a tile says its name, its state and its seep", () => {
  assert.equal(tileText({ ...tile, seep_area_px: 12 }, null), "<b>.1, accepted, seep 12\u202fpx");
  assert.equal(tileText({ ...tile, seep_area_px: 0, state: "draft" }, null), "<b>.1, draft, no seep");
  assert.equal(tileText({ ...tile, seep_area_px: null }, null), "<b>.1, accepted, no mask");
});

test("the scale bar has a round length that fits", () => {
  assert.deepEqual(scaleBar(1, 10, 140), { px: 100, text: "1\u202fkm" });
  assert.deepEqual(scaleBar(0.05, 10, 140), { px: 100, text: "20\u202fkm" });
  assert.deepEqual(scaleBar(4, 10, 140), { px: 80, text: "200\u202fm" });
  assert.deepEqual(scaleBar(1, null, 140), { px: 100, text: "100\u202fpx" });
  for (let scale = 0.003; scale < 20; scale *= 1.3) {
    const { px } = scaleBar(scale, 12.5, 140);
    assert.ok(px <= 140.001 && px > 140 / 2.6, `${scale}: ${px}`);
  }
});

test("places are read between the corners", () => {
  const bounds = [
    [10, 50],
    [12, 50.5],
    [12, 48.5],
    [10, 48],
  ];
  const scene = {
    name: "s",
    width: 200,
    height: 100,
    levels: 1,
    pixel_m: 10,
    bounds,
    placed: true,
    picture: "ready",
    image_version: "",
    mask_version: "",
    tiles: [],
  };
  assert.equal(placeText(scene, { x: 0, y: 0 }), "50.0000° N, 10.0000° E");
  assert.equal(placeText(scene, { x: 100, y: 50 }), "49.2500° N, 11.0000° E");
  assert.equal(
    placeText(
      {
        ...scene,
        bounds: [
          [-1, -2],
          [-1, -2],
          [-1, -2],
          [-1, -2],
        ],
      },
      { x: 1, y: 1 },
    ),
    "2.0000° S, 1.0000° W",
  );
  assert.equal(placeText({ ...scene, bounds: null }, { x: 1, y: 1 }), "");
  const pacific = [
    [179, 50],
    [-179, 50],
    [-179, 48],
    [179, 48],
  ];
  assert.equal(placeText({ ...scene, bounds: pacific }, { x: 150, y: 50 }), "49.0000° N, 179.5000° W");
});

test("the legend counts the states that there are, in a fixed order", () => {
  const states = ["flagged", "draft", "accepted", "draft"].map((state) => ({ ...tile, state }));
  assert.deepEqual(tally(states), [
    ["draft", 2],
    ["accepted", 1],
    ["flagged", 1],
  ]);
});
