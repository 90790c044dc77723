import assert from "node:assert/strict";
import { test } from "node:test";
import { layerStyle, referenceNames } from "../../../seep/ui/components/shared/references.js";

test("eight layers look different, and neighbors differ in dashes and mark too, for people who see no colors", () => {
  const styles = Array.from({ length: 8 }, (_, number) => layerStyle(number));
  assert.equal(new Set(styles.map((one) => one.color)).size, 8);
  for (let i = 1; i < 8; i += 1) {
    assert.notDeepEqual(styles[i].dash, styles[i - 1].dash);
    assert.notDeepEqual(styles[i].mark, styles[i - 1].mark);
  }
});

test("the switch names the layers", () => {
  assert.equal(
    referenceNames([
      { name: "Platforms", number: 0, parts: [] },
      { name: "Lanes", number: 1, parts: [] },
    ]),
    "Reference layers: Platforms, Lanes",
  );
});
