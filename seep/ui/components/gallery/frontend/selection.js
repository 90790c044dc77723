/**
 * The selection of tiles: pure functions from one selection to the next.
 *
 * @typedef {object} Selection
 * @property {ReadonlySet<number>} ids
 * @property {number | null} anchor id at which a range starts
 */

/**
 * @param {Iterable<number>} ids
 * @returns {Selection}
 */
export function selectionOf(ids) {
  return { ids: new Set(ids), anchor: null };
}

/**
 * Toggle a tile; it becomes the anchor.
 *
 * @param {Selection} selection
 * @param {number} id
 * @returns {Selection}
 */
export function toggled(selection, id) {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: id };
}

/**
 * Add all tiles from the anchor to `id`; without an anchor on the grid, only `id`.
 *
 * @param {Selection} selection
 * @param {number} id
 * @param {readonly number[]} order ids in the order of the grid
 * @returns {Selection}
 */
export function extended(selection, id, order) {
  const end = order.indexOf(id);
  const start = selection.anchor === null ? -1 : order.indexOf(selection.anchor);
  if (end < 0) return selection;
  if (start < 0) return { ids: new Set([...selection.ids, id]), anchor: id };
  const range = order.slice(Math.min(start, end), Math.max(start, end) + 1);
  return { ids: new Set([...selection.ids, ...range]), anchor: selection.anchor };
}

/**
 * The selection after a rubber band.
 *
 * @param {Selection} start
 * @param {readonly number[]} inside ids that the band touches
 * @param {boolean} keep whether to add to the start (Ctrl or Shift held) or to replace it
 * @returns {Selection}
 */
export function banded(start, inside, keep) {
  const ids = new Set(keep ? [...start.ids, ...inside] : inside);
  return { ids, anchor: inside.length ? (inside[0] ?? null) : start.anchor };
}

/**
 * Remove tiles that are no longer on the grid.
 *
 * @param {Selection} selection
 * @param {readonly number[]} order
 * @returns {Selection}
 */
export function kept(selection, order) {
  const shown = new Set(order);
  if ([...selection.ids].every((id) => shown.has(id))) return selection;
  const anchor = selection.anchor !== null && shown.has(selection.anchor) ? selection.anchor : null;
  return { ids: new Set([...selection.ids].filter((id) => shown.has(id))), anchor };
}

/**
 * Ids in the order of the grid.
 *
 * @param {Selection} selection
 * @param {readonly number[]} order
 * @returns {number[]}
 */
export function inOrder(selection, order) {
  return order.filter((id) => selection.ids.has(id));
}
