/** Words and figures of the drop zone. @import { Sums } from "./queue.js" */

import { byteText, integer } from "../../shared/format.js";

/** @param {Sums} sums */
export function progressText(sums) {
  return `${integer(sums.done)} of ${integer(sums.total)} files, ${byteText(sums.sentBytes)} of ${byteText(sums.totalBytes)}`;
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
