/**
 * What passes between Python and the gallery.
 *
 * @typedef {object} Tile
 * @property {number} id
 * @property {string} name
 * @property {string} state unreviewed, draft, accepted, corrected, rejected or flagged
 * @property {string} [scene]
 * @property {number | string} [value] what the order goes by
 * @property {string} [version] another one means another picture
 * @property {boolean} [audit] drawn blindly
 * @property {string} [person] whom it is assigned to
 *
 * @typedef {object} GalleryData
 * @property {string} name of this gallery in the app
 * @property {Tile[]} tiles
 * @property {string} base_url "" or "/name"
 * @property {string} order
 * @property {number[]} selected ids selected at the first drawing, and whenever `choice` is another one
 * @property {number} choice number of the selection that the page made
 * @property {number} size_px side of a thumbnail in CSS pixels
 * @property {number | null} height_px null fills the window
 *
 * @typedef {object} Streamlit what Streamlit hands to a component
 * @property {ShadowRoot | HTMLElement} parentElement
 * @property {GalleryData} data
 * @property {string} key
 * @property {(name: string, value: unknown) => void} setStateValue
 * @property {(name: string, value: unknown) => void} setTriggerValue
 */

export {};
