import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allStates,
  isOpen,
  setStates,
  stateLabel,
  stateOf,
} from "../../../seep/ui/components/shared/states.js";
import { STATES } from "./examples.js";

test("states are found by key, in the order that Python gives", () => {
  setStates(STATES);
  assert.deepEqual(allStates(), STATES);
  assert.equal(stateOf("flagged"), STATES[5]);
  assert.equal(stateLabel("flagged"), "Flagged");
  assert.deepEqual([isOpen("flagged"), isOpen("accepted")], [true, false]);
});

test("an unknown state shows its key and is not open", () => {
  assert.equal(stateOf("train"), undefined);
  assert.equal(stateLabel("train"), "train");
  assert.equal(isOpen("train"), false);
});
