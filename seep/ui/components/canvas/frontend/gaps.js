/**
 * The inside of outlines with small gaps.
 *
 * A gap is closed where a square one pixel wider than it does not pass: the inside is what such a square covers on
 * its way from the start (a morphological opening), and the nooks beside it that lead nowhere else. Disks were
 * rejected: a square is exact at any width, costs the same at any width, and leaves the corners of a frame full.
 */
import { cut, flood } from "./flood.js";

/** @typedef {import("./types.js").Cells} Cells */
/** @typedef {import("./types.js").Rect} Rect */

export const LARGEST_GAP = 15;
const PART = 512; // side of the part that is looked at first: most closed areas lie within it
const BAND = 64; // rows of squares found at a time in the whole image: a fill that leaks is soon stopped

/**
 * The background around a pixel, bounded by what is painted, as if gaps in it were closed.
 * @param {Uint8Array} mask @param {number} width @param {number} height
 * @param {number} start index of a background pixel
 * @param {number} gapPx 0 to LARGEST_GAP; where no square of that width fits around the start, the widest that does
 *   is taken
 * @returns {Cells | null} null where the area is open to the image's edge
 */
export function closedArea(mask, width, height, start, gapPx) {
  const at = { x: start % width, y: Math.floor(start / width) };
  const { side, anchor } = widest(mask, width, height, at, gapPx + 1);
  if (side === 1) return flood(mask, 0, width, height, start, { border: 1 });
  const [x, y] = [Math.max(at.x - PART / 2, 0), Math.max(at.y - PART / 2, 0)];
  const rect = { x, y, width: Math.min(PART, width - x), height: Math.min(PART, height - y) };
  const near = squaresIn(
    cut(mask, width, rect),
    rect.width,
    rect.height,
    { x: anchor.x - x, y: anchor.y - y },
    side,
  );
  if (near) return moved(near, x, y);
  return rect.width < width || rect.height < height ? squaresIn(mask, width, height, anchor, side) : null;
}

/** @param {Cells} cells @param {number} x @param {number} y @returns {Cells} */
function moved({ rect, bits }, x, y) {
  return { rect: { ...rect, x: rect.x + x, y: rect.y + y }, bits };
}

/**
 * @param {Uint8Array} mask @param {number} width @param {number} height
 * @param {import("./types.js").Point} anchor first corner of a free square @param {number} side of it
 * @returns {Cells | null} what it covers on its way, with nooks; null where it comes to the edge
 */
function squaresIn(mask, width, height, anchor, side) {
  const anchors = new Uint8Array(width * height);
  const ready = new Uint8Array(Math.ceil(height / BAND));
  const prepare = (/** @type {number} */ row) => {
    const band = Math.floor(row / BAND);
    if (ready[band]) return;
    ready[band] = 1;
    findAnchors(mask, width, height, side, { x: 0, y: band * BAND, width, height: BAND }, anchors);
  };
  const own = flood(anchors, 1, width, height, anchor.y * width + anchor.x, { border: side, prepare });
  return own && withNooks(mask, width, height, own, side);
}

/**
 * Where a square of background has its first corner.
 * @param {Uint8Array} mask @param {number} width @param {number} height @param {number} side of the square, px
 * @param {Rect} rect of first corners @param {Uint8Array} anchors of the whole image, written within the rect
 */
function findAnchors(mask, width, height, side, rect, anchors) {
  const end = Math.min(rect.x + rect.width + side - 1, width);
  const last = Math.min(rect.y + rect.height, height) - 1;
  const below = new Uint8Array(end - rect.x); // background in this column from this row down, counted to the side
  for (let row = Math.min(last + side - 1, height - 1); row >= rect.y; row -= 1) {
    let run = 0; // columns to the right that are free far enough down
    for (let x = end - 1; x >= rect.x; x -= 1) {
      const i = row * width + x;
      const column = x - rect.x;
      if (mask[i]) below[column] = 0;
      else if (below[column] < side) below[column] += 1;
      run = below[column] === side ? run + 1 : 0;
      if (run >= side && row <= last) anchors[i] = 1;
    }
  }
}

/**
 * The widest square of background over a pixel, and of those the one whose middle is nearest to it.
 * @param {Uint8Array} mask @param {number} width @param {number} height @param {import("./types.js").Point} at
 * @param {number} most its side, px
 * @returns {{side: number, anchor: import("./types.js").Point}} side: at least 1
 */
function widest(mask, width, height, at, most) {
  const [x0, y0] = [Math.max(at.x - most, 0), Math.max(at.y - most, 0)];
  const rect = {
    x: x0,
    y: y0,
    width: Math.min(at.x + most, width) - x0,
    height: Math.min(at.y + most, height) - y0,
  };
  const near = cut(mask, width, rect);
  for (let side = most; side > 1; side -= 1) {
    const anchors = new Uint8Array(near.length);
    findAnchors(near, rect.width, rect.height, side, { ...rect, x: 0, y: 0 }, anchors);
    let [anchor, nearest] = [at, Infinity];
    for (let y = Math.max(at.y - side + 1, y0); y <= at.y; y += 1) {
      for (let x = Math.max(at.x - side + 1, x0); x <= at.x; x += 1) {
        const away = Math.abs(2 * (at.x - x) - side + 1) + Math.abs(2 * (at.y - y) - side + 1);
        if (anchors[(y - y0) * rect.width + x - x0] && away < nearest) [anchor, nearest] = [{ x, y }, away];
      }
    }
    if (nearest < Infinity) return { side, anchor };
  }
  return { side: 1, anchor: at };
}

/**
 * What squares cover, and the background beside it that no other square reaches.
 * @param {Uint8Array} mask @param {number} width @param {number} height
 * @param {Cells} own first corners of the squares of this area @param {number} side
 * @returns {Cells}
 */
function withNooks(mask, width, height, own, side) {
  const room = 2 * side;
  const [x, y] = [Math.max(own.rect.x - room, 0), Math.max(own.rect.y - room, 0)];
  const right = Math.min(own.rect.x + own.rect.width + side + room, width);
  const rect = {
    x,
    y,
    width: right - x,
    height: Math.min(own.rect.y + own.rect.height + side + room, height) - y,
  };
  const part = cut(mask, width, rect);
  const corners = new Uint8Array(part.length);
  for (let row = 0; row < own.rect.height; row += 1) {
    const from = (own.rect.y - y + row) * rect.width + own.rect.x - x;
    corners.set(own.bits.subarray(row * own.rect.width, (row + 1) * own.rect.width), from);
  }
  const bits = covered(corners, rect.width, rect.height, side);
  findAnchors(part, rect.width, rect.height, side, { ...rect, x: 0, y: 0 }, corners);
  const others = covered(corners, rect.width, rect.height, side);
  // 0: a nook may be here; 1: this area; 2: painted, or another area
  const state = bits.slice();
  for (let i = 0; i < state.length; i += 1)
    if (!bits[i] && (part[i] || others[i])) state[i] = part[i] ? 2 : 3;
  addNooks(state, rect.width, bits);
  return { rect, bits };
}

/**
 * @param {Uint8Array} state 0 not known yet, 1 the area, 2 painted, 3 another area; looked-at pixels become 2
 * @param {number} width @param {Uint8Array} bits of the area, nooks are added
 */
function addNooks(state, width, bits) {
  for (let i = width; i < state.length - width; i += 1) {
    if (state[i] !== 1) continue;
    for (const next of [i - 1, i + 1, i - width, i + width]) {
      if (state[next] === 0) for (const index of nookAt(next, state, width)) bits[index] = 1;
    }
  }
}

/**
 * @param {number} start @param {Uint8Array} state @param {number} width
 * @returns {number[]} the pixels of a nook; none where it leads to another area or to the edge
 */
function nookAt(start, state, width) {
  const pixels = [start];
  state[start] = 2;
  let closed = true;
  for (let done = 0; done < pixels.length; done += 1) {
    const index = pixels[done];
    const x = index % width;
    if (x === 0 || x === width - 1 || index < width || index >= state.length - width) closed = false;
    for (const next of [index - 1, index + 1, index - width, index + width]) {
      if (state[next] === 3) closed = false;
      if (state[next] !== 0) continue;
      state[next] = 2;
      pixels.push(next);
    }
  }
  return closed ? pixels : [];
}

/**
 * The pixels under squares.
 * @param {Uint8Array} anchors their first corners @param {number} width @param {number} height @param {number} side
 * @returns {Uint8Array}
 */
function covered(anchors, width, height, side) {
  const bits = new Uint8Array(anchors.length);
  const rows = new Uint8Array(width); // for how many rows a square that began in this column goes on
  for (let row = 0; row < height; row += 1) {
    let columns = 0;
    for (let x = 0, i = row * width; x < width; x += 1, i += 1) {
      if (anchors[i]) rows[x] = side;
      if (rows[x] > 0) {
        columns = side;
        rows[x] -= 1;
      }
      if (columns > 0) {
        bits[i] = 1;
        columns -= 1;
      }
    }
  }
  return bits;
}
