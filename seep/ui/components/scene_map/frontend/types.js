/**
 * What passes between the server, Python and the scene map.
 *
 * @typedef {object} SceneTile what an analyst opens; pixels are the scene's
 * @property {number} id
 * @property {string} name
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 * @property {string} state unreviewed, draft, accepted, corrected, rejected or flagged
 * @property {number | null} seep_area_px shown mask's seep, null where it has no mask
 *
 * @typedef {object} SceneDocument
 * @property {string} name
 * @property {number} width
 * @property {number} height
 * @property {number} levels of the pyramid; level 0 is the scene's own pixels, each next has half of them
 * @property {number | null} pixel_m ground size of a pixel
 * @property {number[][] | null} bounds longitude and latitude of the corners, clockwise from the upper left
 * @property {boolean} placed false where the grid is not known: the tiles then stand by their numbers
 * @property {"coarse" | "ready"} picture "coarse" while the server still makes the picture
 * @property {string} image_version another one means other pictures
 * @property {string} mask_version another one means other masks
 * @property {SceneTile[]} tiles
 * @property {import("../../shared/references.js").ReferenceRow[]} references
 *
 * @typedef {object} MapData
 * @property {number} scene_id
 * @property {string} author
 * @property {string} base_url "" or "/name"
 * @property {number | null} height_px null fills the window
 * @property {import("../../shared/states.js").TileState[]} states
 * @property {boolean} about_seeps whether the workspace is about seeps
 *
 * @typedef {object} Choices what is shown; kept from scene to scene
 * @property {"image" | "minimum"} layer
 * @property {boolean} masks
 * @property {number} opacity of the masks, 0 to 1
 * @property {boolean} states
 * @property {boolean} references
 */

export {};
