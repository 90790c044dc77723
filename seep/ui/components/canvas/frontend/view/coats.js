/** Coats: what can lie over the image. A value that says what to show, and how its cells are filled. */
import { fillClasses, fillDifference, fillTable } from "../overlay.js";

/**
 * @typedef {object} MaskOverlay
 * @property {"classes" | "difference" | "heat"} kind
 * @property {Uint8Array} values mask, or probability as bytes
 * @property {Uint8Array | null} before what a difference is to
 * @property {Uint32Array | null} table colors by byte
 */

/**
 * @param {MaskOverlay} coat @param {number} width @param {import("../types.js").Rect} rect @param {number} step
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
  const one = a.table === b.table || (a.table && b.table && a.table.every((value, i) => value === b.table?.[i]));
  return Boolean(one) && a.kind === b.kind && a.values === b.values && a.before === b.before;
}
