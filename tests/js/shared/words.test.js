import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { sessionText } from "../../../seep/ui/components/canvas/frontend/text.js";
import { setAboutSeeps, worded } from "../../../seep/ui/components/shared/words.js";

afterEach(() => setAboutSeeps(true));

test("texts speak of objects where the workspace is not about seeps", () => {
  const texts = [
    ["Slicks", "Objects"],
    ["No slicks. Paint what was missed.", "No objects. Paint what was missed."],
    ["Seep probability  0", "Probability  0"],
    ["no seep", "no object"],
    ["seep-base", "seep-base"],
  ];
  for (const [text] of texts) assert.equal(worded(text), text);
  setAboutSeeps(false);
  for (const [text, found] of texts) assert.equal(worded(text), found);
});

test("the session of such a workspace counts changed objects", () => {
  const sum = /** @type {any} */ ({ tiles: 1, slicks_changed: 2 });
  assert.match(sessionText(sum), /2 slicks changed/);
  setAboutSeeps(false);
  assert.match(sessionText(sum), /2 objects changed/);
});
