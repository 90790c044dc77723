import assert from "node:assert/strict";
import { test } from "node:test";
import { Driver, RIGHT } from "./driver.js";

const within = (x0, y0, x1, y1) => (x, y) => x >= x0 && x < x1 && y >= y0 && y < y1;
const frame = (x0, y0, x1, y1) => (x, y) =>
  within(x0, y0, x1, y1)(x, y) && !within(x0 + 1, y0 + 1, x1 - 1, y1 - 1)(x, y);

/** Raw values of a tile, `value(x, y)`. */
function raw(value, side = 40, Kind = Uint16Array) {
  return Kind.from({ length: side * side }, (_, i) => value(i % side, Math.floor(i / side)));
}

// -- polygon ------------------------------------------------------------------------------------------------

test("a polygon is closed by Enter, by a double click, and by its first corner", () => {
  const corners = () => new Driver("polygon").click(10, 10).click(30, 10).click(30, 20);
  corners()
    .click(10, 20)
    .expectPainted(0)
    .key("commit")
    .expectMask(within(10, 10, 30, 20))
    .expectSteps(1);
  corners()
    .click(10, 20)
    .click(10, 20)
    .expectMask(within(10, 10, 30, 20))
    .expectSteps(1);
  corners()
    .click(10, 20, { wait: 900 })
    .click(10, 10, { wait: 900 })
    .expectMask(within(10, 10, 30, 20))
    .expectSteps(1);
});

test("a corner can be dragged, and taken back with Backspace or undo", () => {
  const driver = new Driver("polygon").click(10, 10).click(30, 10).click(30, 20).click(10, 20);
  driver.down(30, 20).move([35, 25], [30, 30]).up().down(10, 20).move([10, 30]).up();
  driver.click(2, 2).key("back").click(3, 35).key("undo").key("commit");
  driver.expectMask(within(10, 10, 30, 30)).expectSteps(1);
});

test("Escape leaves nothing of a polygon, and the next one starts anew", () => {
  const driver = new Driver("polygon").click(10, 10).click(30, 10).click(30, 20);
  assert.equal(driver.tool.busy(), true);
  driver.escape();
  assert.equal(driver.tool.busy(), false);
  assert.deepEqual(driver.tool.sketch(), { lines: [], nodes: [], cells: null });
  driver.key("commit").expectPainted(0).expectSteps(0);
  driver.click(0, 0).click(40, 0).key("commit").expectMessage().click(40, 40).key("commit");
  driver.expectMask((x, y) => x >= y).expectSteps(1); // centers on a left side belong to the polygon
});

test("a polygon with corners on the last pixels reaches the edge of the tile", () => {
  const driver = new Driver("polygon").click(20, 0.5).click(39.5, 0.5).click(39.5, 39.5).click(20, 39.5);
  driver
    .key("commit")
    .expectMask((x) => x >= 20)
    .expectSteps(1);
});

test("a polygon without a pixel keeps its corners and says so", () => {
  const driver = new Driver("polygon").click(10.1, 10.1).click(10.4, 30).click(10.45, 20);
  driver
    .key("commit")
    .expectMessage(/no pixel center/)
    .expectSteps(0);
  assert.equal(driver.tool.busy(), true);
  driver.down(10.45, 20).move([20, 20]).up().key("commit").expectSteps(1);
  assert.equal(driver.tool.busy(), false);
});

test("a polygon of one corner stays open", () => {
  const driver = new Driver("polygon")
    .click(10, 10)
    .key("commit")
    .expectMessage(/three corners/);
  assert.equal(driver.tool.busy(), true);
});

test("a polygon begun with the right button erases; with Shift it recolors what is painted", () => {
  const driver = new Driver("polygon").given(within(0, 0, 20, 40));
  driver.click(10, 10, RIGHT).click(30, 10).click(30, 20).click(10, 20).key("commit");
  driver.expectMask((x, y) => within(0, 0, 20, 40)(x, y) && !within(10, 10, 20, 20)(x, y));
  driver.editor.choose({ classId: 255 });
  driver.click(0, 30, { shiftKey: true }).click(40, 30).click(40, 40).click(0, 40).key("commit");
  driver.expectMask((x, y) =>
    within(0, 30, 20, 40)(x, y) ? 255 : within(0, 0, 20, 40)(x, y) && !within(10, 10, 20, 20)(x, y),
  );
});

test("the line to the pointer is shown, and the one that would close the polygon is dashed", () => {
  const driver = new Driver("polygon").click(10, 10).click(30, 10).hover(30, 20);
  const { lines, nodes } = driver.tool.sketch();
  assert.deepEqual(lines[0].points.at(-1), { x: 30, y: 20 });
  assert.equal(lines[1].dashed, true);
  assert.equal(nodes.length, 2);
});

test("an option is kept within its range", () => {
  const driver = new Driver("wand")
    .option("limit_percent", 500)
    .option("sigmas", 0.12345)
    .option("measure", "nonsense");
  assert.deepEqual(
    [driver.editor.options.wand.limit_percent, driver.editor.options.wand.sigmas],
    [100, 0.12],
  );
  assert.equal(driver.editor.options.wand.measure, "sigmas");
  assert.throws(() => driver.option("gone", 1), /The tool wand has no option gone/);
});

// -- fill ---------------------------------------------------------------------------------------------------

test("a fill passes gaps that are wider than those it closes, and no others", () => {
  for (const gap of [1, 2, 5, 8]) {
    const open = (x, y) => x === 10 && y >= 15 && y < 15 + gap;
    const outline = (x, y) => frame(10, 10, 34, 34)(x, y) && !open(x, y);
    new Driver("fill")
      .given(outline)
      .option("gap_px", gap - 1)
      .click(22, 22)
      .expectSteps(0)
      .expectMessage();
    const driver = new Driver("fill").given(outline).option("gap_px", gap).click(22, 22).expectSteps(1);
    driver.expectMask((x, y) => outline(x, y) || within(11, 11, 33, 33)(x, y)); // and the gap stays open
  }
});

test("a fill reaches the nooks of a closed area, whatever gaps it closes", () => {
  const walls = (x, y) =>
    frame(5, 5, 35, 35)(x, y) || (x === 20 && y < 30 && y >= 5) || (y === 20 && x > 5 && x < 18);
  const inside = (x, y) => within(5, 5, 35, 35)(x, y);
  new Driver("fill").given(walls).option("gap_px", 0).click(10, 10).expectMask(inside);
  const room = (x, y) => walls(x, y) || within(6, 6, 20, 20)(x, y);
  const driver = new Driver("fill").given(walls).option("gap_px", 3).click(10, 10);
  driver.expectMask((x, y) => room(x, y)); // the way of 2 px at the wall's end counts as closed
});

test("where nothing wide fits, a fill closes what gaps it can", () => {
  const tube = (x, y) => frame(10, 10, 30, 14)(x, y);
  new Driver("fill")
    .given(tube)
    .option("gap_px", 15)
    .click(20, 12)
    .expectMask(within(10, 10, 30, 14));
});

test("a fill at the edge of the tile leaks, but a slick there is recolored", () => {
  const driver = new Driver("fill")
    .given((x) => x === 10)
    .click(5, 5)
    .expectMessage();
  driver.editor.choose({ classId: 2 });
  driver
    .click(10, 0)
    .expectMask((x) => (x === 10 ? 2 : 0))
    .undo()
    .expectMask((x) => x === 10);
});

// -- wand ---------------------------------------------------------------------------------------------------

const twoPatches = (x, y) =>
  within(5, 5, 15, 15)(x, y) || within(25, 25, 30, 30)(x, y) ? 40 : 100 + ((x + y) % 2);

/** A wand on raw values as they are. */
function wand(pixels, options = {}, of = {}) {
  const driver = new Driver("wand", { pixels, ...of });
  const all = {
    measure: "raw",
    raw: 10,
    smoothing_px: 1,
    connected: "connected",
    limit_percent: 100,
    ...options,
  };
  for (const [name, value] of Object.entries(all)) driver.option(name, value);
  return driver;
}

test("the wand paints the connected region of like raw value; all alike on demand", () => {
  wand(raw(twoPatches))
    .click(8, 8)
    .expectMask(within(5, 5, 15, 15))
    .expectSteps(1)
    .undo()
    .expectPainted(0);
  wand(raw(twoPatches), { connected: "all" }).click(8, 8).expectPainted(125);
  wand(raw(twoPatches))
    .given(within(0, 0, 9, 9))
    .click(8, 8, RIGHT)
    .expectPainted(81 - 16);
});

test("the wand never paints nodata, and says so where there is none to start from", () => {
  for (const [Kind, empty] of [
    [Uint16Array, 0],
    [Float32Array, Number.NaN],
    [Int16Array, -9999],
  ]) {
    const pixels = raw((x, y) => (x === y ? empty : 20), 40, Kind);
    const driver = wand(pixels, { raw: 5000, connected: "all" }, { nodata: empty });
    driver.click(3, 3).expectMessage().expectSteps(0);
    driver.click(3, 8).expectMask((x, y) => x !== y);
  }
});

test("a drag changes the tolerance while the region is shown; Escape puts it back", () => {
  const ramp = raw((x) => 100 + 10 * x);
  const driver = wand(ramp, { raw: 10 }).down(20, 20);
  const width = () => driver.tool.sketch().cells.rect.width;
  assert.equal(width(), 3);
  driver.move([100, 20]); // 80 px: twice the tolerance
  assert.equal(driver.editor.options.wand.raw, 20);
  assert.equal(width(), 5);
  driver.expectPainted(0).escape().expectSteps(0).expectPainted(0);
  assert.equal(driver.editor.options.wand.raw, 10);
  driver
    .down(20, 20)
    .move([100, 20])
    .up()
    .expectMask((x) => x >= 18 && x <= 22);
});

test("the wand refuses a larger part of the tile than its limit, whatever the size of the tile", () => {
  const half = (side) => raw((x) => (x < side / 2 ? 50 : 500), side);
  for (const side of [40, 80]) {
    wand(half(side), { limit_percent: 40 }, { side })
      .click(9, 9)
      .expectMessage(/40 % of the tile/)
      .expectSteps(0);
    wand(half(side), { limit_percent: 50 }, { side })
      .click(9, 9)
      .expectPainted((side * side) / 2);
  }
  assert.equal(new Driver("wand").editor.options.wand.limit_percent, 10);
});

test("the wand keeps other classes, unless all classes are chosen, it erases, or Shift is held", () => {
  const other = within(5, 5, 9, 9);
  const mixed = (options = {}) => {
    const driver = wand(raw(twoPatches), options).given(other, 2);
    driver.editor.choose({ classId: 1 });
    return driver;
  };
  const patch = within(5, 5, 15, 15);
  mixed()
    .click(12, 12)
    .expectMask((x, y) => (other(x, y) ? 2 : patch(x, y)))
    .undo()
    .expectMask((x, y) => (other(x, y) ? 2 : 0));
  mixed({ over: "all" }).click(12, 12).expectMask(patch);
  mixed().click(12, 12, RIGHT).expectPainted(0);
  mixed().click(12, 12, { shiftKey: true }).expectMask(other);
});

test("tolerance in sigmas is measured on the tile; a mean of the surroundings sees through speckle", () => {
  const noise = (x, y) => ((x * 7919 + y * 104729) % 41) - 20;
  const pixels = raw((x, y) => (within(10, 10, 30, 30)(x, y) ? 300 : 1000) + 10 * noise(x, y));
  const driver = wand(pixels, { measure: "sigmas", sigmas: 1, smoothing_px: 5 }).click(20, 20);
  const found = driver.mask.reduce((sum, value) => sum + value, 0);
  assert.ok(found > 300 && found < 440, `${found} of 400 px`);
  driver.undo().option("smoothing_px", 1).option("sigmas", 0.1).click(20, 20);
  assert.ok(driver.mask.reduce((sum, value) => sum + value, 0) < 100);
});

// -- threshold brush ----------------------------------------------------------------------------------------

/** A threshold brush of 20 px on pixels as they are. */
function darkBrush(pixels, options = {}, of = {}) {
  const driver = new Driver("threshold", { pixels, size: 20, ...of });
  const all = { measure: "db", db: 3, window_px: 15, smoothing_px: 1, ...options };
  for (const [name, value] of Object.entries(all)) driver.option(name, value);
  return driver;
}

const line = (x, y) => y >= 19 && y < 22 && x >= 5 && x < 35;

test("the threshold brush paints what is darker than its background, and nothing else", () => {
  const driver = darkBrush(raw((x, y) => (line(x, y) ? 100 : 400))); // 12 dB
  driver
    .down(12, 20)
    .move([28, 20])
    .up()
    .expectMask((x, y) => line(x, y))
    .expectSteps(1)
    .undo()
    .expectPainted(0);
  // the ring around a pixel of the line holds 30 pixels of the line and 170 of the sea: 11.0 dB
  driver.option("db", 11.3).click(20, 20).expectPainted(0).option("db", 11).click(20, 20);
  driver.expectMask((x, y) => line(x, y) && x >= 10 && x < 30);
});

test("decibels are a ratio of powers, twice that of amplitudes, and a difference of values in dB", () => {
  const linear = darkBrush(
    raw((x, y) => (line(x, y) ? 100 : 400)),
    { db: 5.5 },
    { unit: "linear" },
  );
  linear.click(20, 20).expectMask((x, y) => line(x, y) && x >= 10 && x < 30);
  linear.undo().option("db", 5.7).click(20, 20).expectPainted(0);
  const inDb = raw((x, y) => (line(x, y) ? -23 : -18), 40, Float32Array);
  const driver = darkBrush(inDb, { db: 4.2 }, { unit: "db", nodata: null }).click(20, 20);
  driver.expectMask((x, y) => line(x, y) && x >= 10 && x < 30);
  driver.undo().option("db", 4.6).click(20, 20).expectPainted(0);
});

test("in sigmas, the spread is that of the surroundings; nodata counts nowhere and is never painted", () => {
  const speckled = (x, y) => 400 + ((x * 31 + y * 17) % 7) * 20 - 60;
  const pixels = raw((x, y) => (x === 20 ? 0 : line(x, y) ? 100 : speckled(x, y)));
  const driver = darkBrush(pixels, { measure: "sigma", sigmas: 2 }).click(20, 20);
  driver.expectMask((x, y) => line(x, y) && x !== 20 && x >= 10 && x < 30);
});

test("the right button erases all under the threshold brush; Escape leaves nothing", () => {
  const driver = darkBrush(raw(() => 400))
    .given(() => true)
    .click(20, 20, RIGHT);
  assert.equal(driver.mask[20 * 40 + 20], 0);
  const dark = darkBrush(raw((x, y) => (line(x, y) ? 100 : 400)));
  dark.down(12, 20).move([28, 20]).escape().expectPainted(0).expectSteps(0);
});

// -- all ----------------------------------------------------------------------------------------------------

test("every tool paints unsure, undoes and does again", () => {
  const pixels = raw((x, y) => (line(x, y) ? 100 : 400));
  const gestures = {
    brush: (driver) => driver.down(10, 10).move([20, 20]).up(),
    lasso: (driver) => driver.down(5, 5).move([15, 5], [15, 15]).up(),
    polygon: (driver) => driver.click(5, 5).click(15, 5).click(15, 15).key("commit"),
    fill: (driver) => driver.given(frame(5, 5, 15, 15)).click(8, 8),
    wand: (driver) => driver.click(20, 20),
    threshold: (driver) => driver.click(20, 20),
  };
  for (const [tool, gesture] of Object.entries(gestures)) {
    const driver = new Driver(tool, { pixels, size: 10 });
    driver.editor.choose({ classId: 255 });
    gesture(driver);
    const painted = driver.mask.slice();
    assert.ok(painted.includes(255), tool);
    driver.expectSteps(1).undo();
    assert.ok(!driver.mask.includes(255), tool);
    driver.redo();
    assert.deepEqual(driver.mask, painted, tool);
  }
});
