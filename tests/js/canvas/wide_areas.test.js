import assert from "node:assert/strict";
import { test } from "node:test";
import { WideAreaController } from "../../../seep/ui/components/canvas/frontend/controllers/wide_areas.js";
import { History } from "../../../seep/ui/components/canvas/frontend/history.js";
import { UNSURE } from "../../../seep/ui/components/canvas/frontend/types.js";
import {
  answerWide,
  componentOf,
  holds,
  keyOf,
  slicksAt,
  statusOf,
} from "../../../seep/ui/components/canvas/frontend/wide_areas.js";
import { applyEdit } from "../../../seep/ui/components/canvas/frontend/worker/edits.js";
import { setStates } from "../../../seep/ui/components/shared/states.js";
import { STATES } from "../shared/examples.js";

setStates(STATES);

const [WIDTH, HEIGHT] = [10, 6];
const nothing = () => {};

/** A wide slick of two classes at columns 1 to 6, and a narrow one at column 9; rows 1 to 4. */
function predicted() {
  const prediction = new Uint8Array(WIDTH * HEIGHT);
  for (let row = 1; row <= 4; row += 1) {
    prediction.fill(1, row * WIDTH + 1, row * WIDTH + 4);
    prediction.fill(2, row * WIDTH + 4, row * WIDTH + 7);
    prediction[row * WIDTH + 9] = 1;
  }
  return prediction;
}

/** @param {number} from @param {number} to columns of rows 1 to 4 */
const box = (from, to) => [1, 2, 3, 4].flatMap((row) => [row, from, to]);

const SEED = WIDTH + 1;
const SLICK = { runs: box(1, 7), seeds: [SEED] };
/** A dark area over the narrow slick and background beside it. */
const DARK = { runs: box(7, 10), seeds: [] };
const image = { width: WIDTH, height: HEIGHT };
const jobOf = (...areas) => ({ what: "wide", prediction: predicted(), areas, keep: true, classId: 3 });
const rowOf = (mask, row = 2) => [...mask.subarray(row * WIDTH, (row + 1) * WIDTH)];

test("the pixels of an area are its runs, and a predicted slick is found by its pixel", () => {
  const { x, y, width, height, areaPx } = componentOf(SLICK.runs);
  assert.deepEqual([x, y, width, height, areaPx], [1, 1, 6, 4, 24]);
  const [slick, none] = slicksAt(predicted(), [SEED, 0], WIDTH, HEIGHT);
  assert.deepEqual([slick.x, slick.areaPx, none], [1, 24, undefined]);
  assert.ok(holds(slick, 4 * WIDTH + 6, WIDTH));
  assert.ok(!holds(slick, 4 * WIDTH + 9, WIDTH));
});

test("remove takes out what was predicted, keep brings it back, and what was painted stays", () => {
  const mask = predicted();
  mask[2 * WIDTH + 2] = 5;
  answerWide(mask, image, { ...jobOf(SLICK), keep: false }, nothing);
  assert.deepEqual(rowOf(mask), [0, 0, 5, 0, 0, 0, 0, 0, 0, 1]);
  answerWide(mask, image, jobOf(SLICK), nothing);
  assert.deepEqual(rowOf(mask), [0, 1, 5, 1, 2, 2, 2, 0, 0, 1]);
});

test("keep fills a dark area with the chosen class, and remove leaves narrow slicks in it", () => {
  const mask = predicted();
  mask[2 * WIDTH + 8] = 4;
  assert.deepEqual(answerWide(mask, image, jobOf(DARK), nothing), { [WIDTH + 7]: 3 });
  assert.deepEqual(rowOf(mask).slice(7), [3, 4, 1]);
  assert.deepEqual(rowOf(mask, 1).slice(7), [3, 3, 1]);
  const again = answerWide(mask, image, { ...jobOf({ ...DARK, was: 3 }), classId: 6 }, nothing);
  assert.deepEqual([rowOf(mask).slice(7), again], [[6, 4, 1], { [WIDTH + 7]: 6 }], "another class");
  assert.deepEqual(answerWide(mask, image, { ...jobOf({ ...DARK, was: 6 }), keep: false }, nothing), {
    [WIDTH + 7]: 0,
  });
  assert.deepEqual(rowOf(mask), [0, 1, 1, 1, 2, 2, 2, 0, 4, 1], "own strokes and slicks stay");
});

test("an area is open until it is answered, by key or by hand", () => {
  const prediction = predicted();
  const status = (mask, area, was) => statusOf(mask, prediction, { ...area, was }, WIDTH);
  const kept = prediction.slice();
  answerWide(kept, image, jobOf(DARK), nothing);
  assert.deepEqual([status(prediction, SLICK), status(prediction, DARK)], ["open", "open"]);
  assert.deepEqual(
    [status(prediction, SLICK, 3), status(prediction, DARK, 0), status(kept, DARK, 3)],
    ["kept", "removed", "kept"],
  );
  assert.equal(status(kept, DARK), "kept", "painted by hand");
  const empty = new Uint8Array(WIDTH * HEIGHT);
  assert.deepEqual(
    [status(empty, SLICK), status(empty, DARK), status(empty, SLICK, 3)],
    ["removed", "open", "removed"],
  );
});

test("an answer is one step of undo, also where no pixel changes", () => {
  const history = new History(predicted(), WIDTH, HEIGHT);
  const take = (job) => {
    const { mask, edit } = applyEdit(history.mask.slice(), image, job);
    history.begin();
    return history.take(edit, mask);
  };
  assert.ok(take({ ...jobOf(DARK), keep: false }), "something is drawn again");
  assert.deepEqual(
    [history.answers, [...history.mask]],
    [{ [keyOf(DARK.runs, WIDTH)]: 0 }, [...predicted()]],
  );
  take(jobOf(SLICK, DARK));
  assert.deepEqual(history.answers, { [SEED]: 3, [WIDTH + 7]: 3 });
  assert.ok(history.undo());
  assert.deepEqual([history.answers, [...history.mask]], [{ [WIDTH + 7]: 0 }, [...predicted()]]);
  assert.ok(history.undo(), "the question is back");
  assert.deepEqual([history.answers, history.position], [{}, 0]);
  history.redo();
  assert.deepEqual(history.answers, { [WIDTH + 7]: 0 });
});

globalThis.Path2D ??= class {
  lineTo() {}
  moveTo() {}
  closePath() {}
};

/** A review whose tile has one dark area; `jobs` are the edits, `messages` the hints. @param {number} classId selected */
function reviewOf(classId) {
  const done = { jobs: [], messages: [] };
  const prediction = predicted();
  const wide_areas = [{ ...DARK, area_px: 12, radius_px: 30 }];
  const info = { ...image, state: "unreviewed", split: "train", prediction: { id: 1, wide_areas } };
  const tile = { info, prediction, annotation: prediction.slice(), history: { answers: {} } };
  const editor = {
    tile,
    classId,
    emit: (_topic, { kind, text }) => done.messages.push([kind, text]),
    runEdit: (job, then) => (done.jobs.push(job), answerWide(tile.annotation, image, job, nothing), then()),
  };
  const classes = [0, 1, 2].map((id) => ({
    id,
    name: id ? `Seep class ${id}` : "No seep",
    color: "#123456",
    key: `${id}`,
  }));
  const slicks = { ignored: new Map(), tellIgnored: () => done.messages.push(["wide-slick-ignored", ""]) };
  const data = { classes, denials: {}, ignored_radius_px: 12 };
  const review = { editor, data, slicks, parts: { wide: { show() {} } }, viewport: { redraw() {} } };
  return { areas: new WideAreaController(review), tile, done };
}

test("keep paints the selected class, Unsure included", () => {
  for (const [classId, hints] of [
    [2, ["wide-slick-ignored"]],
    [UNSURE, []],
  ]) {
    const { areas, tile, done } = reviewOf(classId);
    assert.equal(areas.keptClass.id, classId);
    areas.answer(true);
    assert.deepEqual(rowOf(tile.annotation).slice(7), [classId, classId, 1]);
    assert.deepEqual(
      done.messages.map(([kind]) => kind),
      hints,
      "unsure pixels are no slick",
    );
  }
});

test("keep with background selected changes nothing and asks for a class, and remove still works", () => {
  const { areas, tile, done } = reviewOf(0);
  areas.answer(true);
  assert.deepEqual([done.jobs.length, [...tile.annotation]], [0, [...predicted()]]);
  assert.deepEqual(done.messages, [
    ["no-kept-class", "Select a seep class or Unsure to keep wide dark areas."],
  ]);
  areas.answer(false);
  assert.equal(done.jobs.length, 1);
});
