/** The way through the queue: which tile comes next. */

/** @typedef {import("./types.js").QueueItem} QueueItem */

/**
 * @param {QueueItem[]} items @param {number | null} id
 * @returns {number} place in the queue, -1 for a tile that is not in it
 */
export function queueIndex(items, id) {
  return items.findIndex((item) => item.id === id);
}

/**
 * The neighbor in queue order; stops at both ends.
 * @param {QueueItem[]} items @param {number | null} id @param {1 | -1} step
 * @returns {number | null} id of the neighbor
 */
export function adjacentId(items, id, step) {
  const place = queueIndex(items, id);
  if (place < 0) return items.length ? items[0].id : null;
  return items[place + step]?.id ?? null;
}

/**
 * The next tile that still waits, round the end to the start; not the tile itself.
 * @param {QueueItem[]} items @param {number | null} id
 * @param {Set<number>} handled accepted or rejected since the queue was made
 * @returns {number | null} null: the queue is finished
 */
export function nextUndecidedId(items, id, handled) {
  const place = queueIndex(items, id);
  const rotated = [...items.slice(place + 1), ...items.slice(0, Math.max(place, 0))];
  return rotated.find((item) => !handled.has(item.id))?.id ?? null;
}
