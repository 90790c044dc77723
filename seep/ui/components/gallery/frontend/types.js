/**
 * What passes between Python and the gallery.
 *
 * @typedef {object} Tile
 * @property {number} id
 * @property {string} name
 * @property {string} state key of a tile state
 * @property {string} [scene]
 * @property {number | string} [value] what the order goes by
 * @property {string} [version] another one means another picture
 * @property {boolean} [in_sample] drawn for the quality sample
 * @property {boolean} [drafted] someone has a draft on it
 * @property {string} [person] whom it is assigned to
 *
 * @typedef {object} GalleryData
 * @property {string} name of this gallery in the app
 * @property {Tile[]} tiles
 * @property {string} base_url "" or "/name"
 * @property {import("../../shared/orders.js").QueueOrder | null} order null where no value is a number
 * @property {import("../../shared/states.js").TileState[]} states
 * @property {number[]} selected ids selected at the first drawing, and whenever `choice` is another one
 * @property {number} choice number of the selection that the page made
 * @property {number} size_px side of a thumbnail in CSS pixels
 * @property {number | null} height_px null fills the window
 */

export {};
