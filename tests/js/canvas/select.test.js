import assert from "node:assert/strict";
import { test } from "node:test";
import { Driver } from "./driver.js";

const box = (x0, y0, x1, y1) => (x, y) => x >= x0 && x < x1 && y >= y0 && y < y1;
const any =
  (...shapes) =>
  (x, y) =>
    shapes.some((shape) => shape(x, y));
const A = box(4, 4, 10, 8);
const B = box(20, 4, 26, 8);
const C = box(4, 20, 10, 24);

/** Two slicks of class 1 and one of class 2; the model says `predicted`. */
function given(predicted) {
  const driver = new Driver("select").given(any(A, B)).given(C, 2);
  if (predicted)
    driver.editor.tile.prediction = Uint8Array.from(driver.mask, (_, i) =>
      Number(predicted(i % 40, Math.floor(i / 40))),
    );
  driver.editor.emit("mask", { rect: null });
  return driver;
}
const classes = (x, y) => (A(x, y) || B(x, y) ? 1 : C(x, y) ? 2 : 0);
const CTRL = { ctrlKey: true };

test("a click selects one slick, Ctrl or Shift one more or one less, a click on the sea none", () => {
  const driver = given().click(5, 5);
  assert.equal(driver.editor.selection.size, 1);
  assert.deepEqual(driver.tool.sketch().lines[0].points.length, 4);
  driver.click(22, 5, CTRL);
  assert.equal(driver.editor.selection.size, 2);
  driver.click(6, 21, { shiftKey: true }).click(5, 5, CTRL);
  assert.equal(driver.editor.selection.size, 2);
  driver.click(35, 35);
  assert.equal(driver.editor.selection.size, 0);
  driver.expectMask(classes).expectSteps(0);
});

test("a drag selects every slick with a pixel in it, and shows where it goes", () => {
  const driver = given().down(2, 2).move([15, 12]);
  assert.equal(driver.tool.sketch().lines.at(-1).dashed, true);
  driver.move([20.5, 12]).up();
  assert.equal(driver.editor.selection.size, 2);
  driver.down(2, 15).move([9, 30]).up();
  assert.equal(driver.editor.selection.size, 1);
});

test("Delete takes the selected out as one step, and undo selects nothing that is not there", () => {
  const driver = given().down(2, 2).move([30, 12]).up().key("remove").expectSteps(1);
  driver.expectMask((x, y) => (C(x, y) ? 2 : 0));
  assert.equal(driver.editor.selection.size, 0);
  driver.undo().expectMask(classes);
});

test("a digit changes the class of all that are selected; they stay selected", () => {
  const driver = given().down(2, 2).move([30, 12]).up().key("class:5").expectSteps(1);
  driver.expectMask((x, y) => (C(x, y) ? 2 : classes(x, y) ? 5 : 0));
  assert.equal(driver.editor.classId, 1);
  assert.equal(driver.editor.selection.size, 2);
  driver.key("class:0").expectMask((x, y) => (C(x, y) ? 2 : 0));
  driver.undo().undo().expectMask(classes);
});

test("without a selection a digit chooses the class, and keys say what to do first", () => {
  const driver = given();
  assert.equal(driver.tool.key("class:5"), false);
  assert.equal(driver.tool.key("larger"), false, "then it is the brush's");
  driver.key("remove").expectMask(classes).expectMessage();
});

test("Enter copies a slick from the prediction: whole, and over no other slick", () => {
  const D = box(20, 20, 30, 26);
  const driver = given(any(box(3, 3, 9, 9), D));
  driver.click(5, 5).key("commit");
  driver.expectMask((x, y) =>
    A(x, y) || box(3, 3, 9, 9)(x, y) ? Number(box(3, 3, 9, 9)(x, y)) : classes(x, y),
  );
  assert.equal(driver.tool.sketch().lines.length, 1);
  driver.click(25, 22);
  assert.equal(driver.tool.sketch().lines[0].dashed, true, "a proposal is dashed");
  driver.key("commit").expectSteps(2);
  assert.equal(driver.mask[22 * 40 + 25], 1);
  driver.undo().click(25, 22).key("class:6");
  assert.equal(driver.mask[22 * 40 + 25], 6);
  driver.undo().click(25, 22).key("remove").expectSteps(1);
});

test("growing and shrinking are exact, and go back to the selected shape only", () => {
  const grownA = any(A, box(3, 4, 11, 8), box(4, 3, 10, 9));
  const driver = given().click(5, 5).key("larger");
  driver.expectMask((x, y) => (grownA(x, y) ? 1 : classes(x, y))).expectSteps(1);
  driver.key("smaller").expectMask(classes);
  driver.key("shrink").expectMask((x, y) => (A(x, y) ? Number(box(5, 5, 9, 7)(x, y)) : classes(x, y)));
});

test("growing stops at other classes, at unsure and at nodata; the option lets it take other classes", () => {
  const pixels = new Uint16Array(1600).fill(100);
  pixels[6 * 40 + 3] = 0;
  const driver = new Driver("select", { pixels })
    .given(A)
    .given(box(10, 4, 12, 8), 2)
    .given(box(4, 8, 6, 9), 255);
  const [before, at] = [driver.mask.slice(), (x, y) => driver.mask[y * 40 + x]];
  driver.editor.emit("mask", { rect: null });
  driver.click(5, 5).key("grow");
  assert.deepEqual([at(10, 5), at(3, 5), at(3, 6), at(4, 8), at(7, 8)], [2, 1, 0, 255, 1]);
  driver.undo();
  assert.deepEqual(driver.mask, before);
  driver.option("over", "all").click(5, 5).key("grow");
  assert.deepEqual([at(10, 5), at(11, 5), at(3, 6), at(4, 8)], [1, 2, 0, 255]);
});

test("without a selection the shapes of the whole tile are cleaned, each class by itself", () => {
  const driver = given()
    .given(box(30, 30, 32, 32), 1)
    .given(box(34, 30, 36, 32), 2);
  driver.given(box(6, 5, 8, 7), 0).editor.emit("mask", { rect: null });
  driver.key("specks").expectMask((x, y) => (box(6, 5, 8, 7)(x, y) ? 0 : classes(x, y)));
  driver.key("holes").expectMask(classes).expectSteps(2);
  driver.key("smooth").expectSteps(3);
  assert.equal(driver.mask[4 * 40 + 4], 0, "corners go");
});

test("gaps up to the option's size are merged, wider ones stay", () => {
  const driver = new Driver("select").given(any(box(4, 4, 12, 12), box(15, 4, 23, 12)));
  driver.editor.emit("mask", { rect: null });
  driver.down(1, 1).move([30, 20]).up().option("gap_px", 2).key("gaps").expectSteps(0);
  driver.option("gap_px", 4).key("gaps").expectSteps(1);
  assert.equal(driver.mask[8 * 40 + 13], 1);
  assert.equal(driver.editor.selection.size, 1);
});

test("Escape, another tool and another tile select nothing", () => {
  const driver = given().click(5, 5).escape();
  assert.equal(driver.editor.selection.size, 0);
  driver.click(5, 5);
  driver.editor.open(driver.editor.tile);
  assert.equal(driver.editor.selection.size, 0);
  assert.equal(driver.tool.sketch().lines.length, 0);
});
