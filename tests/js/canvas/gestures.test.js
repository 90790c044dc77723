import assert from "node:assert/strict";
import { test } from "node:test";
import { optionValues } from "../../../seep/ui/components/canvas/frontend/tools/index.js";
import { Driver, ERASER_END, RIGHT } from "./driver.js";

const within = (x0, y0, x1, y1) => (x, y) => x >= x0 && x < x1 && y >= y0 && y < y1;

test("a stroke is one step, however many points it has", () => {
  const driver = new Driver("brush");
  driver
    .down(5.5, 5.5)
    .move([10.5, 5.5], [15.5, 5.5])
    .move([20.5, 5.5])
    .up()
    .expectSteps(1)
    .expectPainted(54);
  assert.equal(driver.told.filter(([topic]) => topic === "gesture").length, 1);
  driver.undo().expectPainted(0).redo().expectPainted(54);
});

test("escape abandons a stroke at no cost", () => {
  new Driver("brush")
    .down(5, 5)
    .move([20, 20])
    .escape()
    .expectPainted(0)
    .expectSteps(0)
    .move([30, 30])
    .expectPainted(0);
});

test("the eraser paints background whatever class is chosen", () => {
  const driver = new Driver("eraser").given(() => true, 2);
  driver.editor.choose({ classId: 7 });
  driver.click(5.5, 5.5).expectPainted(40 * 40 - 9);
});

test("the right button, Alt and the eraser's end of a pen erase; the pen's tip paints", () => {
  for (const how of [RIGHT, { altKey: true }, ERASER_END]) {
    new Driver("brush")
      .given(() => true)
      .click(5.5, 5.5, how)
      .expectPainted(40 * 40 - 9);
  }
  new Driver("brush").click(5.5, 5.5, { pointerType: "pen" }).expectPainted(9);
});

test("unsure is painted like a class", () => {
  const driver = new Driver("brush");
  driver.editor.choose({ classId: 255 });
  driver.click(5.5, 5.5).expectMask((x, y) => (within(4, 4, 7, 7)(x, y) ? 255 : 0));
});

test("the lasso fills when it is let go, and not before", () => {
  const driver = new Driver("lasso").down(5, 5).move([15, 5], [15, 15], [5, 15]);
  assert.equal(driver.tool.sketch().lines[0].points.length, 4);
  driver
    .expectPainted(0)
    .up()
    .expectMask(within(5, 5, 15, 15))
    .expectSteps(1);
  assert.equal(driver.tool.sketch().lines.length, 0);
});

test("the lasso erases with the right button, recolors with Shift, and is cut off at the tile's edge", () => {
  const driver = new Driver("lasso").given(within(0, 0, 10, 10));
  driver
    .down(5, -9, RIGHT)
    .move([49, -9], [49, 5], [5, 5])
    .up()
    .expectMask((x, y) => within(0, 0, 10, 10)(x, y) && !(x >= 5 && y < 5));
  driver.editor.choose({ classId: 3 });
  driver.down(-5, 8, { shiftKey: true }).move([50, 8], [50, 60], [-5, 60]).up();
  driver.expectMask((x, y) =>
    within(0, 8, 10, 10)(x, y) ? 3 : within(0, 0, 10, 10)(x, y) && !(x >= 5 && y < 5),
  );
  driver.down(5, 5).move([30, 5], [30, 30]).escape().expectSteps(2);
});

test("the fill takes a closed area and refuses the open sea, saying why", () => {
  const driver = new Driver("fill").click(5, 5).expectPainted(0).expectSteps(0).expectMessage();
  driver.given((x, y) => within(10, 10, 20, 20)(x, y) && !within(11, 11, 19, 19)(x, y));
  driver
    .click(15, 15)
    .expectMask(within(10, 10, 20, 20))
    .expectSteps(1);
  driver.editor.choose({ classId: 4 });
  driver.click(10, 10).expectMask((x, y) => (within(10, 10, 20, 20)(x, y) ? 4 : 0));
  driver.click(10, 10, RIGHT).expectPainted(0);
});

test("painting on the prediction shows the annotation again", () => {
  const driver = new Driver("brush");
  driver.editor.tile.prediction = new Uint8Array(40 * 40);
  driver.editor.choose({ layer: "prediction" });
  driver.click(5, 5);
  assert.equal(driver.editor.layer, "annotation");
});

test("the brush stays between 1 and 200 px; difference is skipped where nothing was predicted", () => {
  const { editor } = new Driver("brush");
  editor.choose({ size: 0 });
  assert.equal(editor.size, 1);
  editor.choose({ size: 999 });
  assert.equal(editor.size, 200);
  editor.cycleOverlay();
  assert.equal(editor.overlay, "outline");
  editor.cycleOverlay();
  assert.equal(editor.overlay, "fill");
});

test("the size is dragged with Alt and the right button, and its circle stays where it is measured", () => {
  const driver = new Driver("brush", { size: 10 }).down(20, 20, { ...RIGHT, altKey: true }).move([40, 25]);
  assert.equal(driver.editor.size, 20);
  assert.deepEqual(driver.pointer.at, { x: 20, y: 20 });
  driver.up().expectSteps(0);
});

test("a finger moves the view, two zoom it, and neither paints", () => {
  const driver = new Driver("brush", { side: 400 });
  const finger = (pointerId) => ({ pointerId, pointerType: "touch" });
  driver.down(200, 200, finger(5)).move([195, 202]).expectPainted(0);
  assert.deepEqual(driver.editor.tile.view, { scale: 1, x: -5, y: 2 });
  driver.down(205, 202, finger(6)).move([215, 202]);
  assert.equal(driver.editor.tile.view.scale, 2);
  driver.up();
  driver.last.how = finger(5);
  driver.up().expectSteps(0).expectPainted(0);
  assert.equal(driver.pointer.mode, "idle");
});

test("a finger paints when it is let, until a second one comes", () => {
  const driver = new Driver("brush");
  driver.editor.choose({ fingerPaints: true });
  driver.click(5.5, 5.5, { pointerId: 5, pointerType: "touch" }).expectPainted(9).expectSteps(1);
  driver.down(30.5, 30.5, { pointerId: 5, pointerType: "touch" }).expectPainted(18);
  driver.down(35, 35, { pointerId: 6, pointerType: "touch" }).expectPainted(9).expectSteps(1);
});

test("a palm beside a pen does nothing, and one that came before it lets go", () => {
  const driver = new Driver("brush");
  driver.editor.choose({ fingerPaints: true });
  driver.down(30.5, 30.5, { pointerId: 5, pointerType: "touch" });
  driver.down(5.5, 5.5, { pointerType: "pen" }).expectPainted(9);
  driver.pointer.down(driver.event(20, 20, { pointerId: 6, pointerType: "touch" }));
  driver.pointer.move(driver.event(25, 25, { pointerId: 6, pointerType: "touch" }));
  driver
    .move([10.5, 5.5])
    .up()
    .expectPainted(9 + 15)
    .expectSteps(1);
});

test("options that were kept come back within their range, and others are as at the start", () => {
  const values = optionValues({ fill: { gap_px: 99, gone: 1 }, none: { at: 1 } });
  assert.equal(values.none, undefined);
  assert.equal(values.fill.gone, undefined);
  assert.deepEqual(optionValues(), optionValues("nonsense"));
});

test("the brush outline is at the pointer on a tile of another size", () => {
  const driver = new Driver("brush").hover(20, 20);
  driver.editor.tile.view = { scale: 4, x: 8, y: 8 };
  driver.pointer.relocate();
  assert.deepEqual(driver.pointer.at, { x: 3, y: 3 });
});
