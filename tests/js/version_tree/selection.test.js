import assert from "node:assert/strict";
import { test } from "node:test";

import { alone, kept, toggled } from "../../../seep/ui/components/version_tree/frontend/selection.js";

test("a click chooses one, again none, and out of two this one", () => {
  assert.deepEqual(alone([], 3), [3]);
  assert.deepEqual(alone([3], 3), []);
  assert.deepEqual(alone([4, 3], 3), [3]);
});

test("two can be compared, and a third takes the place of the first", () => {
  assert.deepEqual(toggled([3], 4), [3, 4]);
  assert.deepEqual(toggled([3, 4], 5), [4, 5]);
  assert.deepEqual(toggled([3, 4], 3), [4]);
});

test("what is not shown any more is not chosen any more", () => {
  assert.deepEqual(kept([3, 4], [4, 5]), [4]);
});
