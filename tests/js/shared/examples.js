/** Tile states as Python sends them, cut down to what the tests look at. */
export const STATES = [
  ["unreviewed", "Unreviewed", true],
  ["draft", "Draft", true],
  ["accepted", "Accepted", false],
  ["corrected", "Corrected", false],
  ["rejected", "Rejected", false],
  ["flagged", "Flagged", true],
].map(([key, label, open]) => ({
  key,
  label,
  open,
  reviewed: key === "accepted" || key === "corrected",
  icon: "flag",
  color_light: "#000000",
  color_dark: "#ffffff",
  dash: [],
  shape: "M0 0",
  filled: false,
}));

/** @param {object} [fields] @returns a queue order with scores, or with other fields */
export const order = (fields = {}) => ({
  key: "likely_wrong",
  label: "Likely wrong first",
  help: "Help.",
  value_label: "likely wrong",
  value_format: "score",
  thresholds: [
    [0.5, "Very likely wrong"],
    [0, "Likely right"],
  ],
  unavailable: "No prediction yet",
  ...fields,
});

export const AREA = order({
  key: "seep_area",
  value_label: "seep area",
  value_format: "area",
  thresholds: [],
  unavailable: "No mask yet",
});
export const BITS = order({
  key: "useful",
  value_label: "entropy",
  value_format: "bits",
  thresholds: [[0, "Entropy"]],
});
export const BY_NAME = order({
  key: "name",
  label: "By scene",
  value_label: "",
  value_format: "none",
  thresholds: [],
});
