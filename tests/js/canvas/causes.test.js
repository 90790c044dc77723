import assert from "node:assert/strict";
import { test } from "node:test";
import { act } from "../../../seep/ui/components/canvas/frontend/actions.js";
import { holds, innerPixel } from "../../../seep/ui/components/canvas/frontend/causes.js";
import { CauseController } from "../../../seep/ui/components/canvas/frontend/controllers/causes.js";
import { bindings } from "../../../seep/ui/components/canvas/frontend/keys.js";

/** Pixels of a slick that is drawn with "#", its upper left corner at (10, 20). */
function cellsOf(...rows) {
  const rect = { x: 10, y: 20, width: rows[0].length, height: rows.length };
  return { rect, bits: Uint8Array.from([...rows.join("")].map((one) => Number(one === "#"))) };
}

/** A review with a selected slick on tile 3; the server keeps what it gets, or refuses it. */
function reviewOf(cells, causes = [], refuses = false) {
  const done = { sent: [], messages: [], opened: 0, shown: 0 };
  const api = {
    async decideCause(id, author, content) {
      done.sent.push({ id, author, ...content });
      if (refuses) throw new Error("The disk is full.");
      return [{ ...content, author, created_at: "2026-11-25T10:00:00.000+00:00" }, ...causes];
    },
  };
  const review = {
    data: { denials: {} },
    editor: {
      tool: "brush",
      tile: { id: 3, author: "ada", info: { name: "a.000003", causes } },
      emit: (_, { text }) => done.messages.push(text),
    },
    selected: { current: cells && { cells } },
    shared: { library: { api } },
    evidence: { show: () => (done.shown += 1) },
    activeTime: { acted() {} },
    parts: {
      sheet: { node: { open: false } },
      pointer: { mode: "idle", key: () => false },
      slicks: { current: () => null },
      evidence: { openCauses: () => (done.opened += 1) },
    },
  };
  review.causes = new CauseController(review);
  return { review, done };
}

test("a decision is at a pixel inside of the slick, also of a ring", () => {
  assert.deepEqual(innerPixel(cellsOf("#")), { x: 10, y: 20 });
  assert.deepEqual(innerPixel(cellsOf(".###.", "#####", ".###.")), { x: 12, y: 21 });
  const ring = cellsOf("######", "##..##", "######");
  assert.ok(holds(ring, innerPixel(ring)));
});

test("a pixel outside of a slick and of its rectangle is not of the slick", () => {
  const slick = cellsOf("##.", "..#");
  assert.ok(holds(slick, { x: 12, y: 21 }));
  for (const [x, y] of [
    [12, 20],
    [9, 20],
    [13, 21],
    [10, 19],
    [10, 22],
  ])
    assert.ok(!holds(slick, { x, y })); // prettier-ignore
});

test("a cause is sent for the selected slick, and shown as the server answers", async () => {
  const { review, done } = reviewOf(cellsOf("###"));
  assert.equal(review.causes.decision, null);
  review.causes.decide("vessel");
  await review.causes.sent;
  assert.deepEqual(done.sent, [{ id: 3, author: "ada", x: 11, y: 20, cause: "vessel" }]);
  assert.deepEqual([review.causes.decision.cause, done.shown], ["vessel", 1]);
});

test("a second decision is at the point of the first one, and the newest holds", async () => {
  const earlier = { x: 10, y: 20, cause: "seep", author: "ben", created_at: "" };
  const { review, done } = reviewOf(cellsOf("###"), [earlier]);
  assert.equal(review.causes.decision, earlier);
  review.causes.decide("");
  await review.causes.sent;
  assert.deepEqual([done.sent[0].x, review.causes.decision.cause], [10, ""]);
});

test("a refused cause is named, and the earlier one stays", async () => {
  const earlier = { x: 10, y: 20, cause: "seep", author: "ben", created_at: "" };
  const { review, done } = reviewOf(cellsOf("###"), [earlier], true);
  review.causes.decide("vessel");
  await review.causes.sent;
  assert.deepEqual(done.messages, ["Cause on a.000003 not saved: The disk is full. Choose it again."]);
  assert.deepEqual([review.causes.decision, done.shown], [earlier, 1]);
});

test("the key opens the menu of the selected slick; without one, it says so", () => {
  assert.equal(bindings({}, []).get("shift+c"), "cause");
  const { review, done } = reviewOf(cellsOf("#"));
  act(review, "cause");
  assert.equal(done.opened, 1);
  review.selected.current = null;
  act(review, "cause");
  review.data.denials = { cause: "The role reviewer is needed." };
  act(review, "cause");
  assert.equal(done.opened, 1);
  assert.deepEqual(done.messages, [
    "Select a slick in the list first, or with the select tool.",
    "The role reviewer is needed.",
  ]);
});
