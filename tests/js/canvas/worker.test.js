import assert from "node:assert/strict";
import { test } from "node:test";
import { createHandler } from "../../../seep/ui/components/canvas/frontend/worker/handler.js";
import { WorkerClient } from "../../../seep/ui/components/canvas/frontend/worker/client.js";
import { Driver } from "./driver.js";

const SIDE = 400; // large enough for the worker
const inside = (x, y) => x >= 100 && x < 300 && y >= 100 && y < 300;

/** A tile whose edits are computed elsewhere: `answer()` lets the next answer come. */
function given(tool) {
  const driver = new Driver(tool, { side: SIDE });
  const waiting = [];
  let stopped = 0;
  let fail = () => {};
  driver.editor.worker = new WorkerClient((heard, failed) => {
    const there = createHandler();
    fail = failed;
    let going = true;
    const reply = (number, question) => () => going && heard({ number, answer: there(question) });
    const send = (number, question) => {
      const copy = structuredClone(question);
      if (number) waiting.push(reply(number, copy));
      else there(copy);
    };
    return { send, stop: () => ((going = false), (stopped += 1)) };
  });
  const answer = () => waiting.shift()?.();
  return { driver, answer, waiting, stopped: () => stopped, fail: () => fail() };
}

function square({ driver }) {
  driver.click(100, 100).click(300, 100).click(300, 300).click(100, 300).key("commit");
}

test("a large polygon is one step of undo once it is computed, and nothing before", () => {
  const table = given("polygon");
  square(table);
  const { driver } = table;
  driver.expectPainted(0).expectSteps(0);
  assert.ok(driver.editor.pendingEdit);
  table.answer();
  assert.equal(driver.editor.pendingEdit, 0);
  driver.expectMask(inside).expectSteps(1).undo().expectPainted(0).redo().expectMask(inside);
});

test("no other edit begins while one is computed, and the analyst is told", () => {
  const table = given("polygon");
  square(table);
  const { driver } = table;
  driver.editor.choose({ tool: "brush" });
  driver.click(20, 20).expectPainted(0).expectMessage();
  driver.undo().expectMessage();
  table.answer();
  driver.expectMask(inside).click(20, 20).expectSteps(2);
});

test("an edit that is given up leaves nothing, and its answer comes too late", () => {
  const table = given("polygon");
  square(table);
  const late = table.waiting[0];
  assert.ok(table.driver.editor.abandon());
  assert.equal(table.stopped(), 1);
  late();
  table.driver.expectPainted(0).expectSteps(0);
  assert.equal(table.driver.editor.abandon(), false);
});

test("another tile ends the edit that is computed, and the mask changed from behind begins it anew", () => {
  const table = given("polygon");
  square(table);
  const { editor } = table.driver;
  const { tile } = editor;
  tile.history.replace(new Uint8Array(SIDE * SIDE).fill(2));
  table.waiting.length = 0;
  editor.annotationReplaced();
  table.answer();
  table.driver.expectMask((x, y) => (inside(x, y) ? 1 : 2)).expectSteps(2);
  square(table);
  editor.open({ ...tile });
  assert.equal(editor.pendingEdit, 0);
  assert.equal(tile.history.open, null);
});

test("where the worker does not start, the page computes what was asked", () => {
  const table = given("polygon");
  square(table);
  table.fail();
  table.driver.expectMask(inside).expectSteps(1);
});

test("the wand paints what it showed last, also where that comes after the click", () => {
  const table = given("wand");
  const { driver } = table;
  driver.editor.tile.pixels.fill(5000);
  for (let y = 150; y < 160; y += 1) driver.editor.tile.pixels.fill(100, y * SIDE + 50, y * SIDE + 90);
  driver.option("smoothing_px", 1).option("measure", "raw").option("raw", 10).click(60, 155).expectPainted(0);
  assert.ok(driver.tool.busy());
  while (table.waiting.length) table.answer(); // what is alike, then the edit
  driver.expectMask((x, y) => x >= 50 && x < 90 && y >= 150 && y < 160).expectSteps(1);
});

test("keys have to wait until it is known what is selected", () => {
  const table = given("select");
  const { driver } = table;
  driver.given(inside).given((x, y) => x < 20 && y < 20, 2);
  driver.click(200, 200);
  assert.ok(driver.tool.pending());
  while (table.waiting.length) table.answer(); // the click
  assert.ok(driver.tool.pending(), "its outline is asked for");
  while (table.waiting.length) table.answer();
  assert.ok(!driver.tool.pending());
  driver.key("class:4");
  while (table.waiting.length) table.answer();
  driver.expectMask((x, y) => (inside(x, y) ? 4 : x < 20 && y < 20 ? 2 : 0)).expectSteps(1);
  assert.equal(driver.editor.selection.size, 1);
});

test("a stroke of the threshold brush that is still on its way is whole before anything else is done", () => {
  const driver = new Driver("threshold", { side: SIDE, size: 199 });
  const { pixels } = driver.editor.tile;
  pixels.forEach((_, i) => (pixels[i] = (i % SIDE) % 40 < 4 ? 10 : 100));
  driver.option("measure", "db").option("db", 3).option("smoothing_px", 1);
  driver.down(100, 200).move([300, 200]).up();
  assert.ok(driver.tool.ending, "fresh ground takes more than one turn");
  driver.key("accept").expectSteps(1);
  assert.ok(driver.mask.some((value) => value === 1));
  assert.ok(driver.mask.every((value, i) => !value || (i % SIDE) % 40 < 4));
});
