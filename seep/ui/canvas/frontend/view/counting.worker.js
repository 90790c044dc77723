/** Slicks, areas and the model's proposals, off the main thread: at 2048 px they take up to a tenth of a second. */
import { proposals, sureness } from "../proposals.js";
import { areas, components } from "../regions.js";

/** @typedef {{found: import("../regions.js").Component[], areas: Uint32Array, sure: (number | null)[], proposed: import("../proposals.js").Proposal[] | null}} Counted */

self.addEventListener("message", ({ data }) => {
  const { turn, mask, probability, prediction, width, height } = data;
  const found = components(mask, width, height);
  /** @type {Counted} */
  const answer = {
    found,
    areas: areas(mask),
    sure: found.map((one) => (probability ? sureness(one, probability, width) : null)),
    proposed: probability && prediction ? proposals(prediction, probability, width, height) : null,
  };
  self.postMessage({ turn, answer });
});
