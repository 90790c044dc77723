/** What lies over the image: class colors, the difference to the prediction, outlines. */
import { UNSURE } from "./types.js";

/** @typedef {import("./types.js").Rect} Rect */
/** @typedef {import("./types.js").SeepClass} SeepClass */

/** Colors of the difference, chosen apart from the class colors. */
export const DIFFERENCE = { added: "#4cc9f0", removed: "#ff5d73", changed: "#ffd166" };

/** @param {string} color "#rrggbb" @returns {number} opaque RGBA, little-endian */
export function rgba(color) {
  const value = Number.parseInt(color.slice(1), 16);
  const [red, green, blue] = [(value >> 16) & 255, (value >> 8) & 255, value & 255];
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * RGBA by class id; background, unknown and switched-off classes are transparent.
 * @param {SeepClass[]} classes @param {Set<number>} off ids not shown
 * @returns {Uint32Array} 256 entries
 */
export function palette(classes, off) {
  const table = new Uint32Array(256);
  for (const one of classes) if (one.id !== 0 && !off.has(one.id)) table[one.id] = rgba(one.color);
  return table;
}

/**
 * Color a rectangle of a mask by class; unsure pixels are a gray weave. Of a cell of several pixels the first that
 * has a class is shown, so that a thin slick does not vanish from afar.
 * @param {Uint8Array} mask @param {number} width
 * @param {Uint32Array} colors of palette()
 * @param {Rect} rect @param {number} step px in a cell
 * @param {Uint32Array} out RGBA, a row every `stride` entries @param {number} stride
 */
export function fillClasses(mask, width, colors, rect, step, out, stride) {
  const light = rgba("#e6e6e6");
  const dark = rgba("#3c3c3c");
  const right = rect.x + rect.width;
  for (let y = rect.y, base = 0; y < rect.y + rect.height; y += step, base += stride) {
    const bottom = Math.min(y + step, rect.y + rect.height);
    for (let x = rect.x, at = base; x < right; x += step, at += 1) {
      let value = mask[y * width + x];
      if (step > 1 && value === 0) value = firstClass(mask, width, x, y, Math.min(x + step, right), bottom);
      out[at] = value === UNSURE ? ((((x + y) / step) & 3) < 2 ? light : dark) : colors[value];
    }
  }
}

/** @param {Uint8Array} mask @param {number} width @param {number} left @param {number} top @param {number} right @param {number} bottom @returns {number} */
function firstClass(mask, width, left, top, right, bottom) {
  for (let y = top; y < bottom; y += 1) {
    for (let i = y * width + left; i < y * width + right; i += 1) if (mask[i]) return mask[i];
  }
  return 0;
}

/**
 * Color where a mask differs from another: added, removed, or of another class.
 * @param {Uint8Array} mask @param {Uint8Array} before @param {number} width
 * @param {Rect} rect @param {number} step px in a cell, a power of 2; one that differs is enough
 * @param {Uint32Array} out RGBA, a row every `stride` entries @param {number} stride
 */
export function fillDifference(mask, before, width, rect, step, out, stride) {
  const [added, removed, changed] = [DIFFERENCE.added, DIFFERENCE.removed, DIFFERENCE.changed].map(rgba);
  const columns = Math.ceil(rect.width / step);
  const shift = 31 - Math.clz32(step);
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    const base = ((y - rect.y) >> shift) * stride;
    if ((y - rect.y) % step === 0) out.fill(0, base, base + columns);
    for (let x = 0, i = y * width + rect.x; x < rect.width; x += 1, i += 1) {
      if (mask[i] === before[i]) continue;
      out[base + (x >> shift)] = before[i] === 0 ? added : mask[i] === 0 ? removed : changed;
    }
  }
}

/**
 * Color bytes by a table, such as the probability of a seep.
 * @param {Uint8Array} values @param {number} width @param {Uint32Array} table 256 colors
 * @param {Rect} rect @param {number} step px in a cell, shown by its first
 * @param {Uint32Array} out RGBA, a row every `stride` entries @param {number} stride
 */
export function fillTable(values, width, table, rect, step, out, stride) {
  const right = rect.x + rect.width;
  for (let y = rect.y, base = 0; y < rect.y + rect.height; y += step, base += stride) {
    for (let x = rect.x, at = base; x < right; x += step, at += 1) out[at] = table[values[y * width + x]];
  }
}

/**
 * The edges of each class within a rectangle, on pixel borders, runs joined.
 * @param {Uint8Array} mask @param {number} width @param {number} height
 * @param {Rect} rect
 * @returns {Map<number, number[]>} class id -> x0, y0, x1, y1, ...; the mask's own border is an edge too
 */
export function edges(mask, width, height, rect) {
  /** @type {Map<number, number[]>} */
  const found = new Map();
  if (isEmpty(mask, width, rect)) return found;
  const add = (/** @type {number} */ id, /** @type {number[]} */ line) => {
    const lines = found.get(id);
    if (lines) lines.push(...line);
    else found.set(id, line);
  };
  for (const side of /** @type {const} */ ([0, 1])) {
    scan(
      mask,
      rect.y,
      rect.height,
      width,
      rect.x,
      rect.width,
      1,
      side ? height - 1 : 0,
      side ? width : -width,
      (y, from, to, id) => add(id, [from, y + side, to, y + side]),
    );
    scan(
      mask,
      rect.x,
      rect.width,
      1,
      rect.y,
      rect.height,
      width,
      side ? width - 1 : 0,
      side ? 1 : -1,
      (x, from, to, id) => add(id, [x + side, from, x + side, to]),
    );
  }
  return found;
}

/** @param {Uint8Array} mask @param {number} width @param {Rect} rect @returns {boolean} most blocks are */
function isEmpty(mask, width, rect) {
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    const from = y * width + rect.x;
    for (let i = from; i < from + rect.width; i += 1) if (mask[i]) return false;
  }
  return true;
}

/**
 * Find runs along one axis whose neighbor across is of another class.
 * @param {Uint8Array} mask
 * @param {number} line0 @param {number} lines @param {number} lineStep first line, how many, bytes between them
 * @param {number} at0 @param {number} count @param {number} step the same along a line
 * @param {number} border line beyond which there is nothing @param {number} across bytes to the neighbor
 * @param {(line: number, from: number, to: number, id: number) => void} emit
 */
function scan(mask, line0, lines, lineStep, at0, count, step, border, across, emit) {
  for (let line = line0; line < line0 + lines; line += 1) {
    let from = at0;
    let current = 0;
    for (let at = at0; at < at0 + count; at += 1) {
      const index = line * lineStep + at * step;
      const id = mask[index];
      const edge = id !== 0 && (line === border || mask[index + across] !== id) ? id : 0;
      if (edge === current) continue;
      if (current) emit(line, from, at, current);
      current = edge;
      from = at;
    }
    if (current) emit(line, from, at0 + count, current);
  }
}

/**
 * @typedef {object} MaskOverlay
 * @property {"classes" | "difference" | "heat"} kind
 * @property {Uint8Array} values mask, or probability as bytes
 * @property {Uint8Array | null} before what a difference is to
 * @property {Uint32Array | null} table colors by byte
 */

/**
 * @param {MaskOverlay} overlay @param {number} width @param {import("./types.js").Rect} rect @param {number} step
 * @param {Uint32Array} out @param {number} stride
 */
export function fillOverlay({ kind, values, before, table }, width, rect, step, out, stride) {
  if (kind === "difference" && before) fillDifference(values, before, width, rect, step, out, stride);
  else if (table && kind === "heat") fillTable(values, width, table, rect, step, out, stride);
  else if (table) fillClasses(values, width, table, rect, step, out, stride);
}

/** @param {MaskOverlay | null} a @param {MaskOverlay | null} b @returns {boolean} whether both show the same, but for pixels changed in place */
export function isSameOverlay(a, b) {
  if (!a || !b) return a === b;
  const one =
    a.table === b.table || (a.table && b.table && a.table.every((value, i) => value === b.table?.[i]));
  return Boolean(one) && a.kind === b.kind && a.values === b.values && a.before === b.before;
}
