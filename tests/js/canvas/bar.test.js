import assert from "node:assert/strict";
import { test } from "node:test";
import { canDecideUnloaded } from "../../../seep/ui/components/canvas/frontend/panels/bar.js";

test("a tile that failed to load can be rejected and skipped, one that does not exist cannot", () => {
  const enabled = (stage) =>
    ["reject", "skip", "accept", "reopen"].filter((action) => canDecideUnloaded(stage, action));
  assert.deepEqual(enabled("failed"), ["reject", "skip"]);
  for (const stage of ["missing", "loading", "empty", "done"]) assert.deepEqual(enabled(stage), [], stage);
});
