import assert from "node:assert/strict";
import { test } from "node:test";
import { TracerClient } from "../../../seep/ui/components/canvas/frontend/ridge/client.js";
import { RidgeTracer } from "../../../seep/ui/components/canvas/frontend/ridge/tracer.js";
import { tracer } from "../../../seep/ui/components/canvas/frontend/tools/tracer.js";
import { Driver, RIGHT } from "./driver.js";
import { drawn } from "./sea.js";

const side = 96;
const row = (x) => 48 + 12 * Math.sin(x / 15);
const pixels = drawn(side, 4, (x, y) => Math.abs(y - row(x)) < 2.5);
const on = (x) => [x, row(x)];
const begun = () => new Driver("tracer", { side, pixels }).click(...on(6.5)).hover(...on(60.5));
const node = ([x, y], straight = false) => ({ x, y, straight });
const tracing = new RidgeTracer({ pixels, width: side, height: side, nodata: 0, unit: "dn" });

/** The mask is what these nodes trace. */
function expectTraced(driver, nodes, fixed = null, value = 1) {
  const { rect, bits } = tracing.trace(nodes, fixed).cells;
  const inside = (x, y) => x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
  driver.expectMask((x, y) => (inside(x, y) && bits[(y - rect.y) * rect.width + x - rect.x] ? value : 0));
}

test("two clicks and Enter paint what the preview showed, as one step", () => {
  const driver = begun();
  const shown = driver.tool.sketch();
  assert.equal(shown.nodes.length, 1);
  assert.ok(shown.cells.bits.some((bit) => bit));
  driver
    .expectPainted(0)
    .click(...on(60.5))
    .expectPainted(0);
  assert.deepEqual(driver.tool.sketch().cells, shown.cells);
  driver.key("commit").expectSteps(1);
  expectTraced(driver, [node(on(6.5)), node(on(60.5))]);
  assert.ok(driver.mask.reduce((sum, value) => sum + value, 0) > 150);
  assert.equal(driver.tool.sketch().nodes.length, 0);
  driver.undo().expectPainted(0);
});

test("a double click ends it; so does one on the last node", () => {
  const driver = begun()
    .click(...on(60.5))
    .click(...on(60.5));
  expectTraced(driver.expectSteps(1), [node(on(6.5)), node(on(60.5))]);
});

test("nodes are dragged, and the line is bent, until it is painted", () => {
  const driver = begun().click(...on(60.5));
  driver
    .down(...on(60.5))
    .move([80, 20], on(85.5))
    .up();
  assert.equal(driver.tool.sketch().nodes.length, 2);
  const middle = driver.tool.sketch().lines[0].points[40];
  driver.down(middle.x, middle.y).move([40, 10]).up();
  assert.deepEqual(
    driver.tool.sketch().nodes.map(({ x, y }) => [x, y]),
    [on(6.5), [40, 10], on(85.5)],
  );
  driver.key("commit");
  expectTraced(driver.expectSteps(1), [node(on(6.5)), node([40, 10]), node(on(85.5))]);
});

test("Backspace takes the last click back, then the first", () => {
  const driver = begun()
    .click(...on(60.5))
    .click(...on(85.5));
  driver.key("back");
  assert.equal(driver.tool.sketch().nodes.length, 2);
  driver.key("undo").key("back");
  assert.equal(driver.tool.busy(), false);
  assert.equal(driver.tool.key("back"), false, "then it is nobody's");
});

test("Escape abandons it; one click alone paints nothing", () => {
  const driver = begun()
    .click(...on(60.5))
    .escape();
  assert.equal(driver.tool.busy(), false);
  driver.key("commit").expectPainted(0).expectSteps(0);
  driver
    .click(...on(6.5))
    .key("commit")
    .expectPainted(0)
    .expectSteps(0);
  assert.equal(driver.tool.busy(), false);
});

test("the right button erases along it, and Alt does", () => {
  for (const how of [RIGHT, { altKey: true }]) {
    const driver = new Driver("tracer", { side, pixels }).given(() => true, 3);
    driver
      .click(...on(6.5), how)
      .click(...on(60.5), how)
      .key("commit");
    const { bits } = tracing.trace([node(on(6.5)), node(on(60.5))], null).cells;
    driver.expectPainted(side * side - bits.reduce((sum, bit) => sum + bit, 0));
  }
});

test("Shift goes straight, and the width can be fixed", () => {
  const driver = new Driver("tracer", { side, pixels }).option("width", "fixed").option("px", 5);
  driver.click(10.5, 20.5).click(50.5, 20.5, { shiftKey: true }).key("commit");
  expectTraced(driver, [node([10.5, 20.5]), node([50.5, 20.5], true)], 5);
  const heights = new Set(
    [...driver.mask.keys()].filter((i) => driver.mask[i]).map((i) => Math.floor(i / side)),
  );
  assert.deepEqual([...heights], [18, 19, 20, 21, 22]);
});

test("a class that is chosen while tracing is the one that is painted", () => {
  const driver = begun().click(...on(60.5));
  driver.editor.choose({ classId: 4 });
  driver.key("commit");
  expectTraced(driver, [node(on(6.5)), node(on(60.5))], null, 4);
});

/** A guide whose worker answers when it is told to. */
function slowGuide() {
  const asked = [];
  let hear;
  const guide = new TracerClient((heard) => {
    hear = heard;
    return (question) => void (question.type === "trace" && asked.push(question));
  });
  const answer = () => {
    const { number, nodes, fixed } = asked.shift();
    hear({ number, traced: tracing.trace(nodes, fixed) });
  };
  return { guide, asked, answer };
}

test("of the questions that wait for the worker only the newest is asked", () => {
  const { guide, asked, answer } = slowGuide();
  const driver = new Driver("tracer", { side, pixels });
  driver.tools.tracer = tracer(driver.editor, guide);
  driver.pointer.tools.tracer = driver.tools.tracer;
  driver.click(...on(6.5));
  for (let x = 10; x < 60; x += 5) driver.hover(...on(x));
  assert.equal(asked.length, 1);
  answer();
  assert.equal(asked.length, 1);
  assert.deepEqual([asked[0].nodes.length, asked[0].nodes[1].x], [2, 55]);
});

test("Enter before the worker has answered paints as soon as it has; Escape before that paints nothing", () => {
  for (const escapes of [false, true]) {
    const { guide, asked, answer } = slowGuide();
    const driver = new Driver("tracer", { side, pixels });
    driver.tools.tracer = tracer(driver.editor, guide);
    driver
      .click(...on(6.5))
      .click(...on(60.5))
      .key("commit")
      .expectPainted(0);
    assert.equal(driver.tool.busy(), true);
    if (escapes) driver.escape();
    while (asked.length) answer();
    if (escapes) driver.expectPainted(0).expectSteps(0);
    else expectTraced(driver.expectSteps(1), [node(on(6.5)), node(on(60.5))]);
    assert.equal(driver.tool.busy(), false);
  }
});

test("an answer about the tile before paints nothing on this one", () => {
  const { guide, asked, answer } = slowGuide();
  const driver = new Driver("tracer", { side, pixels });
  driver.tools.tracer = tracer(driver.editor, guide);
  driver
    .click(...on(6.5))
    .click(...on(60.5))
    .key("commit");
  const before = driver.editor.tile;
  driver.escape();
  driver.editor.open({ ...before, pixels: pixels.slice(), annotation: new Uint8Array(side * side) });
  while (asked.length) answer();
  driver.expectPainted(0);
});

test("where the worker cannot be started, the page answers", () => {
  let fail;
  const guide = new TracerClient((_, failed) => {
    fail = failed;
    return () => {};
  });
  const driver = new Driver("tracer", { side, pixels });
  driver.tools.tracer = tracer(driver.editor, guide);
  driver
    .click(...on(6.5))
    .click(...on(60.5))
    .key("commit")
    .expectPainted(0);
  fail();
  expectTraced(driver, [node(on(6.5)), node(on(60.5))]);
});
