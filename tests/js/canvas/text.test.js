import assert from "node:assert/strict";
import { test } from "node:test";
import { bindings, keyName, keysOf, keyLabel } from "../../../seep/ui/components/canvas/frontend/keys.js";
import {
  adjacentId,
  nextUndecidedId,
  queueIndex,
} from "../../../seep/ui/components/canvas/frontend/queue_order.js";
import {
  bandOf,
  decodePixels,
  packMask,
  unpackMask,
} from "../../../seep/ui/components/canvas/frontend/encoding.js";
import { sceneText } from "../../../seep/ui/components/canvas/frontend/panels/header.js";
import {
  areaText,
  rawText,
  saveText,
  sessionText,
  sessionLabel,
  trainingLabel,
} from "../../../seep/ui/components/canvas/frontend/text.js";

const items = [1, 2, 3, 4].map((id) => ({ id }));

test("the next tile is the next that waits, round the end", () => {
  assert.equal(nextUndecidedId(items, 2, new Set([2, 3])), 4);
  assert.equal(nextUndecidedId(items, 4, new Set([1, 4])), 2);
  assert.equal(nextUndecidedId(items, 4, new Set([1, 2, 3, 4])), null);
  assert.equal(nextUndecidedId(items, 3, new Set([1, 2, 4])), null);
  assert.equal(nextUndecidedId(items, 99, new Set()), 1);
});

test("neighbors stop at both ends", () => {
  assert.equal(adjacentId(items, 1, -1), null);
  assert.equal(adjacentId(items, 1, 1), 2);
  assert.equal(adjacentId(items, 4, 1), null);
  assert.equal(adjacentId(items, 99, 1), 1);
  assert.equal(queueIndex(items, 3), 2);
});

const press = (key, held = {}) =>
  keyName({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

test("a key press has one name", () => {
  assert.equal(press("Z", { ctrlKey: true, shiftKey: true }), "ctrl+shift+z");
  assert.equal(press("?", { shiftKey: true }), "?");
  assert.equal(press(" ", { ctrlKey: true }), "ctrl+space");
  assert.equal(press("ArrowLeft"), "left");
  assert.equal(press("Enter", { metaKey: true }), "ctrl+enter");
});

test("classes have their keys, and the workspace may set others", () => {
  const classes = [{ id: 4, name: "x", color: "#123456", key: "4" }];
  assert.equal(bindings({}, classes).get("4"), "class:4");
  const bound = bindings({ accept: "Ctrl+Shift+Enter", nonsense: "r" }, classes);
  assert.equal(bound.get("ctrl+shift+enter"), "accept");
  assert.equal(bound.get("ctrl+enter"), undefined);
  assert.equal(bound.get("r"), undefined);
  assert.deepEqual(keysOf({ save: ["ctrl+s", "f2"] }).save, ["ctrl+s", "f2"]);
  assert.equal(keyLabel("ctrl+shift+z"), "Ctrl+Shift+Z");
});

test("no default key means two things", () => {
  const all = Object.values(keysOf({})).flat();
  assert.equal(new Set(all).size, all.length);
});

test("negative values have a true minus sign", () => {
  assert.equal(rawText(-3), "−3");
  assert.equal(rawText(-21.25), "−21.25");
  assert.equal(rawText(18432), "18432");
});

test("saving is said in words", () => {
  const save = { status: "clean", at: 1000, reason: "", version: 0, sent: 0, outbox: [] };
  assert.equal(saveText(save, 3500), "Saved just now");
  assert.equal(saveText({ ...save, at: null }, 0), "No changes");
  assert.equal(saveText({ ...save, draft: "a hash" }, 3500), "Draft saved just now. Accept to count it.");
  assert.equal(saveText({ ...save, status: "waiting" }, 0), "Saving…");
  assert.match(
    saveText({ ...save, status: "failed", reason: "The disk is full." }, 0),
    /^Not saved: The disk is full/,
  );
});

test("a mask comes back from the wire as it went", async () => {
  const mask = Uint8Array.from({ length: 5000 }, (_, i) => (i * 31) % 8);
  assert.deepEqual(await unpackMask(await packMask(mask), 5000), mask);
  await assert.rejects(unpackMask(await packMask(mask), 4999), /5000 pixels, not 4999/);
});

test("pixels of every type are read, and wrong ones refused", () => {
  const buffer = Int16Array.from([-5, 7]).buffer;
  assert.deepEqual([...decodePixels(buffer, "int16", 2)], [-5, 7]);
  assert.throws(() => decodePixels(buffer, "int16", 3), /4 bytes, not the 6/);
  assert.throws(() => decodePixels(buffer, "float64", 2), /unknown type float64/);
  assert.deepEqual([...bandOf(Uint8Array.from([1, 2, 3, 4]), 2, 1)], [2, 4]);
});

test("areas on the ground have a unit, and none is made up", () => {
  assert.equal(areaText(10000, 10), "1.0\u202fkm²");
  assert.equal(areaText(123, 10), "0.012\u202fkm²");
  assert.equal(areaText(123, null), "");
});

test("a session is summed up in words", () => {
  const sum = {
    tiles: 13,
    accepted: 7,
    corrected: 4,
    rejected: 0,
    flagged: 1,
    drafts: 1,
    slicks_changed: 9,
    minutes: 31,
  };
  assert.equal(sessionLabel(sum), "Session: 13 tiles · 31 min");
  assert.equal(
    sessionText(sum),
    "This session: 13 tiles, 7 accepted, 4 corrected, 1 flagged, 1 draft, 9 slicks changed, 31 min.",
  );
  assert.equal(sessionText({ ...sum, tiles: 0 }), "");
  const first = {
    ...sum,
    tiles: 1,
    accepted: 1,
    corrected: 0,
    flagged: 0,
    drafts: 0,
    slicks_changed: 0,
    minutes: 0,
  };
  assert.equal(sessionLabel(first), "Session: 1 tile");
  assert.equal(sessionText(first), "This session: 1 tile, 1 accepted, 0 slicks changed.");
});

test("the header names the scene where the name of the tile does not", () => {
  assert.equal(sceneText({ name: "041869.000003", scene: "041869", split: "train" }), "training scene");
  assert.equal(sceneText({ name: "window-3", scene: "strait", split: "test" }), "test scene strait");
});

test("the header counts tiles for the next fine-tuning up to the number that it needs", () => {
  assert.equal(trainingLabel(null), "");
  assert.equal(trainingLabel({ training: { reviewed: 8, needed: 10 } }), "8 of 10 for training");
  assert.equal(trainingLabel({ training: { reviewed: 12, needed: 10 } }), "12 for training");
});
