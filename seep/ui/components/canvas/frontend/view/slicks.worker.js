/** Slicks, areas and the model's proposals, off the main thread: at 2048 px they take up to a tenth of a second. */
import { predictedSlicks, meanProbability } from "../predicted_slicks.js";
import { areas, components } from "../regions.js";
import { seedOf } from "../selection.js";

/** @typedef {{found: (import("../regions.js").Slick & {seed: number})[], areas: Uint32Array, sure: (number | null)[], proposed: import("../predicted_slicks.js").PredictedSlick[] | null}} SlickCounts */

self.addEventListener("message", ({ data }) => {
  const { turn, mask, probability, prediction, width, height } = data;
  const found = components(mask, width, height);
  /** @type {SlickCounts} */
  const answer = {
    // Without their runs: to take thousands of them in would hold up the page.
    found: found.map(({ runs, ...slick }) => ({ ...slick, seed: seedOf({ ...slick, runs }, width) })),
    areas: areas(mask),
    sure: found.map((one) => (probability ? meanProbability(one, probability, width) : null)),
    proposed: probability && prediction ? predictedSlicks(prediction, probability, width, height) : null,
  };
  self.postMessage({ turn, answer });
});
