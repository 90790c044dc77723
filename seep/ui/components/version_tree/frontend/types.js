/**
 * What passes between Python and the tree of versions.
 *
 * @typedef {object} Version
 * @property {number} id
 * @property {string} name
 * @property {string} state active, candidate, kept or dropped
 * @property {number} lane how many columns to the right its dot stands
 * @property {number | null} parent the row of its parent, null for a root
 * @property {string[]} cells texts, in the order of the columns
 *
 * @typedef {object} TreeData
 * @property {Version[]} rows each below its parent
 * @property {string[]} columns
 * @property {number[]} selected ids at the first drawing, at most two
 */

export {};
