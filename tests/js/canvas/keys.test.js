import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DEFAULT_KEYS,
  SHEET,
  bindings,
  keyName,
  keysOf,
  keyLabel,
} from "../../../seep/ui/components/canvas/frontend/keys.js";

const event = (key, ...held) => ({
  key,
  ctrlKey: held.includes("ctrl"),
  metaKey: held.includes("meta"),
  altKey: held.includes("alt"),
  shiftKey: held.includes("shift"),
});

test("no key does two things, and the digits are left to the classes", () => {
  const combos = Object.values(DEFAULT_KEYS).flat();
  assert.equal(new Set(combos).size, combos.length);
  assert.ok(!combos.some((combo) => /^[0-9]$/.test(combo)));
});

test("every line of the sheet is about an action that has a key", () => {
  const shown = SHEET.flatMap(([, rows]) => rows.map(([action]) => action));
  assert.equal(new Set(shown).size, shown.length);
  for (const action of shown) assert.ok(DEFAULT_KEYS[action]?.length, action);
});

test("a press is named as it is bound: modifiers in one order, shift only where it types nothing else", () => {
  assert.equal(keyName(event("Z", "ctrl", "shift")), "ctrl+shift+z");
  assert.equal(keyName(event("z", "meta")), "ctrl+z");
  assert.equal(keyName(event("?", "shift")), "?");
  assert.equal(keyName(event(" ", "ctrl")), "ctrl+space");
  assert.equal(keyName(event("ArrowLeft", "shift")), "shift+left");
});

test("a key can be set for every action; the default is then free", () => {
  for (const action of Object.keys(DEFAULT_KEYS)) {
    const map = bindings({ [action]: ["F7"] }, []);
    assert.equal(map.get("f7"), action);
    assert.equal(map.get(DEFAULT_KEYS[action][0]), undefined);
  }
  assert.deepEqual(keysOf({ gone: "x" }), DEFAULT_KEYS);
  assert.equal(bindings({}, [{ id: 3, name: "", color: "", key: "3" }]).get("3"), "class:3");
  const letter = (key) => bindings({}, [{ id: 3, name: "", color: "", key }]);
  assert.equal(letter("B").get("shift+b"), "class:3", "a capital letter is Shift and the letter");
  assert.equal(letter("B").get("b"), "brush");
  assert.equal(letter("R").get("r"), "class:3", "without Shift too, where that is free");
  assert.equal(letter("R").get("shift+r"), "reopen");
  const two = bindings({}, [
    { id: 3, name: "", color: "", key: "r" },
    { id: 4, name: "", color: "", key: "R" },
  ]);
  assert.equal(two.get("r"), "class:3");
  assert.equal(keyLabel("ctrl+shift+backspace"), "Ctrl+Shift+Backspace");
});
