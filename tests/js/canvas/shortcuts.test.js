import assert from "node:assert/strict";
import { test } from "node:test";

import {
  groups,
  keyConflict,
  isModifierOnly,
  withKey,
} from "../../../seep/ui/components/canvas/frontend/shortcuts/rules.js";
import { DEFAULT_KEYS } from "../../../seep/ui/components/canvas/frontend/keys.js";

const classes = [{ id: 3, name: "Natural seep", color: "#123456", key: "n" }];

test("every action is in the table, with words", () => {
  const listed = groups().flatMap(([, rows]) => rows);
  assert.deepEqual(new Set(listed.map(([action]) => action)), new Set(Object.keys(DEFAULT_KEYS)));
  assert.ok(
    listed.every(([, words]) => / |^[A-Z][a-z]+$/.test(words)),
    "no name of the code",
  );
  assert.equal(new Map(listed).get("panUp"), "Pan up");
});

test("a key that is taken is refused, and the sentence says by what", () => {
  assert.equal(keyConflict("accept", "ctrl+shift+a", {}, classes), "");
  assert.equal(keyConflict("accept", "ctrl+enter", {}, classes), "", "its own key");
  assert.match(keyConflict("accept", "ctrl+z", {}, classes), /Ctrl\+Z.*Undo/);
  assert.match(keyConflict("accept", "ctrl+shift+z", {}, classes), /Redo/);
  assert.equal(keyConflict("accept", "ctrl+z", { undo: "backspace" }, classes), "", "free since Undo moved");
  assert.match(keyConflict("accept", "n", {}, classes), /Natural seep/);
  const shifted = [{ ...classes[0], key: "N" }];
  assert.match(keyConflict("accept", "shift+n", {}, shifted), /Natural seep/);
  assert.match(keyConflict("accept", "n", {}, shifted), /Neighbors/);
  assert.match(keyConflict("accept", "ctrl+w", {}, classes), /^(Ctrl\+W|TAB) /);
  assert.match(keyConflict("accept", "tab", {}, classes), /^(Ctrl\+W|TAB) /);
});

test("shift alone is no key yet", () => {
  assert.ok(isModifierOnly("shift"));
  assert.ok(isModifierOnly("ctrl+control"));
  assert.ok(!isModifierOnly("ctrl+shift+a"));
});

test("the default again needs no entry", () => {
  assert.deepEqual(withKey({}, "accept", "a"), { accept: "a" });
  assert.deepEqual(withKey({ accept: "a" }, "accept", "ctrl+enter"), {});
  assert.deepEqual(withKey({ accept: "a", undo: "q" }, "accept", null), { undo: "q" });
  assert.deepEqual(withKey({}, "redo", "ctrl+y"), { redo: "ctrl+y" }, "one of two defaults is a choice");
});
