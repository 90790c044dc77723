/** Text of the canvas: save status, values, revisions, the session. */
import { duration, groundArea, minus, plural, relativeTime } from "../../shared/format.js";
import { worded } from "../../shared/words.js";

/** @typedef {import("./types.js").OpenTile} OpenTile */

/**
 * The save status. A draft does not count as reviewed until it is accepted.
 * @param {import("./types.js").SaveState} save @param {number} now ms since 1970
 * @returns {string}
 */
export function saveText(save, now) {
  if (save.status === "failed") return `Not saved: ${save.reason} (kept in this browser)`;
  if (save.status === "conflict") return "Save conflict: a newer version exists";
  if (save.status === "saving" || save.status === "waiting") return "Saving…";
  if (save.draft && save.at !== null) return `Draft saved ${relativeTime(save.at, now)}. Accept to count it.`;
  return save.at === null ? "No changes" : `Saved ${relativeTime(save.at, now)}`;
}

/** @param {number} value @returns {string} a raw value with four significant digits */
export function rawText(value) {
  if (Number.isInteger(value)) return minus(String(value));
  return minus(Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(4));
}

export const REVISION_KINDS = /** @type {Record<string, string>} */ ({
  import: "imported",
  save: "saved",
  accept: "accepted",
  restore: "restored",
  join: "saved on an overlapping tile",
  reopen: "reopened",
  second: "second mask saved",
});

/** @param {number} areaPx @param {number | null | undefined} pixelM side of a pixel, meters @returns {string} "0.42 km²"; "" if the pixel size is unknown */
export function areaText(areaPx, pixelM) {
  if (!pixelM) return "";
  return groundArea(areaPx, pixelM);
}

/** @param {import("./types.js").Summary | null} sum @returns {string} "Session: 12 tiles · 31 min"; "" before the first decision, no time in the first minute */
export function sessionLabel(sum) {
  if (!sum?.tiles) return "";
  const tiles = `Session: ${plural(sum.tiles, "tile")}`;
  return sum.minutes ? `${tiles} · ${duration(60 * sum.minutes)}` : tiles;
}

/** @param {import("./types.js").Summary | null} sum @returns {string} "8 of 10 for training", "12 for training" once these are enough; "" until it is known */
export function trainingLabel(sum) {
  if (!sum) return "";
  const { reviewed, needed } = sum.training;
  return reviewed < needed ? `${reviewed} of ${needed} for training` : `${reviewed} for training`;
}

/** @param {import("./types.js").Summary | null} sum @returns {string} the session as a sentence */
export function sessionText(sum) {
  if (!sum?.tiles) return "";
  const parts = /** @type {const} */ (["accepted", "corrected", "rejected", "flagged"]);
  const counts = parts.filter((part) => sum[part]).map((part) => `${sum[part]} ${part}`);
  const drafts = sum.drafts ? [plural(sum.drafts, "draft")] : [];
  const slicks = `${plural(sum.slicks_changed, worded("slick"))} changed`;
  const time = sum.minutes ? [duration(60 * sum.minutes)] : [];
  return `This session: ${[plural(sum.tiles, "tile"), ...counts, ...drafts, slicks, ...time].join(", ")}.`;
}
