/** The orders of the queue in words: what they mean, how their values read, why a tile stands where it stands. */

/** @typedef {import("./types.js").QueueItem} QueueItem */

const AREAS = ["seep_area", "class"];

/** @param {number | null | undefined} value @param {string} order @returns {string} what the queue is ordered by */
export function valueWords(value, order) {
  if (value === null || value === undefined) return "";
  if (AREAS.includes(order)) return `${value.toLocaleString("en")} px`;
  return value.toFixed(order === "useful" ? 3 : 2);
}

const ORDERS = /** @type {Record<string, string>} */ ({
  likely_wrong: "Likely wrong first. Empty masks come early: nearly half hide a missed slick.",
  useful: "Most useful first: entropy in bits; training scenes first, a tenth random.",
  confident: "Most confident first, for quick accepts: 1 is wholly sure.",
  has_something: "Those with something in them first, as the image head says: 1 is surely some.",
  seep_area: "Largest seep area first: of the mask, else of the prediction.",
  class: "Largest area of the class asked for first.",
  name: "By scene: scene after scene, tile after tile.",
  updated: "Changed last first.",
  second_look: "A sure model contradicts these masks. Accept where the mask is right.",
});

/** @param {string} order @returns {string} what the order means */
export function orderWords(order) {
  return ORDERS[order] ?? "";
}

const PLAIN = /** @type {Record<string, string>} */ ({ name: "Here by its name", updated: "Here by its last change" });

/** What a value says, from the highest down. @type {Record<string, [number, string][]>} */
const MEANS = {
  likely_wrong: [[0.5, "Very likely wrong"], [0.2, "Perhaps wrong"], [0, "Likely right"]],
  confident: [[0.9, "Sure"], [0.7, "Rather sure"], [0, "Not sure"]],
  has_something: [[0.5, "Probably holds something"], [0, "Probably clean sea"]],
  useful: [[0, "Undecided"]],
  second_look: [[0.5, "The model sees something else"], [0, "The model sees it a little otherwise"]],
};

/**
 * Why a tile stands where it stands in the queue.
 * @param {QueueItem} item @param {string} order
 * @returns {string} one line
 */
export function whyWords({ value, audit }, order) {
  if (audit) return "Audit: drawn blindly, to measure how good predictions are";
  if (PLAIN[order]) return PLAIN[order];
  const known = value !== null && value !== undefined;
  if (AREAS.includes(order)) return known ? `Large area first: ${valueWords(value, order)}` : "Last: no mask yet";
  if (!known) return "Last: not predicted yet";
  const means = MEANS[order]?.find(([least]) => value >= least)?.[1] ?? "";
  return `${means}: ${valueWords(value, order)}${order === "useful" ? " bits a pixel" : ""}`;
}
