import assert from "node:assert/strict";
import { test } from "node:test";

import {
  nearestSite,
  predictedClasses,
  slickWindow,
  suggestClasses,
} from "../../../seep/ui/components/canvas/frontend/class_suggestions.js";
import { ClassSuggestionController } from "../../../seep/ui/components/canvas/frontend/controllers/class_suggestions.js";
import { SelectedSlick } from "../../../seep/ui/components/canvas/frontend/controllers/selected_slick.js";
import { bindings } from "../../../seep/ui/components/canvas/frontend/keys.js";
import { Driver } from "./driver.js";

const CLASSES = [0, 1, 2, 3, 4].map((id) => ({ id, name: `c${id}`, color: "#000000", key: String(id) }));
const SIDE = 40;
/** A slick of 4 x 2 px whose upper left corner is (10, 10). */
const SLICK = { rect: { x: 10, y: 10, width: 4, height: 2 }, bits: new Uint8Array(8).fill(1) };
const site = (number, x, classes) => ({ number, tile_x: x, tile_y: 11, classes });
const NOTHING = { radius_px: 0, sites: [], tiles: [] };

/** A prediction with class 3 on six pixels of the slick, and class 1 on one. */
function prediction() {
  const mask = new Uint8Array(SIDE * SIDE);
  for (const row of [10, 11]) mask.fill(3, row * SIDE + 10, row * SIDE + 13);
  mask[10 * SIDE + 13] = 1;
  return mask;
}

test("a slick belongs to the nearest site within the radius of its pixels", () => {
  const sites = [site(1, 25, [[1, 1]]), site(2, 18, [[2, 1]])];
  assert.equal(nearestSite(SLICK, sites, 12).site.number, 2);
  assert.equal(nearestSite(SLICK, sites, 4), null);
  assert.equal(nearestSite(SLICK, sites).distancePx.toFixed(2), "4.53");
});

test("predicted classes are counted inside of the slick only", () => {
  const mask = prediction();
  mask.fill(4, 0, 9 * SIDE);
  assert.deepEqual(predictedClasses(SLICK, mask, SIDE), [
    [3, 0.75],
    [1, 0.125],
  ]);
  assert.deepEqual(predictedClasses(SLICK, null, SIDE), []);
});

test("other passes come first, then the prediction, then the workspace; each class once and three at most", () => {
  const history = {
    radius_px: 20,
    sites: [
      site(7, 18, [
        [2, 3],
        [3, 1],
      ]),
    ],
    tiles: [
      [4, 9],
      [1, 5],
    ],
  };
  assert.deepEqual(suggestClasses(SLICK, history, prediction(), SIDE, CLASSES), [
    { classId: 2, source: "3 of 4 other slicks at site 7" },
    { classId: 3, source: "1 of 4 other slicks at site 7" },
    { classId: 1, source: "predicted for 13 % of its pixels" },
  ]);
  const rest = suggestClasses(SLICK, { ...history, sites: [] }, prediction(), SIDE, CLASSES);
  assert.deepEqual(
    rest.map((one) => one.classId),
    [3, 1, 4],
  );
  assert.equal(rest[2].source, "in 9 reviewed tiles");
});

test("classes that the workspace does not have are left out, and one class needs no suggestion", () => {
  const history = {
    ...NOTHING,
    tiles: [
      [9, 5],
      [255, 4],
      [1, 1],
    ],
  };
  assert.deepEqual(
    suggestClasses(SLICK, history, null, SIDE, CLASSES).map((one) => one.classId),
    [1],
  );
  assert.deepEqual(suggestClasses(SLICK, history, null, SIDE, CLASSES.slice(0, 2)), []);
});

test("the model's classes come with their probability, after the most frequent class of the site", () => {
  const told = [
    [3, 0.6],
    [4, 0.3],
    [1, 0.06],
  ];
  const plain = suggestClasses(SLICK, { ...NOTHING, tiles: [[2, 9]] }, prediction(), SIDE, CLASSES, told);
  assert.deepEqual(
    plain,
    told.map(([classId, probability]) => ({ classId, source: "", probability })),
  );
  const history = {
    radius_px: 20,
    sites: [
      site(7, 18, [
        [2, 3],
        [4, 1],
      ]),
    ],
    tiles: [],
  };
  assert.deepEqual(suggestClasses(SLICK, history, null, SIDE, CLASSES, told), [
    { classId: 2, source: "3 of 4 other slicks at site 7" },
    { classId: 3, source: "", probability: 0.6 },
    { classId: 4, source: "1 of 4 other slicks at site 7", probability: 0.3 },
  ]);
});

test("the server gets the slick, the other slicks and 96 px around it, on its grid of 4 px", () => {
  const side = 300;
  const annotation = new Uint8Array(side * side);
  for (const row of [150, 151]) annotation.fill(1, row * side + 150, row * side + 154);
  annotation[150 * side + 160] = 3;
  annotation[150 * side + 162] = 255;
  const slick = { rect: { x: 150, y: 150, width: 4, height: 2 }, bits: new Uint8Array(8).fill(1) };
  const { pixels, ...window } = slickWindow(slick, annotation, side, side);
  assert.deepEqual(window, { x: 52, y: 52, width: 200, height: 196 });
  const at = (x, y) => pixels[(y - window.y) * window.width + x - window.x];
  assert.deepEqual([at(149, 150), at(150, 150), at(153, 151), at(160, 150), at(162, 150)], [0, 1, 1, 2, 0]);
  assert.equal(pixels.length, 200 * 196);
  const edge = slickWindow(
    { rect: { x: 1, y: 2, width: 1, height: 1 }, bits: new Uint8Array([1]) },
    annotation,
    side,
    10,
  );
  assert.deepEqual([edge.x, edge.y, edge.width, edge.height], [0, 0, 100, 10]);
});

/** A controller over a tile with one slick of class 1, whose site had class 2 in other passes. */
function setUp(classes = CLASSES) {
  const driver = new Driver("select", { side: SIDE });
  driver.given((x, y) => x >= 10 && x < 14 && y >= 10 && y < 12);
  const { editor } = driver;
  Object.assign(editor.tile, { id: 5, author: "ada" });
  const seed = 10 * SIDE + 10;
  const slick = { classId: 1, areaPx: 8, x: 10, y: 10, width: 4, height: 2, seed };
  const asked = [];
  const api = {
    classHistory: async (id) => (
      asked.push(id), { radius_px: 20, sites: [site(7, 18, [[2, 3]])], tiles: [] }
    ),
  };
  const slicks = {
    found: [slick],
    setClass: ({ sure: _, ...one }, value) => editor.runEdit({ what: "give", slick: one, value }),
  };
  const shown = [];
  const waiting = [];
  const parts = {
    slicks: { current: () => null },
    suggestions: { show: (found, _classes, _denial, busy) => (shown.push(found), waiting.push(busy)) },
  };
  const review = { editor, parts, slicks, data: { classes, denials: {} }, shared: { library: { api } } };
  review.selected = new SelectedSlick(review);
  editor.selection = new Set([seed]);
  return { driver, editor, asked, shown, waiting, review, controller: new ClassSuggestionController(review) };
}

test("the first suggestion is taken as one undo step, after the history is loaded once", async () => {
  const { controller, driver, editor, asked, shown } = setUp();
  controller.show();
  await controller.take();
  assert.deepEqual(asked, [5]);
  assert.equal(shown.at(-1)?.suggestions[0].classId, 2);
  driver.expectMask((x, y) => (x >= 10 && x < 14 && y >= 10 && y < 12 ? 2 : 0)).expectSteps(1);
  editor.undo();
  driver.expectMask((x, y) => x >= 10 && x < 14 && y >= 10 && y < 12);
});

test("without a slick, or with one class, nothing changes and the reason is told", async () => {
  const { controller, editor, driver } = setUp();
  editor.selection = new Set();
  await controller.take();
  assert.equal(driver.told.at(-1)[1].kind, "no-slick-highlighted");
  const single = setUp(CLASSES.slice(0, 2));
  await single.controller.take();
  assert.equal(single.driver.told.at(-1)[1].kind, "one-class");
  assert.deepEqual([...driver.mask], [...single.driver.mask]);
  single.driver.expectSteps(0);
});

/** The controller of `setUp` on a predicted tile; `answer` is called with each window that is sent. */
function setUpModel(answer) {
  const made = setUp();
  Object.assign(made.editor.tile.info, { prediction: { id: 1 } });
  const sent = [];
  Object.assign(made.review.shared.library.api, {
    classHistory: async () => NOTHING,
    slickClasses: (id, author, window, signal) => (
      sent.push({ id, author, window, signal }), answer(window, signal)
    ),
  });
  return { ...made, sent };
}

/** Wait until pending promises are done. */
const pause = () => new Promise((done) => setTimeout(done, 5));

test("the classes of the model are shown once they are there, and one key takes the first as one undo step", async () => {
  const { controller, driver, shown, waiting, sent } = setUpModel(async () => [
    [3, 0.7],
    [1, 0.2],
    [2, 0.1],
  ]);
  controller.show();
  assert.deepEqual([shown.at(-1), waiting.at(-1)], [null, true]);
  await controller.take();
  driver.expectMask((x, y) => (x >= 10 && x < 14 && y >= 10 && y < 12 ? 3 : 0)).expectSteps(1);
  assert.deepEqual(
    [sent[0].id, sent[0].author, sent[0].window.pixels.filter((one) => one === 1).length],
    [5, "ada", 8],
  );
  const { suggestions } = shown.findLast(Boolean);
  assert.deepEqual(
    suggestions.map((one) => [one.classId, one.probability]),
    [
      [3, 0.7],
      [1, 0.2],
      [2, 0.1],
    ],
  );
});

test("the same outline is asked once, another one again", async () => {
  const { controller, review, editor, sent } = setUpModel(async () => [[3, 0.7]]);
  controller.show();
  await pause();
  const [slick] = review.slicks.found;
  review.slicks.found = [{ ...slick }]; // counted again
  controller.show();
  assert.equal(sent.length, 1);
  assert.equal(controller.waiting, false);
  editor.tile.annotation.fill(1, 12 * SIDE + 10, 12 * SIDE + 14);
  review.slicks.found = [{ ...slick, areaPx: 12, height: 3 }];
  controller.show();
  assert.equal(sent.length, 2);
  assert.equal(controller.waiting, true);
});

test("a request that fails leaves what else is known, and the next outline is asked again", async () => {
  const { controller, review, editor, shown, sent, driver } = setUpModel(async () =>
    Promise.reject(new Error("The server responded with status 500.")),
  );
  editor.tile.prediction = prediction();
  controller.show();
  await pause();
  assert.deepEqual(
    shown.at(-1).suggestions.map((one) => one.classId),
    [3, 1],
  );
  editor.tile.annotation.fill(1, 12 * SIDE + 10, 12 * SIDE + 14);
  review.slicks.found = [{ ...review.slicks.found[0], areaPx: 12, height: 3 }];
  controller.show();
  assert.equal(sent.length, 2);
  assert.deepEqual(
    driver.told.filter(([topic]) => topic === "message"),
    [],
  );
});

test("a slow request does not hold up another slick, and its late answer is not shown", async () => {
  const answers = [];
  const { controller, review, editor, shown, sent } = setUpModel(
    () => new Promise((done) => answers.push(done)),
  );
  controller.show();
  editor.tile.annotation.fill(1, 12 * SIDE + 10, 12 * SIDE + 14);
  review.slicks.found = [{ ...review.slicks.found[0], areaPx: 12, height: 3 }];
  controller.show();
  assert.deepEqual(
    sent.map((one) => one.signal.aborted),
    [true, false],
  );
  answers[1]([[4, 0.9]]);
  await pause();
  answers[0]([[2, 0.9]]);
  await pause();
  assert.deepEqual(shown.at(-1).suggestions, [{ classId: 4, source: "", probability: 0.9 }]);
  controller.destroy();
});

test("a tile for which the model predicts no classes is asked once, and one without a prediction never", async () => {
  const { controller, review, editor, sent, shown } = setUpModel(async () => []);
  editor.tile.prediction = prediction();
  for (const rows of [2, 3]) {
    editor.tile.annotation.fill(1, (9 + rows) * SIDE + 10, (9 + rows) * SIDE + 14);
    review.slicks.found = [{ ...review.slicks.found[0], areaPx: 4 * rows, height: rows }];
    controller.show();
    await pause();
  }
  assert.equal(sent.length, 1);
  assert.deepEqual(
    shown.at(-1).suggestions.map((one) => one.classId),
    [3, 1],
  );
  const other = setUpModel(async () => [[3, 0.7]]);
  other.editor.tile.info.prediction = null;
  other.controller.show();
  await pause();
  assert.equal(other.sent.length, 0);
});

test("the pixels of the selected slick are found once per count of the slicks", () => {
  const { review, editor } = setUp();
  const { selected, slicks } = review;
  const { slick, cells } = selected.current;
  assert.equal(slick, slicks.found[0]);
  assert.deepEqual(cells, SLICK);
  assert.equal(selected.current, selected.current);
  editor.tile.annotation.fill(1, 12 * SIDE + 10, 12 * SIDE + 14);
  slicks.found = [{ ...slick, areaPx: 12, height: 3 }];
  assert.equal(selected.current.cells.rect.height, 3);
  editor.tile.annotation[slick.seed] = 0;
  assert.equal(selected.current, null, "painted over, not counted again yet");
  editor.selection = new Set();
  assert.equal(selected.slick, null);
});

test("no key of a class is taken by the suggestion", () => {
  assert.equal(bindings({}, []).get("shift+enter"), "suggestedClass");
});
