/** Slicks, areas and the model's proposals, off the main thread: at 2048 px they take up to a tenth of a second. */
import { predictedSlicks, meanProbability } from "../predicted_slicks.js";
import { areas, components } from "../regions.js";
import { seedOf } from "../selection.js";
import { countWideSlicks } from "../wide_slicks.js";

/** @typedef {{found: (import("../regions.js").Slick & {seed: number})[], areas: Uint32Array, sure: (number | null)[], proposed: import("../predicted_slicks.js").PredictedSlick[] | null, ignored: number}} SlickCounts ignored: slicks that fine-tuning ignores */

self.addEventListener("message", ({ data }) => {
  const { turn, mask, probability, prediction, width, height, ignoredRadiusPx } = data;
  const found = components(mask, width, height);
  /** @type {SlickCounts} */
  const answer = {
    // Without their runs: to take thousands of them in would hold up the page.
    found: found.map(({ runs, ...slick }) => ({ ...slick, seed: seedOf({ ...slick, runs }, width) })),
    areas: areas(mask),
    sure: found.map((one) => (probability ? meanProbability(one, probability, width) : null)),
    proposed: probability && prediction ? predictedSlicks(prediction, probability, width, height) : null,
    ignored: countWideSlicks(mask, width, height, ignoredRadiusPx),
  };
  self.postMessage({ turn, answer });
});
