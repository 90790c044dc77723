import assert from "node:assert/strict";
import { test } from "node:test";
import { act, denialOf } from "../../../seep/ui/components/canvas/frontend/actions.js";

/** A review with one open tile; `accepted` counts the accepts, `messages` holds the hints. */
function reviewOf(info, annotation, denials = {}) {
  const done = { accepted: 0, messages: [] };
  const editor = {
    tool: "brush",
    tile: { info: { prediction: null, head: null, ...info }, annotation: Uint8Array.from(annotation) },
    rejectWhilePending: () => false,
    emit: (_topic, { kind }) => done.messages.push(kind),
  };
  const parts = { sheet: { node: { open: false } }, pointer: { mode: "idle", key: () => false }, tools: { brush: {} }, slicks: { current: () => null, unchoose() {} } };
  const review = { data: { denials }, editor, parts, viewport: { wasViewed: () => true }, queue: { accept: (confirmed) => ((done.accepted += 1), (done.confirmed = confirmed)) } };
  return { review, done };
}

test("an empty tile without a prediction is accepted only when asked twice", () => {
  const { review, done } = reviewOf({}, [0, 0]);
  act(review, "accept");
  assert.deepEqual([done.accepted, done.messages], [0, ["empty-mask"]]);
  act(review, "accept");
  assert.deepEqual([done.accepted, done.confirmed], [1, true]);
});

test("a predicted, saved or drawn tile is accepted at once", () => {
  for (const [info, annotation] of [[{ prediction: { id: 1 } }, [0, 0]], [{ head: { id: 1 } }, [0, 0]], [{}, [0, 3]]]) {
    const { review, done } = reviewOf(info, annotation);
    act(review, "accept");
    assert.deepEqual([done.accepted, done.confirmed, done.messages], [1, false, []]);
  }
});

test("an action that the role does not permit only shows the reason", () => {
  const { review, done } = reviewOf({}, [0, 3], { accept: "The role reviewer is needed." });
  act(review, "accept");
  assert.deepEqual([done.accepted, done.messages], [0, ["denied"]]);
  assert.equal(denialOf(review.data.denials, "accept"), "The role reviewer is needed.");
  assert.equal(denialOf(review.data.denials, "save"), "");
  assert.equal(denialOf({ decide: "no" }, "flag"), "no");
});

test("no accept overtakes a key that waits for the selected slicks", () => {
  const { review, done } = reviewOf({ head: { id: 1 } }, [0, 3]);
  let waits = true;
  review.parts.tools.brush.waits = () => waits;
  act(review, "accept");
  assert.deepEqual([done.accepted, done.messages], [0, ["key-waits"]]);
  waits = false;
  act(review, "accept");
  assert.equal(done.accepted, 1);
});
