import assert from "node:assert/strict";
import { test } from "node:test";
import { Editor } from "../../../seep/ui/canvas/frontend/editor.js";
import { History } from "../../../seep/ui/canvas/frontend/history.js";
import { TOOLS } from "../../../seep/ui/canvas/frontend/tools/index.js";

const SIDE = 40;

/** Drives one tool as the pointer would. */
class Gestures {
  constructor(tool) {
    this.editor = new Editor();
    this.told = [];
    this.editor.listen((topic, detail) => this.told.push([topic, detail]));
    const annotation = new Uint8Array(SIDE * SIDE);
    const info = { width: SIDE, height: SIDE, nodata: 0, limits: [0, 9] };
    this.editor.open({ info, annotation, prediction: null, history: new History(annotation, SIDE, SIDE), contrast: {} });
    this.editor.choose({ tool, size: 3 });
    this.tool = TOOLS[tool].make(this.editor);
  }
  down(x, y, value = this.editor.classId) {
    this.tool.down({ x, y }, value);
    return this;
  }
  move(...points) {
    this.tool.move(points.map(([x, y]) => ({ x, y })));
    return this;
  }
  up() {
    this.tool.up();
    return this;
  }
  cancel() {
    this.tool.cancel();
    return this;
  }
  expectPainted(count) {
    const painted = this.editor.tile.annotation.reduce((sum, value) => sum + (value > 0), 0);
    assert.equal(painted, count);
    return this;
  }
  expectSteps(count) {
    assert.equal(this.editor.tile.history.position, count);
    return this;
  }
}

test("a stroke is one step, however many points it has", () => {
  const gestures = new Gestures("brush");
  gestures.down(5.5, 5.5).move([10.5, 5.5], [15.5, 5.5]).move([20.5, 5.5]).up().expectSteps(1).expectPainted(54);
  assert.equal(gestures.told.filter(([topic]) => topic === "gesture").length, 1);
  gestures.editor.undo();
  gestures.expectPainted(0);
  gestures.editor.redo();
  gestures.expectPainted(54);
});

test("escape abandons a stroke at no cost", () => {
  new Gestures("brush").down(5, 5).move([20, 20]).cancel().expectPainted(0).expectSteps(0).move([30, 30]).expectPainted(0);
});

test("the eraser paints background whatever class is chosen", () => {
  const gestures = new Gestures("eraser");
  gestures.editor.tile.annotation.fill(2);
  gestures.down(5.5, 5.5, 7).up().expectPainted(SIDE * SIDE - 9);
});

test("the lasso fills when it is let go, and not before", () => {
  const gestures = new Gestures("lasso").down(5, 5).move([15, 5], [15, 15], [5, 15]);
  assert.equal(gestures.tool.outline().length, 4);
  gestures.expectPainted(0).up().expectPainted(100).expectSteps(1);
  assert.equal(gestures.tool.outline().length, 0);
});

test("the fill takes a closed area and refuses the open sea, saying why", () => {
  const gestures = new Gestures("fill");
  gestures.down(5, 5).up().expectPainted(0).expectSteps(0);
  assert.match(gestures.told.find(([topic]) => topic === "message")[1].text, /open to the tile's edge/);
  const { annotation } = gestures.editor.tile;
  for (let i = 10; i < 20; i += 1) for (const j of [10, 19]) annotation[i * SIDE + j] = annotation[j * SIDE + i] = 1;
  gestures.expectPainted(36).down(15, 15).up().expectPainted(100).expectSteps(1);
  gestures.down(10, 10, 4).up();
  assert.equal(annotation[10 * SIDE + 10], 4);
});

test("painting on the prediction shows the annotation again", () => {
  const gestures = new Gestures("brush");
  gestures.editor.tile.prediction = new Uint8Array(SIDE * SIDE);
  gestures.editor.choose({ layer: "prediction" });
  gestures.down(5, 5).up();
  assert.equal(gestures.editor.layer, "annotation");
});

test("the brush stays between 1 and 200 px; difference is skipped where nothing was predicted", () => {
  const { editor } = new Gestures("brush");
  editor.choose({ size: 0 });
  assert.equal(editor.size, 1);
  editor.choose({ size: 999 });
  assert.equal(editor.size, 200);
  editor.cycleOverlay();
  assert.equal(editor.overlay, "outline");
  editor.cycleOverlay();
  assert.equal(editor.overlay, "fill");
});
