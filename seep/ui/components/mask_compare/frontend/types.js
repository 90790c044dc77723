/**
 * What passes between Python and the pairs of pictures.
 *
 * @typedef {object} Mask one mask of a tile; at most one of both, none for the image alone
 * @property {number} [prediction]
 * @property {number} [revision]
 *
 * @typedef {object} Pair one place of a tile under two masks
 * @property {number} tile
 * @property {string} name of the tile
 * @property {number} width of the tile, pixels
 * @property {number} height
 * @property {number[]} part x, y, width and height of what the small pictures show
 * @property {number[] | null} box x, y, width and height of what is meant, null for all of it
 * @property {Mask} first
 * @property {Mask} second
 * @property {Mask | null} truth
 * @property {string} title
 * @property {string} note
 * @property {string} tone gained, lost, changed or ""
 *
 * @typedef {object} CompareData
 * @property {Pair[]} pairs
 * @property {string[]} labels of the first and the second mask
 * @property {string} base_url "" or "/name"
 * @property {number} height_px
 */

export {};
