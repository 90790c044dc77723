import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyboardCursor } from "../../../seep/ui/components/canvas/frontend/cursor.js";
import { Driver } from "./driver.js";

/** A driver whose keys go to the keyboard cursor first; `heard` is what a screen reader was told. */
function keyboard(tool, of) {
  const driver = new Driver(tool, of);
  const heard = [];
  const speech = { say: (text) => heard.push(text), describe: ({ x, y }) => `${x} ${y}` };
  const cursor = new KeyboardCursor(driver.pointer, driver.editor, speech, () => {});
  cursor.toggle();
  cursor.put({ x: 10, y: 10 });
  const keys = (...names) => {
    for (const name of names) assert.ok(cursor.key(name), name);
    return driver;
  };
  return { driver, cursor, heard, keys };
}

const times = (count, name) => Array(count).fill(name);
const within = (x0, y0, x1, y1) => (x, y) => x >= x0 && x < x1 && y >= y0 && y < y1;

test("a stroke lasts from one Space to the next and is one step", () => {
  const { driver, keys } = keyboard("brush", { size: 1 });
  keys("space", ...times(5, "right"), ...times(3, "down"), "space");
  driver.expectMask((x, y) => within(10, 10, 16, 11)(x, y) || within(15, 10, 16, 14)(x, y)).expectSteps(1);
});

test("Shift moves by 10 px, and the cursor stays on the tile", () => {
  const { cursor, keys } = keyboard("brush");
  keys("shift+right", "shift+down", "down");
  assert.deepEqual(cursor.at, { x: 20.5, y: 21.5 });
  keys(...times(9, "shift+right"), ...times(9, "shift+up"));
  assert.deepEqual(cursor.at, { x: 39.5, y: 0.5 });
});

test("the pointer cannot disturb a stroke of the keyboard, and Escape cancels it", () => {
  const { driver, keys } = keyboard("brush", { size: 1 });
  keys("space", "right");
  driver.down(30, 30).move([35, 35]).up().expectPainted(2).escape().expectPainted(0).expectSteps(0);
});

test("the eraser and the background class erase", () => {
  for (const [tool, classId] of [
    ["eraser", 1],
    ["brush", 0],
  ]) {
    const { driver, keys } = keyboard(tool, { size: 1 });
    driver.given(() => true).editor.choose({ classId });
    keys("space", "right", "space");
    driver.expectMask((x, y) => !within(10, 10, 12, 11)(x, y));
  }
});

test("a lasso is drawn around an area", () => {
  const { driver, keys } = keyboard("lasso");
  keys("space", "shift+right", "shift+down", "shift+left", "space");
  driver.expectMask(within(10, 10, 20, 20)).expectSteps(1);
});

test("a polygon gets a corner per Space; Enter closes it, and a corner can be moved", () => {
  const { driver, keys } = keyboard("polygon");
  keys("space", "shift+right", "space", "shift+down", "space", "shift+left", "space");
  keys("space", "down", "down", "space"); // take hold of the last corner
  assert.deepEqual(driver.tool.sketch().nodes.at(-1), { x: 10.5, y: 22.5, held: false });
  keys("space", "up", "up", "space", "enter");
  driver.expectMask(within(10, 10, 20, 20)).expectSteps(1);
});

test("Enter is a click where the tool has nothing to apply; the fill needs one", () => {
  const { driver, keys } = keyboard("fill");
  driver.given((x, y) => within(5, 5, 20, 20)(x, y) && !within(6, 6, 19, 19)(x, y));
  keys("enter");
  driver.expectMask(within(5, 5, 20, 20));
});

test("places are announced after a pause, gestures at once", async () => {
  const { heard, keys } = keyboard("brush");
  heard.length = 0;
  keys("right", "right", "down");
  assert.deepEqual(heard, []);
  await new Promise((done) => setTimeout(done, 300));
  assert.deepEqual(heard, ["12.5 11.5"]);
  keys("space");
  assert.match(heard.at(-1), /^Pressed/);
});

test("the view follows the cursor", () => {
  const { cursor, driver, keys } = keyboard("brush");
  driver.editor.tile.view = { scale: 4, x: 0, y: 0 };
  driver.pointer.canvas.clientWidth = driver.pointer.canvas.clientHeight = 120;
  keys("shift+right", "shift+right", "shift+down", "shift+down");
  const { x, y, scale } = driver.editor.tile.view;
  assert.ok(cursor.at.x * scale + x <= 120 && cursor.at.y * scale + y <= 120);
});

test("other keys are left alone, and all of them while the cursor is off", () => {
  const { cursor, keys } = keyboard("brush");
  assert.ok(!cursor.key("ctrl+space") && !cursor.key("ctrl+shift+left") && !cursor.key("b"));
  keys("space");
  cursor.stop();
  assert.equal(cursor.at, null);
  assert.ok(!cursor.key("left") && !cursor.key("space"));
});
