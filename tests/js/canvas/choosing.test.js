import assert from "node:assert/strict";
import { test } from "node:test";

import { groups, refusal, unfinished, withKey } from "../../../seep/ui/components/canvas/frontend/keytable/choosing.js";
import { DEFAULT_KEYS } from "../../../seep/ui/components/canvas/frontend/keys.js";

const classes = [{ id: 3, name: "Natural seep", color: "#123456", key: "n" }];

test("every action is in the table, with words", () => {
  const listed = groups().flatMap(([, rows]) => rows);
  assert.deepEqual(new Set(listed.map(([action]) => action)), new Set(Object.keys(DEFAULT_KEYS)));
  assert.ok(listed.every(([, words]) => / |^[A-Z][a-z]+$/.test(words)), "no name of the code");
  assert.equal(new Map(listed).get("panUp"), "Move the view up");
});

test("a key that is taken is refused, and the sentence says by what", () => {
  assert.equal(refusal("accept", "ctrl+shift+a", {}, classes), "");
  assert.equal(refusal("accept", "ctrl+enter", {}, classes), "", "its own key");
  assert.match(refusal("accept", "ctrl+z", {}, classes), /Ctrl\+Z is taken by “Undo”/);
  assert.match(refusal("accept", "ctrl+shift+z", {}, classes), /Redo/);
  assert.equal(refusal("accept", "ctrl+z", { undo: "backspace" }, classes), "", "free since Undo moved");
  assert.match(refusal("accept", "n", {}, classes), /Natural seep/);
  assert.match(refusal("accept", "ctrl+w", {}, classes), /browser/);
  assert.match(refusal("accept", "tab", {}, classes), /browser/);
});

test("shift alone is no key yet", () => {
  assert.ok(unfinished("shift"));
  assert.ok(unfinished("ctrl+control"));
  assert.ok(!unfinished("ctrl+shift+a"));
});

test("the default again needs no entry", () => {
  assert.deepEqual(withKey({}, "accept", "a"), { accept: "a" });
  assert.deepEqual(withKey({ accept: "a" }, "accept", "ctrl+enter"), {});
  assert.deepEqual(withKey({ accept: "a", undo: "q" }, "accept", null), { undo: "q" });
  assert.deepEqual(withKey({}, "redo", "ctrl+y"), { redo: "ctrl+y" }, "one of two defaults is a choice");
});
