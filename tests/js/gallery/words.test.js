import assert from "node:assert/strict";
import { test } from "node:test";

import {
  STATE_SHAPES,
  STATE_WORDS,
  describe,
  thumbnailAddress,
  valueText,
} from "../../../seep/ui/components/gallery/frontend/words.js";

test("every state has a word and a shape, and no two the same", () => {
  const states = ["unreviewed", "draft", "accepted", "corrected", "rejected", "flagged"];
  assert.deepEqual(Object.keys(STATE_WORDS), states);
  assert.deepEqual(Object.keys(STATE_SHAPES), states);
  assert.equal(new Set(Object.values(STATE_SHAPES).map((shape) => shape.line)).size, states.length);
});

test("areas are whole pixels, shares have two digits, text stands", () => {
  assert.equal(valueText(1234567.4, "seep_area"), "1\u202f234\u202f567\u202fpx");
  assert.equal(valueText(0, "seep_area"), "0\u202fpx");
  assert.equal(valueText(0.4149, "likely_wrong"), "0.41");
  assert.equal(valueText(0.4, ""), "0.40");
  assert.equal(valueText(900, ""), "900\u202fpx");
  assert.equal(valueText("2 h ago", "updated"), "2 h ago");
});

test("without a value there is nothing", () => {
  for (const nothing of [undefined, null, "", Number.NaN]) assert.equal(valueText(nothing, "likely_wrong"), "");
});

test("a cell is described by name, scene, state and value", () => {
  const tile = { id: 1, name: "041869.000124", scene: "041869", state: "draft", value: 0.4 };
  assert.equal(describe(tile, "likely_wrong"), "041869.000124, scene 041869, draft, likely wrong 0.40");
  assert.equal(describe({ id: 1, name: "a", state: "accepted" }, "name"), "a, accepted");
});

test("a thumbnail is asked for at the screen's own pixels and by its version", () => {
  const tile = { id: 7, name: "a", state: "draft", version: "a&b" };
  assert.equal(thumbnailAddress("/x", tile, 128, 1.5), "/x/seep/tiles/7/thumbnail?size=192&overlay=1&v=a%26b");
  assert.equal(thumbnailAddress("", { ...tile, version: "" }, 128, 3), "/seep/tiles/7/thumbnail?size=256&overlay=1&v=");
});
