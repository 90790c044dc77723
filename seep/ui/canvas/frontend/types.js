/**
 * The shapes of values that pass between the modules of the canvas; no code.
 *
 * A mask is a Uint8Array of `width * height` class ids, row-major; 0 is background, 255 unsure.
 *
 * @typedef {Uint8Array | Uint16Array | Int16Array | Float32Array} Pixels
 * @typedef {{x: number, y: number}} Point In pixels of the image; the centre of the first pixel is (0.5, 0.5).
 * @typedef {{x: number, y: number, width: number, height: number}} Rect Whole pixels.
 * @typedef {{scale: number, x: number, y: number}} View Screen = image * scale + (x, y), in CSS pixels.
 * @typedef {{low: number, high: number, gamma: number, invert: boolean}} Contrast In raw values.
 * @typedef {{id: number, name: string, colour: string, key: string}} SeepClass
 *
 * @typedef {object} Revision
 * @property {number} id
 * @property {string} kind import, save, accept or restore
 * @property {string} author
 * @property {string} created_at ISO 8601, UTC
 * @property {number | null} [correction_px] pixels changed against the prediction
 *
 * @typedef {object} TileDocument What the server says about a tile.
 * @property {number} id
 * @property {string} name
 * @property {string} scene
 * @property {string} split
 * @property {string} state
 * @property {number} height
 * @property {number} width
 * @property {number} bands
 * @property {string} dtype
 * @property {number | null} nodata
 * @property {[number, number] | null} limits percentile limits of the scene, raw values
 * @property {string} version
 * @property {Revision | null} head
 * @property {Revision[]} history
 * @property {{id: number, checkpoint: string, uncertainty: number | null, seep_area_px: number | null} | null} prediction
 * @property {{base_revision_id: number | null, saved_at: string} | null} draft
 * @property {"draft" | "revision" | "prediction" | "empty"} start
 *
 * @typedef {{id: number, name: string, scene: string, state: string, value: number | null, split: string, version?: string}} QueueItem
 *
 * @typedef {object} Command A change that must reach the server, in order, exactly once.
 * @property {"revision" | "decision" | "restore"} type
 * @property {string} what kind of revision, decision, or id of the revision to restore
 * @property {string} request unique; a repeated request is answered as the first was
 * @property {Uint8Array | null} mask
 * @property {number} version the tile's version that the mask is of
 *
 * @typedef {object} SaveState
 * @property {"clean" | "waiting" | "saving" | "failed" | "conflict"} status
 * @property {number | null} at when the server last confirmed, ms since 1970
 * @property {string} reason why it is not saved
 * @property {number} version counts the gestures
 * @property {number} sent the version that the server has
 * @property {Command[]} outbox
 *
 * @typedef {object} Conflict
 * @property {number} revision
 * @property {string} author
 * @property {string} at ISO 8601, UTC
 * @property {Uint8Array | null} theirs
 *
 * @typedef {object} OpenTile A tile in memory.
 * @property {number} id
 * @property {string} author
 * @property {string} identity tells the same tile number of another workspace apart
 * @property {TileDocument} info
 * @property {Pixels} pixels one band
 * @property {Pixels} raw all bands, interleaved
 * @property {number} band
 * @property {Uint8Array} annotation
 * @property {Uint8Array | null} prediction
 * @property {import("./history.js").History} history
 * @property {number} base revision that the annotation started from; 0 for none
 * @property {Contrast} contrast
 * @property {View | null} view
 * @property {SaveState} save
 * @property {Conflict | null} conflict
 * @property {string} notice what the analyst must know about how the tile was opened
 */

export const UNSURE = 255;
