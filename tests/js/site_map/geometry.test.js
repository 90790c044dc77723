import assert from "node:assert/strict";
import { test } from "node:test";

import { passColor } from "../../../seep/ui/components/shared/pass_colors.js";
import { numbered, siteAt, squares } from "../../../seep/ui/components/site_map/frontend/geometry.js";
import { conditionsText, emptyText, slickText } from "../../../seep/ui/components/site_map/frontend/sheet.js";
import {
  driftText,
  pointText,
  positionText,
  rateText,
  savedText,
  scaleBar,
  scoreText,
  seenText,
  termsText,
} from "../../../seep/ui/components/site_map/frontend/text.js";

const bounds = [-100, 50, 900, 550];
const screen = { width: 640, height: 480 };
const site = {
  number: 7,
  x: 200,
  y: 100,
  n: 4,
  m: 8,
  rate: 0.5,
  rate_low: 0.22,
  rate_high: 0.78,
  drift_deg: 359.7,
  drift_spread_deg: 20.2,
  latitude: null,
  longitude: null,
};

test("the ring under the pointer is found, and none beside it", () => {
  const view = { scale: 1, x: 0, y: 0 };
  assert.equal(siteAt([site], view, { x: 205, y: 103 }), site);
  assert.equal(siteAt([site], view, { x: 240, y: 100 }), null);
});

test("of rings that overlap, the one with more passes has its number, and a selected one always has", () => {
  const other = { ...site, number: 8, x: 205, n: 6 };
  const view = { scale: 1, x: 0, y: 0 };
  assert.deepEqual([...numbered([site, other], view, new Set())], [8]);
  assert.deepEqual([...numbered([site, other], view, new Set([7]))], [7]);
  assert.equal(numbered([site, other], { scale: 16, x: 0, y: 0 }, new Set()).size, 2);
});

test("background squares cover the part of the place on the screen", () => {
  const found = squares({ scale: 1, x: 0, y: 0 }, [0, 0, 600, 300], screen, 1);
  assert.deepEqual(found.map(({ level, column, row }) => `${level}/${column}/${row}`).sort(), [
    "0/0/0",
    "0/0/1",
    "0/1/0",
    "0/1/1",
    "0/2/0",
    "0/2/1",
  ]);
});

test("values read as the field writes them", () => {
  assert.equal(rateText(site), "0.50 (0.22–0.78)");
  assert.equal(driftText(site), "0° ± 20°");
  for (const meaningless of [{ drift_deg: null }, { drift_spread_deg: 61 }, { n: 1, drift_spread_deg: 0 }]) {
    assert.equal(driftText({ ...site, ...meaningless }), "–");
  }
  assert.equal(positionText({ ...site, latitude: -12.5, longitude: 3.25 }), "12.5000° S, 3.2500° E");
  assert.equal(seenText("2026-05-21T06:12:00.000+00:00"), "2026-05-21");
  assert.equal(seenText("041869"), "041869");
  assert.deepEqual(scaleBar(130, 10), { pixels: 100, text: "1 km" });
  assert.equal(scaleBar(130, null).pixels, 100);
});

test("a score names its terms with their weights, and leaves out those without one", () => {
  /** @type {[string, number | null, number][]} */
  const terms = [
    ["recurrence", 0.46, 3],
    ["wind", null, 2],
    ["reviewed", 1, 0],
  ];
  const score = { value: 0.4567, letter: "B", terms };
  assert.equal(scoreText({ score }), "B 0.46");
  assert.equal(termsText({ score }), "Score B 0.46: recurrence 0.46 × 3, wind unknown × 2");
  assert.equal(scoreText({ score: { value: null, letter: null, terms: [] } }), "–");
});

test("a site that no pass covers has no rate", () => {
  assert.equal(rateText({ ...site, n: 0, m: 0, rate: 0, rate_low: 0, rate_high: 1 }), "–");
  assert.equal(rateText({ ...site, n: 0, m: 4, rate: 0, rate_low: 0, rate_high: 0.49 }), "0.00 (0.00–0.49)");
});

test("the point under the pointer is a position on the ground, or pixels without a georeference", () => {
  const corners = [
    [10, 50],
    [12, 50],
    [12, 48],
    [10, 48],
  ];
  assert.equal(pointText({ bounds, corners }, { x: -100, y: 50 }), "50.0000° N, 10.0000° E");
  assert.equal(pointText({ bounds, corners }, { x: 400, y: 300 }), "49.0000° N, 11.0000° E");
  assert.equal(pointText({ bounds, corners: null }, { x: -12.4, y: 50 }), "x −12, y 50 px");
});

test("a saved change says what was saved", () => {
  const texts = [
    savedText({ action: "add", sites: [] }, [7]),
    savedText({ action: "move", sites: [3] }, []),
    savedText({ action: "rank", sites: [3] }, []),
    savedText({ action: "note", sites: [3] }, []),
    savedText({ action: "merge", sites: [2, 5] }, []),
    savedText({ action: "split", sites: [2] }, [8]),
    savedText({ action: "remove", sites: [4] }, []),
    savedText({ action: "undo" }, []),
  ];
  assert.deepEqual(texts, [
    "Site 7 added",
    "Site 3 moved",
    "Rank of site 3 saved",
    "Note of site 3 saved",
    "Sites 2, 5 merged",
    "Site 2 split; new: site 8",
    "Site 4 removed",
    "Last change undone",
  ]);
});

test("colors run from the first date to the last", () => {
  assert.notEqual(passColor(0, 9), passColor(8, 9));
  assert.match(passColor(0, 1), /^rgb\(\d+ \d+ \d+\)$/);
});

test("a contact sheet without passes says why", () => {
  const passes = (count) => ({ passes: Array(count).fill({ scene_id: 1 }) });
  assert.equal(emptyText(passes(2), { ...site, covering: [1] }), "");
  assert.match(emptyText(passes(0), { ...site, covering: [] }), /^This place has no passes\./);
  assert.match(
    emptyText(passes(1), { ...site, covering: [] }),
    /^The pass of this place has no valid pixels at this site\./,
  );
  assert.match(
    emptyText(passes(5), { ...site, covering: [] }),
    /^None of the 5 passes of this place has valid pixels at this site\./,
  );
});

test("a slick that crosses a site without beginning there is told apart from none", () => {
  const slick = (/** @type {number[]} */ ring) => ({
    rings: [ring],
    ends: [0, 0, 1, 1],
    area_px: 40,
    class_id: 1,
    reviewed: true,
    site: 0,
    origin_end: 0,
    cause: "",
    path: [],
  });
  const place = {
    ...{ x: 100, y: 100, seen: [3], examined: [3, 4, 5] },
    ...{ covering: [3, 4, 5, 6, 7], wind_usable: [true, true, true, true, false] },
  };
  assert.equal(slickText({ scene_id: 3, slicks: [] }, place, 20), "slick");
  assert.equal(
    slickText({ scene_id: 4, slicks: [slick([20, 95, 190, 95, 190, 98, 20, 98])] }, place, 20),
    "passes by",
  );
  assert.equal(slickText({ scene_id: 5, slicks: [slick([60, 60, 70, 60, 70, 70])] }, place, 20), "none");
  assert.equal(slickText({ scene_id: 6, slicks: [] }, place, 20), "no mask");
  assert.equal(slickText({ scene_id: 7, slicks: [] }, place, 20), "wind unusable");
});

test("conditions name the wind of the scene, of the image and the incidence angle", () => {
  const site = { covering: [3, 4], incidence_deg: [38.2, null], image_wind_ms: [5.06, null] };
  assert.equal(
    conditionsText({ scene_id: 3, wind: "4.2 m/s from 310°" }, site),
    "4.2 m/s from 310°, image 5.1 m/s, incidence 38°",
  );
  assert.equal(conditionsText({ scene_id: 4, wind: "" }, site), "");
});
