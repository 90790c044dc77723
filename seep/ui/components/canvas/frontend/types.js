/**
 * Types shared by the modules of the canvas.
 *
 * A mask is a Uint8Array of `width * height` class ids, row-major; 0 is background, 255 unsure.
 *
 * @typedef {Uint8Array | Uint16Array | Int16Array | Float32Array} Pixels
 * @typedef {{x: number, y: number}} Point In pixels of the image; the center of the first pixel is (0.5, 0.5).
 * @typedef {{x: number, y: number, width: number, height: number}} Rect Whole pixels.
 * @typedef {{scale: number, x: number, y: number}} View Screen = image * scale + (x, y), in CSS pixels.
 * @typedef {{low: number, high: number, gamma: number, invert: boolean}} Contrast In raw values.
 * @typedef {{id: number, name: string, color: string, key: string, note?: string}} SeepClass note: the active version never predicts it
 *
 * @typedef {object} Revision
 * @property {number} id
 * @property {string} kind import, save, accept, restore, join or reopen
 * @property {string} author
 * @property {string} created_at ISO 8601, UTC
 * @property {number | null} [correction_px] pixels changed against the prediction
 * @property {[string, string] | null} [undone] who undid this accept, and when
 *
 * @typedef {{runs: number[], seeds: number[], area_px: number, radius_px: number}} WideArea A wide dark area; runs: y, first x and last x + 1 of each; seeds: a pixel, y * width + x, of each wide predicted slick in it.
 *
 * @typedef {object} Comment A comment on a tile, at a pixel or on the whole.
 * @property {number} id
 * @property {number | null} parent_id first comment of its thread; null for a first one
 * @property {string} author
 * @property {string} created_at ISO 8601, UTC
 * @property {string} text
 * @property {number | null} x
 * @property {number | null} y
 * @property {string | null} resolved_by
 * @property {string | null} resolved_at
 *
 * @typedef {{author: string, created_at: string, reason: string | null}} Rejection
 * @typedef {{x: number, y: number, cause: string, author: string, created_at: string}} SlickCause A decision on the slick at a pixel; a cause of "" takes one back.
 *
 * @typedef {object} TileDocument The server's record of a tile.
 * @property {number} id
 * @property {string} name
 * @property {string} scene
 * @property {number} [scene_id]
 * @property {string} split
 * @property {string} state
 * @property {string | null} [note] newest open comment of a flagged or rejected tile
 * @property {Comment[]} [comments] oldest first
 * @property {number | null} [pixel_m] side of a pixel on the ground, meters
 * @property {"dn" | "linear" | "db"} [unit] of the pixels
 * @property {string[]} [band_names]
 * @property {Point | null} [place] of the upper left corner in the scene, pixels
 * @property {number} height
 * @property {number} width
 * @property {number} bands
 * @property {string} dtype
 * @property {number | null} nodata
 * @property {[number, number] | null} limits percentile limits of the scene, raw values
 * @property {string} version
 * @property {Revision | null} head
 * @property {Revision[]} history
 * @property {Rejection[]} [rejections] oldest first
 * @property {{id: number, checkpoint: string, likely_wrong: number | null, seep_area_px: number | null, wide_areas?: WideArea[]} | null} prediction
 * @property {{base_revision_id: number | null, saved_at: string, sha256: string} | null} draft
 * @property {"draft" | "revision" | "prediction" | "empty"} start
 * @property {SlickCause[]} [causes] newest first
 * @property {boolean} [blind] whether the analyst draws a second mask and does not see the first one
 *
 * @typedef {{id: number, dx: number, dy: number, width: number, height: number, version: string}} Neighbor dx, dy: pixels from the open tile's upper left corner.
 * @typedef {{id: number, checkpoint: string, active: boolean, created_at: string}} Predicted
 * @typedef {{tiles: number, accepted: number, corrected: number, rejected: number, flagged: number, drafts: number, slicks_changed: number, minutes: number, training: {reviewed: number, needed: number}}} Summary training: tiles for the next fine-tuning
 *
 * @typedef {{id: number, name: string, scene: string, state: string, value: number | null, split: string, version: string, in_sample: boolean, drafted?: boolean, person: string | null, head: number | null, reason?: string | null, comments?: number}} QueueItem
 *
 * @typedef {{holder: string | null, until: string | null, others: number[], decided: [number, string][], renew_s: number}} LockAnswer holder: who else has the tile; others: next tiles locked by others; decided: next tiles decided by others
 *
 * @typedef {object} Command A change that must reach the server, in order, exactly once.
 * @property {"revision" | "decision" | "restore" | "drop"} type drop: of the draft
 * @property {string} what kind of revision, decision, or id of the revision to restore; "" of a draft
 * @property {string} request unique; a repeated request gets the answer of the first
 * @property {Uint8Array | null} mask
 * @property {number} version version of the tile that the mask belongs to
 * @property {string} [note] of a decision
 * @property {string} [reason] of a rejection
 * @property {boolean} [confirmed] whether the analyst confirmed an empty mask without a prediction
 * @property {Shown} [before] of the tile, in case the server refuses a decision
 *
 * @typedef {Pick<TileDocument, "state" | "note">} Shown State and note as they are shown.
 *
 * @typedef {object} SaveState
 * @property {"clean" | "waiting" | "saving" | "failed" | "conflict"} status
 * @property {number | null} at when the server last confirmed, ms since 1970
 * @property {string} reason reason for a failure
 * @property {number} version counts the gestures
 * @property {number} sent last version on the server
 * @property {string} draft hash of the server's draft that this window is based on; "" for none
 * @property {Command[]} outbox
 *
 * @typedef {"mine" | "theirs" | "both"} Side of a conflict; "both" is the merged mask
 *
 * @typedef {object} Conflict
 * @property {number} revision
 * @property {string} author
 * @property {string} at ISO 8601, UTC
 * @property {Uint8Array | null} theirs null until it is loaded
 * @property {Uint8Array | null} before the mask that both started from; null until it is loaded
 * @property {Side} shown
 * @property {"mine" | "theirs"} prefer where both changed a pixel
 *
 * A pass over the open tile; rings are flat x, y in pixels of the tile; reviewed: false if a slick here is predicted.
 * @typedef {{scene_id: number, name: string, label: string, acquired_at: string | null, current: boolean, tile_id: number | null, state: string, masked: boolean, slicks: number, reviewed: boolean, rings: number[][]}} TilePass
 * @typedef {{number: number, n: number, m: number, rank: string, note: string, conditions: string, nearest: {layer: string, feature: string, distance_km: number}[], first_seen: string | null, last_seen: string | null, tile_x: number, tile_y: number}} TileSite A site on the open tile, in its pixels.
 * Classes of reviewed slicks of other passes by site, in pixels of the tile, and reviewed tiles by class; pairs of class id and count, most frequent first.
 * @typedef {{radius_px: number, sites: {number: number, tile_x: number, tile_y: number, classes: [number, number][]}[], tiles: [number, number][]}} ClassHistory
 * @typedef {{x: number, y: number, width: number, height: number, pixels: Uint8Array}} SlickWindow A part of a tile around a slick, in its pixels; 1 is the slick, 2 other slicks, 0 sea.
 * @typedef {{pass: TilePass, pixels: Uint8Array}} ShownPass A pass that is shown instead of the open tile; pixels: 8-bit, in the grid of the tile, 0 without data.
 *
 * @typedef {object} OpenTile A tile in memory.
 * @property {number} id
 * @property {string} author
 * @property {string} identity distinguishes equal tile ids of different workspaces
 * @property {TileDocument} info
 * @property {Pixels} pixels one band
 * @property {Pixels} raw all bands, interleaved
 * @property {number} band
 * @property {Uint8Array} annotation
 * @property {Uint8Array | null} prediction
 * @property {Uint8Array | null} [probability] of seep, 0 to 255; undefined until `Library.probability` is called
 * @property {import("./history.js").History} history
 * @property {number} base revision that the annotation started from; 0 for none
 * @property {Contrast} contrast
 * @property {[number, number]} [window] low and high of the default contrast, raw values
 * @property {View | null} view
 * @property {SaveState} save
 * @property {Conflict | null} conflict
 * @property {Notice} notice how the tile was opened, if that was unusual
 *
 * @typedef {{kind: string, text: string}} Notice A message to the analyst; both empty for none.
 * @typedef {{rect: Rect, bits: Uint8Array}} Cells Pixels of the image: bits has rect.width * rect.height, 0 or 1.
 * @typedef {{shift: boolean, ctrl: boolean, alt: boolean}} Held The keys held while the pointer went down.
 *
 * @typedef {object} Sketch What a tool shows over the image.
 * @property {{points: Point[], closed?: boolean, dashed?: boolean, width?: number}[]} lines width in px of the image:
 *   drawn that wide, translucent, in the color of the class
 * @property {{x: number, y: number, held?: boolean}[]} nodes
 * @property {Cells | null} cells shown as a preview
 *
 * @typedef {object} Tool A small state machine in a file of its own, driven by the pointer.
 * @property {(at: Point, value: number, held: Held) => void} down value: the class to paint, 0 to erase
 * @property {(points: Point[]) => void} move with the button down
 * @property {() => void} up
 * @property {() => void} cancel back to idle, nothing changed
 * @property {(at: Point | null) => void} [hover] the pointer moves without a button; null: it left
 * @property {(action: string) => boolean} [key] "commit" (Enter, double click), "back" (Backspace) or any other
 *   action, offered to the tool first; true if the tool used it
 * @property {(at: Point) => boolean} [grabs] whether a press there takes hold of a node, to drag it
 * @property {() => boolean} [busy] in the middle of a gesture of several clicks: Escape cancels it, other tools and
 *   decisions wait
 * @property {() => boolean} [pending] something is being computed for it that the next actions depend on; they wait
 * @property {() => void} [finish] compute that at once, in the page
 * @property {() => Sketch} sketch
 *
 * @typedef {{name: string, label: string, min: number, max: number, step: number, unit: string, initial: number,
 *   log?: true, only?: [string, OptionValue]}} NumberOption log: two digits, and a logarithmic slider
 * @typedef {{name: string, label: string, choices: [OptionValue, string][], initial: OptionValue,
 *   only?: [string, OptionValue]}} ChoiceOption
 * @typedef {number | string} OptionValue
 * @typedef {NumberOption | ChoiceOption} Option only: shown if another option of the tool has this value
 */

export const UNSURE = 255;

/** Unsure as a class; its key is in the shortcuts. */
export const UNSURE_CLASS = { id: UNSURE, name: "Unsure", color: "#8f8f95", key: "" };

/** @type {Notice} */
export const NO_NOTICE = { kind: "", text: "" };

/** @returns {Sketch} an empty preview */
export function emptySketch() {
  return { lines: [], nodes: [], cells: null };
}
