import assert from "node:assert/strict";
import { test } from "node:test";

import { waterTexts } from "../../../seep/ui/components/site_map/frontend/text.js";

test("the depth of the water and the distance of the vent are told, nothing without bathymetry", () => {
  assert.deepEqual(waterTexts({ water: { depth_m: 1480, search_radius_m: 2622 } }), [
    "Water 1\u202f480 m deep, vent within 2.6 km",
  ]);
  assert.deepEqual(waterTexts({ water: null }), []);
});
