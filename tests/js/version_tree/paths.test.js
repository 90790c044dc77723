import assert from "node:assert/strict";
import { test } from "node:test";

import { branch, dot, treeWidth } from "../../../seep/ui/components/version_tree/frontend/paths.js";

const version = (lane, parent) => ({ id: 1, name: "", state: "kept", lane, parent, cells: [] });
const rows = [version(0, null), version(1, 0), version(0, 0), version(0, 2)];

test("a root has no line above it", () => {
  assert.equal(branch(rows, 0), "");
  assert.equal(branch(rows, 9), "");
});

test("in one lane the line is straight, between two it bends into the child's row", () => {
  assert.equal(branch(rows, 3), "M14 80V112");
  assert.equal(branch(rows, 2), "M14 16V80");
  assert.equal(branch(rows, 1), "M14 16V40Q14 48 22 48H30");
});

test("lines begin and end in the middle of dots", () => {
  assert.deepEqual(dot(1, 1), { x: 30, y: 48 });
  assert.equal(treeWidth(rows), 44);
  assert.equal(treeWidth([]), 28);
});
