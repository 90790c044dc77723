/** How the value of a queue order reads, as `seep/workflow/review/orders.py` defines it. */

import { pixelText } from "./format.js";

/**
 * @typedef {object} QueueOrder
 * @property {string} key
 * @property {string} label
 * @property {string} help
 * @property {string} value_label empty where the order shows no value
 * @property {"score" | "bits" | "area" | "none"} value_format
 * @property {[number, string][]} thresholds lowest value and its meaning, highest first
 * @property {string} unavailable meaning of a tile without a value
 */

/** @param {number | null | undefined} value @param {QueueOrder} order @returns {string} */
export function valueText(value, order) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "";
  if (order.value_format === "area") {
    return pixelText(value);
  }
  return value.toFixed(order.value_format === "bits" ? 3 : 2);
}

/**
 * Why a tile is where it is in the queue.
 * @param {{value: number | null, in_sample?: boolean, reason?: string | null}} item @param {QueueOrder} order
 * @returns {string} one line
 */
export function rankReason({ value, in_sample, reason }, order) {
  if (in_sample) return "Quality sample: drawn at random";
  if (reason) return reason;
  if (order.value_format === "none") return order.label;
  if (value === null || value === undefined) return order.unavailable;
  const meaning = order.thresholds.find(([lowest]) => value >= lowest)?.[1];
  const text = valueText(value, order) + (order.value_format === "bits" ? " bits per pixel" : "");
  return meaning ? `${meaning}: ${text}` : `${capitalized(order.value_label)}: ${text}`;
}

/** @param {string} text */
function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
