/** Words and figures of the drop zone. @import { Sums } from "./queue.js" */

const THIN_SPACE = "\u202f";

/** @param {number} bytes @returns {string} in powers of 1024, as elsewhere in the app */
export function sizeText(bytes) {
  let value = bytes;
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (value < 1024 || unit === "GB") return `${unit === "B" || value >= 100 ? Math.round(value) : value.toFixed(1)}${THIN_SPACE}${unit}`;
    value /= 1024;
  }
  return "";
}

/** @param {number} value @returns {string} */
export function whole(value) {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
}

/** @param {Sums} sums */
export function progressText(sums) {
  return `${whole(sums.done)} of ${whole(sums.total)} files, ${sizeText(sums.sentBytes)} of ${sizeText(sums.totalBytes)}`;
}

/**
 * Sentences that differ only in the name in front stand together, with how often.
 *
 * @param {string[]} sentences
 * @returns {{sentence: string, count: number}[]} in order of their first
 */
export function grouped(sentences) {
  /** @type {Map<string, {sentence: string, count: number}>} */
  const found = new Map();
  for (const sentence of sentences) {
    const reason = sentence.replace(/^[^:]*: /, "");
    const entry = found.get(reason) ?? { sentence, count: 0 };
    entry.count += 1;
    found.set(reason, entry);
  }
  return [...found.values()];
}
