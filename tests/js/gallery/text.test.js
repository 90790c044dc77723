import assert from "node:assert/strict";
import { test } from "node:test";

import {
  cellValue,
  extraText,
  stateText,
  thumbnailAddress,
  valueLabel,
} from "../../../seep/ui/components/gallery/frontend/text.js";
import { setStates } from "../../../seep/ui/components/shared/states.js";
import { order, STATES } from "../shared/examples.js";

test("a text value is shown as it is, a number as its order says", () => {
  assert.equal(cellValue({ id: 1, name: "a", state: "draft", value: "2 h ago" }, null), "2 h ago");
  assert.equal(cellValue({ id: 1, name: "a", state: "draft", value: 0.4 }, order()), "0.40");
  assert.equal(cellValue({ id: 1, name: "a", state: "draft" }, order()), "");
});

test("screen readers hear the name of a value, the quality sample and the assignee", () => {
  const tile = { id: 1, name: "a", state: "accepted" };
  assert.equal(valueLabel({ ...tile, value: 0.4 }, order()), "likely wrong ");
  assert.equal(valueLabel({ ...tile, value: "9 px" }, order()), "");
  assert.equal(extraText(tile), "");
  assert.equal(extraText({ ...tile, in_sample: true, person: "ben" }), "quality sample, assigned to ben");
});

test("a draft on a reviewed tile is named first", () => {
  setStates(STATES);
  const text = (state, drafted) => stateText({ id: 1, name: "a", state, drafted });
  assert.deepEqual(
    [text("corrected", true), text("corrected"), text("draft", true)],
    ["Draft, corrected", "Corrected", "Draft"],
  );
});

test("a thumbnail is asked for at the screen's own pixels and by its version", () => {
  const tile = { id: 7, name: "a", state: "draft", version: "a&b" };
  assert.equal(
    thumbnailAddress("/x", tile, 128, 1.5),
    "/x/seep/tiles/7/thumbnail?size=192&overlay=1&v=a%26b",
  );
  assert.equal(
    thumbnailAddress("", { ...tile, version: "" }, 128, 3),
    "/seep/tiles/7/thumbnail?size=256&overlay=1&v=",
  );
});
