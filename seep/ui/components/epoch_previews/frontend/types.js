/**
 * What passes between Python and the strip.
 *
 * @typedef {object} Shown one tile as a run predicted it at the end of an epoch
 * @property {number} tile_id
 * @property {string} name
 * @property {number} changed_px against the model that the run started from
 * @property {number | null} iou with the tile's known mask; null where neither has seep
 * @property {string} mask address of a gray PNG of class ids, without the app's own prefix
 *
 * @typedef {object} Epoch
 * @property {number} epoch 0 is the model that the run started from
 * @property {Shown[]} tiles
 *
 * @typedef {object} PreviewData
 * @property {string} name of this strip in the app
 * @property {Epoch[]} epochs oldest first
 * @property {Record<string, string>} colors "#rrggbb" by class id
 * @property {string} base_url "" or "/name"
 *
 * @typedef {object} Ids the pixels of a mask
 * @property {number} width
 * @property {number} height
 * @property {Uint8Array} pixels class ids, row by row
 */

export {};
