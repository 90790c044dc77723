/** Which versions are chosen: one for its card, two to compare; a third takes the place of the first. */

export const MOST = 2;

/**
 * Choose a version alone.
 *
 * @param {number[]} chosen
 * @param {number} id
 * @returns {number[]} nothing where it was chosen alone already
 */
export function alone(chosen, id) {
  return chosen.length === 1 && chosen[0] === id ? [] : [id];
}

/**
 * Add a version to the chosen ones, or take it away.
 *
 * @param {number[]} chosen in the order in which they were chosen
 * @param {number} id
 * @returns {number[]}
 */
export function toggled(chosen, id) {
  if (chosen.includes(id)) return chosen.filter((one) => one !== id);
  return [...chosen, id].slice(-MOST);
}

/**
 * Leave out what is not shown any more.
 *
 * @param {number[]} chosen
 * @param {number[]} shown
 * @returns {number[]}
 */
export function kept(chosen, shown) {
  return chosen.filter((one) => shown.includes(one));
}
