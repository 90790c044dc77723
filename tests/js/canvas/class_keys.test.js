import assert from "node:assert/strict";
import { test } from "node:test";
import { keyText } from "../../../seep/ui/components/canvas/frontend/panels/lists.js";
import { UNSURE } from "../../../seep/ui/components/canvas/frontend/types.js";

const one = { id: 1, name: "Seep", color: "#e69f00" };

test("a capital letter of a class stands for Shift; the key of Unsure is a label already", () => {
  assert.equal(keyText({ ...one, key: "A" }), "⇧A");
  assert.equal(keyText({ ...one, key: "1" }), "1");
  assert.equal(keyText({ ...one, key: "" }), "");
  assert.equal(keyText({ ...one, id: UNSURE, key: "U" }), "U");
});
