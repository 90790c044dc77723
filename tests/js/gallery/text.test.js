import assert from "node:assert/strict";
import { test } from "node:test";

import { cellValue, describe, thumbnailAddress } from "../../../seep/ui/components/gallery/frontend/text.js";
import { setStates } from "../../../seep/ui/components/shared/states.js";
import { BY_NAME, STATES, order } from "../shared/examples.js";

setStates(STATES);

test("a text value is shown as it is, a number as its order says", () => {
  assert.equal(cellValue({ id: 1, name: "a", state: "draft", value: "2 h ago" }, null), "2 h ago");
  assert.equal(cellValue({ id: 1, name: "a", state: "draft", value: 0.4 }, order()), "0.40");
  assert.equal(cellValue({ id: 1, name: "a", state: "draft" }, order()), "");
});

test("a cell is described by name, scene, state, value, sample and assignee", () => {
  const tile = { id: 1, name: "041869.000124", scene: "041869", state: "draft", value: 0.4 };
  assert.equal(describe(tile, order()), "041869.000124, scene 041869, draft, likely wrong 0.40");
  assert.equal(describe({ id: 1, name: "a", state: "accepted" }, BY_NAME), "a, accepted");
  assert.equal(
    describe({ id: 1, name: "a", state: "accepted", in_sample: true, person: "ben" }, BY_NAME),
    "a, accepted, quality sample, assigned to ben",
  );
  assert.equal(describe({ id: 1, name: "a", state: "train", value: "9 px" }, null), "a, train, 9 px");
});

test("a thumbnail is asked for at the screen's own pixels and by its version", () => {
  const tile = { id: 7, name: "a", state: "draft", version: "a&b" };
  assert.equal(thumbnailAddress("/x", tile, 128, 1.5), "/x/seep/tiles/7/thumbnail?size=192&overlay=1&v=a%26b");
  assert.equal(thumbnailAddress("", { ...tile, version: "" }, 128, 3), "/seep/tiles/7/thumbnail?size=256&overlay=1&v=");
});
