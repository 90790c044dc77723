/** Bytes on the wire: deflated masks, raw pixels. */

/** @typedef {import("./types.js").Pixels} Pixels */

const ARRAYS = /** @type {Record<string, {make: (buffer: ArrayBuffer) => Pixels, bytes: number}>} */ ({
  uint8: { make: (buffer) => new Uint8Array(buffer), bytes: 1 },
  uint16: { make: (buffer) => new Uint16Array(buffer), bytes: 2 },
  int16: { make: (buffer) => new Int16Array(buffer), bytes: 2 },
  float32: { make: (buffer) => new Float32Array(buffer), bytes: 4 },
});

/**
 * Pixels of the image route.
 * @param {ArrayBuffer} buffer little-endian, as every browser's machine is
 * @param {string} dtype @param {number} count values expected
 * @returns {Pixels}
 */
export function decodePixels(buffer, dtype, count) {
  const kind = ARRAYS[dtype];
  if (!kind) throw new Error(`the image has the unknown type ${dtype}`);
  if (buffer.byteLength !== count * kind.bytes) {
    throw new Error(`the image has ${buffer.byteLength} bytes, not the ${count * kind.bytes} of its shape`);
  }
  return kind.make(buffer);
}

/**
 * One band of interleaved pixels.
 * @param {Pixels} raw @param {number} bands @param {number} band
 * @returns {Pixels} raw itself where there is only one band
 */
export function bandOf(raw, bands, band) {
  if (bands === 1) return raw;
  const count = raw.length / bands;
  const one = raw.slice(0, count);
  for (let i = 0; i < count; i += 1) one[i] = raw[i * bands + band];
  return one;
}

/** @param {Uint8Array} mask @returns {Promise<ArrayBuffer>} zlib-deflated */
export async function packMask(mask) {
  const stream = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (mask)]).stream();
  return new Response(stream.pipeThrough(new CompressionStream("deflate"))).arrayBuffer();
}

/**
 * @param {ArrayBuffer} packed @param {number} count pixels expected
 * @returns {Promise<Uint8Array>}
 */
export async function unpackMask(packed, count) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const mask = new Uint8Array(await new Response(stream).arrayBuffer());
  if (mask.length !== count) throw new Error(`the mask has ${mask.length} pixels, not ${count}`);
  return mask;
}
