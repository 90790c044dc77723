import assert from "node:assert/strict";
import { test } from "node:test";
import { loadPreferences } from "../../../seep/ui/components/canvas/frontend/preferences.js";

/** @param {unknown} kept what the browser stored; undefined for a browser without storage */
function load(kept, width) {
  const localStorage = { getItem: () => (kept === null ? null : JSON.stringify(kept)) };
  globalThis.window = kept === undefined ? {} : { localStorage };
  const { size, options } = loadPreferences(width);
  return [size, options?.tracer.px];
}

test("brush and tracer start with the width of the slicks until the analyst has another", () => {
  assert.deepEqual(load(null, 5), [5, 5]);
  assert.deepEqual(load({ size: 12, options: { tracer: { px: 9 } } }, 5), [12, 9]);
  assert.deepEqual(load(null, 90), [40, 40]);
  assert.deepEqual(load(undefined, 5), [5, 5]);
  assert.deepEqual(load(null, 0), [undefined, 6]);
});

test("the tool is the one of the last visit, and the brush if this version has no such tool", () => {
  const localStorage = { getItem: () => JSON.stringify({ tool: "tracer" }) };
  globalThis.window = { localStorage };
  assert.equal(loadPreferences().tool, "tracer");
  localStorage.getItem = () => JSON.stringify({ tool: "stamp" });
  assert.equal(loadPreferences().tool, "brush");
});
