import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  byteText,
  dateTime,
  decimal,
  duration,
  groundArea,
  integer,
  parseTime,
  pixelText,
  plural,
  relativeTime,
} from "../../../seep/ui/components/shared/format.js";

test("numbers have thin spaces and a true minus sign", () => {
  assert.equal(integer(1234567.4), "1\u202f234\u202f567");
  assert.equal(integer(-3), "−3");
  assert.equal(decimal(-21.25, 1), "−21.3");
  assert.equal(pixelText(1234), "1\u202f234\u202fpx");
  assert.equal(plural(1, "tile"), "1 tile");
  assert.equal(plural(1200, "tile"), "1\u202f200 tiles");
});

test("areas on the ground are in square kilometers", () => {
  const areas = [
    [0, "0.0"],
    [12, "0.001"],
    [123, "0.012"],
    [4200, "0.42"],
    [10_000, "1.0"],
    [99_600, "10"],
    [50_000_000, "5\u202f000"],
  ];
  for (const [pixels, text] of areas) assert.equal(groundArea(pixels, 10), `${text}\u202fkm²`);
  assert.equal(groundArea(1, 10), "under 0.001\u202fkm²");
});

test("sizes have one unit", () => {
  const sizes = [0, 1023, 1536, 200 * 2 ** 20, 4 * 2 ** 30];
  assert.deepEqual(sizes.map(byteText), [
    "0\u202fB",
    "1023\u202fB",
    "1.5\u202fkB",
    "200\u202fMB",
    "4.0\u202fGB",
  ]);
});

test("time spans have their two largest units, minutes from 60 s on", () => {
  const spans = [
    [0, "0 s"],
    [59, "59 s"],
    [91, "1 min 31 s"],
    [180, "3 min"],
    [200, "3 min 20 s"],
    [3600, "1 h"],
    [3900, "1 h 05 min"],
  ];
  for (const [seconds, text] of spans) assert.equal(duration(seconds), text);
});

test("ages read as Python writes them", () => {
  const now = Date.UTC(2026, 2, 1, 12);
  const cases = JSON.parse(readFileSync(new URL("../../relative_times.json", import.meta.url), "utf8"));
  assert.ok(cases.length > 10);
  for (const [seconds, text] of cases)
    assert.equal(relativeTime(now - seconds * 1000, now), text, `${seconds} s`);
});

test("times without a zone are UTC; a day is named unless it is today", () => {
  assert.equal(parseTime("2026-01-01T00:00:00"), Date.UTC(2026, 0, 1));
  assert.equal(parseTime("2026-01-01T01:00:00+01:00"), Date.UTC(2026, 0, 1));
  assert.match(dateTime("2026-01-01T10:00:00Z", Date.UTC(2027, 0, 1)), /^202[56]-\d\d-\d\d \d\d:\d\d$/);
});
