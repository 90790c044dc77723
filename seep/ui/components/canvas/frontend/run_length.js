/**
 * How a 64-px tile of a mask is kept in an edit: a brushed one takes tens of bytes, not 4096.
 *
 * Smooth shapes as run lengths, speckled ones of two classes as a bit a pixel, others as they are; the kind of array
 * and its first number tell which. So 1000 speckled edits of a whole 2048-px mask would still be 1 GB: the history
 * has a limit in bytes too.
 */

const TWO = 0; // first byte of a bit a pixel; the two values follow
const PLAIN = 1; // first byte of bytes as they are

/**
 * @param {Uint8Array} bytes at most 65535 of them
 * @returns {Uint16Array | Uint8Array} the smallest of the three
 */
export function encode(bytes) {
  const runs = encodeRuns(bytes);
  const packed = 3 + Math.ceil(bytes.length / 8);
  if (runs.byteLength <= packed) return runs;
  const other = otherOf(runs);
  if (other >= 0) return packTwo(bytes, other);
  return runs.byteLength <= bytes.length ? runs : Uint8Array.of(PLAIN, ...bytes);
}

/** @param {Uint16Array} runs at least two @returns {number} the second of two values; -1 where there are more */
function otherOf(runs) {
  for (let i = 4; i < runs.length; i += 2) if (runs[i] !== runs[0] && runs[i] !== runs[2]) return -1;
  return runs[2];
}

/**
 * @param {Uint16Array | Uint8Array} kept of encode @param {number} length of the result
 * @returns {Uint8Array}
 */
export function decode(kept, length) {
  if (kept instanceof Uint16Array) return decodeRuns(kept, length);
  if (kept[0] === PLAIN) return kept.slice(1);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) bytes[i] = kept[1 + ((kept[3 + (i >> 3)] >> (i & 7)) & 1)];
  return bytes;
}

/** @param {Uint8Array} bytes of two values @param {number} other than the first @returns {Uint8Array} */
function packTwo(bytes, other) {
  const packed = new Uint8Array(3 + Math.ceil(bytes.length / 8));
  packed.set([TWO, bytes[0], other]);
  for (let i = 0; i < bytes.length; i += 1) if (bytes[i] === other) packed[3 + (i >> 3)] |= 1 << (i & 7);
  return packed;
}

/**
 * Encode bytes as pairs of value and length.
 * @param {Uint8Array} bytes at most 65535 of them
 * @returns {Uint16Array} value, length, value, length, ...
 */
export function encodeRuns(bytes) {
  const aligned = bytes.byteOffset % 4 === 0;
  const words = aligned
    ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
    : new Uint32Array(0);
  /** @type {number[]} */
  const runs = [];
  for (let start = 0; start < bytes.length; ) {
    const value = bytes[start];
    const four = (value * 0x01010101) >>> 0;
    let end = start + 1;
    while (end < bytes.length && bytes[end] === value) {
      if (end % 4 === 0) while (words[end >> 2] === four) end += 4; // four pixels at a time
      if (bytes[end] === value) end += 1;
    }
    runs.push(value, end - start);
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
