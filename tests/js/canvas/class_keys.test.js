import assert from "node:assert/strict";
import { test } from "node:test";
import { areaText, keyText } from "../../../seep/ui/components/canvas/frontend/panels/lists.js";
import { UNSURE } from "../../../seep/ui/components/canvas/frontend/types.js";

const one = { id: 1, name: "Seep", color: "#e69f00" };

test("a capital letter of a class stands for Shift; the key of Unsure is a label already", () => {
  assert.equal(keyText({ ...one, key: "A" }), "⇧A");
  assert.equal(keyText({ ...one, key: "1" }), "1");
  assert.equal(keyText({ ...one, key: "" }), "");
  assert.equal(keyText({ ...one, id: UNSURE, key: "U" }), "U");
});

test("a class that the version never predicts says so, unless the mask has it", () => {
  const one = {
    id: 2,
    name: "Slick",
    color: "#ffffff",
    key: "2",
    note: "v2 predicts it on none of 790 tiles.",
  };
  assert.equal(areaText(one, null), "not predicted");
  assert.equal(areaText(one, new Uint32Array([9, 0, 0])), "not predicted");
  assert.equal(areaText(one, new Uint32Array([9, 0, 12])), "12");
  assert.equal(areaText({ ...one, note: undefined }, new Uint32Array(3)), "");
});
