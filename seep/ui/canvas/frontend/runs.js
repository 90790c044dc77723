/** Run lengths: how a 64-px tile of a mask is kept in an edit. A brushed tile takes tens of bytes, not 4096. */

/**
 * Encode bytes as pairs of value and length.
 * @param {Uint8Array} bytes at most 65535 of them
 * @returns {Uint16Array} value, length, value, length, ...
 */
export function encodeRuns(bytes) {
  /** @type {number[]} */
  const runs = [];
  for (let start = 0; start < bytes.length; ) {
    let end = start + 1;
    while (end < bytes.length && bytes[end] === bytes[start]) end += 1;
    runs.push(bytes[start], end - start);
    start = end;
  }
  return Uint16Array.from(runs);
}

/**
 * Decode what encodeRuns made.
 * @param {Uint16Array} runs
 * @param {number} length of the result; what the runs leave open stays 0
 * @returns {Uint8Array}
 */
export function decodeRuns(runs, length) {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < runs.length; i += 2) {
    bytes.fill(runs[i], at, at + runs[i + 1]);
    at += runs[i + 1];
  }
  return bytes;
}
