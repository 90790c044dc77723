import assert from "node:assert/strict";
import { test } from "node:test";

import { fitted, frame, picture } from "../../../seep/ui/components/mask_compare/frontend/layout.js";

const pair = { tile: 7, width: 200, height: 100, part: [10, 20, 64, 64], box: [20, 30, 40, 10] };

test("a picture names its part and the mask over it", () => {
  assert.equal(
    picture("/base", pair, { prediction: 12 }, 128, false),
    "/base/seep/tiles/7/part?x=10&y=20&width=64&height=64&size=128&prediction=12",
  );
  assert.equal(
    picture("", pair, { revision: 3 }, 512, true),
    "/seep/tiles/7/part?x=0&y=0&width=200&height=100&size=512&revision=3",
  );
  assert.ok(!picture("", pair, null, 64, true).includes("prediction"));
});

test("the box of what is meant keeps inside the tile", () => {
  assert.deepEqual(frame(pair, 2), { left: "9%", top: "28%", width: "22%", height: "14%" });
  assert.deepEqual(frame(pair, 500), { left: "0%", top: "0%", width: "100%", height: "100%" });
  assert.equal(frame({ ...pair, box: null }, 2), null);
});

test("a tile is shown as large as fits, never distorted", () => {
  assert.deepEqual(fitted(pair, 400, 400), { width: 400, height: 200 });
  assert.deepEqual(fitted(pair, 400, 100), { width: 200, height: 100 });
  assert.deepEqual(fitted(pair, 0, 0), { width: 1, height: 1 });
});
