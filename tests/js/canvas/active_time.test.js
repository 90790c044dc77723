import assert from "node:assert/strict";
import { test } from "node:test";
import { ActiveTime, IDLE_MS } from "../../../seep/ui/components/canvas/frontend/active_time.js";

/** A recorder whose clock moves only when told. */
function recorder() {
  const clock = { ms: 1000 };
  let made = 0;
  const time = new ActiveTime(
    () => clock.ms,
    () => 1_700_000_000_000 + clock.ms,
    () => `record-${(made += 1)}`,
  );
  /** @param {number} ms */
  const wait = (ms) => {
    clock.ms += ms;
  };
  return { time, wait };
}

/** @param {import("../../../seep/ui/components/canvas/frontend/active_time.js").TimeRecord | null} record */
function phases(record) {
  return record && [record.looking_ms, record.drawing_ms, record.deciding_ms];
}

test("the time until an input belongs to the phase of the input", () => {
  const { time, wait } = recorder();
  time.open(1, "ada");
  wait(3000);
  time.input("looking");
  wait(2000);
  time.input("drawing");
  wait(500);
  const record = time.open(2, "ada");
  assert.deepEqual(phases(record), [3500, 2000, 0]);
  assert.deepEqual([record?.tile, record?.author, record?.id], [1, "ada", "record-1"]);
  assert.equal(record?.started_at, new Date(1_700_000_001_000).toISOString());
});

test("nothing counts from 20 s after an input on", () => {
  const { time, wait } = recorder();
  time.open(1, "ada");
  wait(1000);
  time.input("looking");
  wait(600_000);
  time.input("looking");
  wait(1000);
  time.input("looking");
  assert.deepEqual(phases(time.cut()), [1000 + IDLE_MS + 1000, 0, 0]);
});

test("an idle tile is not counted again at each record", () => {
  const { time, wait } = recorder();
  time.open(1, "ada");
  wait(15_000);
  assert.deepEqual(phases(time.cut()), [15_000, 0, 0]);
  wait(15_000);
  assert.deepEqual(phases(time.cut()), [5000, 0, 0]);
  wait(15_000);
  assert.equal(time.cut(), null);
  time.input("looking");
  wait(2000);
  assert.deepEqual(phases(time.cut()), [2000, 0, 0]);
});

test("a decision claims the looking since the last change", () => {
  const { time, wait } = recorder();
  time.open(1, "ada");
  wait(1000);
  time.input("drawing");
  wait(300);
  time.input("looking");
  wait(200);
  time.input("looking");
  time.decide();
  assert.deepEqual(phases(time.cut()), [0, 1000, 500]);
  wait(400);
  time.input("looking");
  time.changed();
  wait(100);
  time.input("looking");
  time.decide();
  assert.deepEqual(phases(time.cut()), [400, 0, 100]);
});

test("a hidden tab counts nothing until its next input", () => {
  const { time, wait } = recorder();
  time.open(1, "ada");
  wait(4000);
  time.pause();
  wait(9000);
  time.input("looking");
  wait(1000);
  assert.deepEqual(phases(time.cut()), [5000, 0, 0]);
});

test("no tile, no record", () => {
  const { time, wait } = recorder();
  time.input("looking");
  wait(1000);
  time.decide();
  assert.equal(time.cut(), null);
  time.open(1, "ada");
  assert.equal(time.open(null, ""), null);
});
