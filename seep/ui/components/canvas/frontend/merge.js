/**
 * Tiles of one large image overlap: a save on one also creates a revision on its neighbors. Neighbors in memory merge
 * that revision; otherwise the server would refuse the next save there as a conflict with the analyst's own save.
 */
import { differing } from "./regions.js";

/** @typedef {import("./types.js").OpenTile} OpenTile */
/** @typedef {import("./types.js").TileDocument} TileDocument */
/** @typedef {{info: TileDocument, before: Uint8Array, after: Uint8Array}} NeighborSaves before: mask of the tile's base revision */

/**
 * Merge two masks: mine where it differs from the base, theirs elsewhere.
 * @param {Uint8Array} mine @param {Uint8Array} before the base @param {Uint8Array} after theirs
 * @returns {Uint8Array}
 */
export function mergeMasks(mine, before, after) {
  return mine.map((value, i) => (value === before[i] ? after[i] : value));
}

/**
 * Whether all revisions since `base` come from the author's saves on overlapping tiles.
 * @param {import("./types.js").Revision[]} history @param {number} base 0 for none @param {string} author
 * @returns {boolean}
 */
export function onlyNeighborSaves(history, base, author) {
  const since = history.filter((one) => one.id > base);
  return since.length > 0 && since.every((one) => one.kind === "join" && one.author === author);
}

/**
 * Merge a save into the overlapping tiles in memory.
 * @param {import("./library.js").Library} library @param {import("./saver.js").Saver} saver
 * @param {number[]} ids of the overlapping tiles @param {string} author
 */
export async function pullInto(library, saver, ids, author) {
  for (const id of ids) {
    const tile = await library.cachedOrLoading(id, author);
    if (tile) saver.pullNeighborSaves(tile);
  }
}

/**
 * Merge the analyst's saves on overlapping tiles into a tile and its unsaved work. Called only while no request of the
 * tile is in progress.
 * @param {import("./saver.js").Saver} saver @param {OpenTile} tile
 * @returns {Promise<boolean>} whether the base revision of the tile changed
 */
export async function mergeNeighborSaves(saver, tile) {
  const { base } = tile;
  const saves = tile.conflict ? null : await loadNeighborSaves(saver.api, tile);
  if (tile.base !== base) return true; // already merged
  if (!saves) return false;
  const { info, before, after } = saves;
  const painted = saver.hasUnsent(tile) || tile.history.open || differing(tile.annotation, before) > 0;
  tile.base = info.head?.id ?? 0;
  tile.info = { ...tile.info, head: info.head, history: info.history };
  if (painted) mergeUnsaved(saver, tile, (mask) => mergeMasks(mask, before, after));
  else replaceClean(saver, tile, after, info.state);
  saver.emit("restored", tile);
  saver.emit("state", tile);
  return true;
}

/**
 * Load the draft that the server merged with strokes from another browser window of the analyst.
 * @param {import("./saver.js").Saver} saver @param {OpenTile} tile @param {Uint8Array} sent the draft as it was sent
 */
export async function mergeDraft(saver, tile, sent) {
  const after = await saver.api.mask(`tiles/${tile.id}/draft`, tile.author, tile.annotation.length);
  mergeUnsaved(saver, tile, (mask) => mergeMasks(mask, sent, after));
  saver.emit("restored", tile);
  saver.emit("merged", tile);
}

/**
 * @param {import("./api.js").Api} api @param {OpenTile} tile
 * @returns {Promise<NeighborSaves | null>} null if there is nothing to merge, or if others saved as well
 */
async function loadNeighborSaves(api, { annotation, author, base, id, prediction }) {
  const info = await api.document(id, author);
  if (!info.head || info.head.id === base || !onlyNeighborSaves(info.history, base, author)) return null;
  const load = (/** @type {number} */ revision) =>
    api.mask(`revisions/${revision}/mask`, author, annotation.length);
  const start = base ? load(base) : (prediction ?? new Uint8Array(annotation.length));
  const [before, after] = await Promise.all([start, load(info.head.id)]);
  return { info, before, after };
}

/**
 * Merge into the unsaved work, as one undo step.
 * @param {import("./saver.js").Saver} saver @param {OpenTile} tile @param {(mask: Uint8Array) => Uint8Array} merge
 */
function mergeUnsaved(saver, tile, merge) {
  const { history, save } = tile;
  for (const command of save.outbox) {
    if (command.mask) command.mask = merge(command.mask);
    if (command.version === save.version && !history.open) command.version += 1; // the command holds the whole mask
  }
  save.version += 1;
  saver.persist(tile, history.replace(merge(tile.annotation)));
}

/**
 * Without unsaved work, show the mask of the server. Adds an undo step only if there is a history.
 * @param {import("./saver.js").Saver} saver @param {OpenTile} tile @param {Uint8Array} mask @param {string} state
 */
function replaceClean(saver, tile, mask, state) {
  tile.info.state = state;
  if (tile.history.edits.length) saver.persist(tile, tile.history.replace(mask));
  else tile.annotation.set(mask);
}
