import assert from "node:assert/strict";
import { test } from "node:test";
import { rankReason, valueText } from "../../../seep/ui/components/shared/orders.js";
import { AREA, BITS, BY_NAME, order } from "./examples.js";

const item = (value, in_sample = false) => ({ value, in_sample });

test("a value is formatted as its order says", () => {
  assert.equal(valueText(1234567.4, AREA), "1\u202f234\u202f567\u202fpx");
  assert.equal(valueText(0, AREA), "0\u202fpx");
  assert.equal(valueText(0.4149, order()), "0.41");
  assert.equal(valueText(0.0421, BITS), "0.042");
});

test("a missing value is an empty text", () => {
  for (const missing of [undefined, null, Number.NaN]) assert.equal(valueText(missing, order()), "");
});

test("the rank of a tile is explained by the highest threshold that its value reaches", () => {
  assert.equal(rankReason(item(0.61), order()), "Very likely wrong: 0.61");
  assert.equal(rankReason(item(0.1), order()), "Likely right: 0.10");
  assert.equal(rankReason(item(null), order()), "No prediction yet");
  assert.equal(rankReason(item(12345), AREA), "Seep area: 12\u202f345\u202fpx");
  assert.equal(rankReason(item(null), AREA), "No mask yet");
  assert.equal(rankReason(item(0.0421), BITS), "Entropy: 0.042 bits per pixel");
  assert.equal(rankReason(item(null), BY_NAME), "By scene");
});

test("a tile of the quality sample is not explained by its value", () => {
  assert.match(rankReason(item(0.61, true), order()), /^Quality sample/);
});
