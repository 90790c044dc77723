import assert from "node:assert/strict";
import { test } from "node:test";
import { act, denialOf, tileDenials } from "../../../seep/ui/components/canvas/frontend/actions.js";
import { DeferredActions } from "../../../seep/ui/components/canvas/frontend/controllers/deferred_actions.js";

/** A review with one open tile; `accepted` counts the accepts, `messages` holds the hints. */
function reviewOf(info, annotation, denials = {}) {
  const done = { accepted: 0, messages: [], actions: [] };
  const editor = {
    tool: "brush",
    tile: { info: { prediction: null, head: null, ...info }, annotation: Uint8Array.from(annotation) },
    pendingEdit: 0,
    listeners: [],
    subscribe(listener) {
      this.listeners.push(listener);
    },
    emit(topic, { kind } = {}) {
      if (topic === "message") done.messages.push(kind);
      for (const listener of this.listeners) listener(topic);
    },
  };
  const parts = {
    sheet: { node: { open: false } },
    pointer: { mode: "idle", key: () => false },
    tools: { brush: {} },
    slicks: { current: () => null, unchoose() {} },
  };
  const review = {
    data: { denials },
    editor,
    parts,
    viewport: { wasViewed: () => true },
    activeTime: { acted: (action) => done.actions.push(action) },
    queue: {
      accept: (confirmed) => ((done.accepted += 1), (done.confirmed = confirmed)),
      step: () => (done.steps = (done.steps ?? 0) + 1),
    },
  };
  Object.assign(review, { deferred: new DeferredActions(review), showChoices() {} });
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
  for (const [info, annotation] of [
    [{ prediction: { id: 1 } }, [0, 0]],
    [{ head: { id: 1 } }, [0, 0]],
    [{}, [0, 3]],
  ]) {
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

/** A review in which the active tool computes something until `end` is called. */
function pendingReview() {
  const { review, done } = reviewOf({ head: { id: 1 } }, [0, 3]);
  let pending = true;
  review.parts.tools.brush.pending = () => pending;
  const end = async (...message) => {
    pending = false;
    if (message.length) review.deferred.drop(...message);
    review.editor.emit("work");
    await Promise.resolve();
  };
  return { review, done, end };
}

test("an accept waits for what the tool computes, and runs after it", async () => {
  const { review, done, end } = pendingReview();
  act(review, "accept");
  assert.deepEqual([done.accepted, review.deferred.text], [0, "Accept and next"]);
  await end();
  assert.deepEqual([done.accepted, review.deferred.text], [1, ""]);
  act(review, "accept");
  assert.equal(done.accepted, 2);
});

test("waiting actions of a tile that was closed are dropped, but not steps to other tiles", async () => {
  const { review, done, end } = pendingReview();
  act(review, "accept");
  act(review, "next");
  review.editor.tile = { ...review.editor.tile };
  await end();
  assert.deepEqual([done.accepted, done.steps], [0, 1]);
});

test("an accept does not run after an edit that failed, and is named", async () => {
  const { review, done, end } = pendingReview();
  act(review, "accept");
  assert.equal(review.deferred.drop("not-viewed"), "");
  act(review, "save");
  assert.equal(review.deferred.drop("edit-failed"), " Not done: Accept and next, Save a revision.");
  await end();
  assert.equal(done.accepted, 0);
});

test("an accept waits for the class that the server suggests", async () => {
  const { review, done } = reviewOf({ head: { id: 1 } }, [0, 3]);
  let answer = () => {};
  review.suggestions = { take: () => new Promise((done) => (answer = done)) };
  act(review, "suggestedClass");
  act(review, "accept");
  assert.equal(done.accepted, 0);
  answer();
  await new Promise((done) => setTimeout(done));
  assert.equal(done.accepted, 1);
});

test("whoever draws a blind second mask may accept it, and decide nothing else", () => {
  const roles = { accept: "You have the role annotator.", decide: "You have the role annotator." };
  const blind = { info: { blind: true } };
  assert.equal(tileDenials(roles, { info: {} }), roles);
  assert.equal(denialOf(tileDenials(roles, blind), "accept"), "");
  assert.match(denialOf(tileDenials({}, blind), "reject"), /cannot be rejected/);
  assert.equal(
    denialOf(tileDenials({ save: "Viewers do not save." }, blind), "accept"),
    "Viewers do not save.",
  );
});
