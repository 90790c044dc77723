/**
 * Windows of one large image share pixels: a save on one gives those beside it a revision too. The ones in memory
 * take it over, or what is painted there next would be refused as a conflict with the analyst's own save.
 */
import { differing } from "./regions.js";

/** @typedef {import("./types.js").OpenTile} OpenTile */
/** @typedef {import("./types.js").TileDocument} TileDocument */
/** @typedef {{info: TileDocument, before: Uint8Array, after: Uint8Array}} News before: what the tile began from */

/**
 * What is mine where I changed something, and theirs elsewhere.
 * @param {Uint8Array} mine @param {Uint8Array} before that mine began from @param {Uint8Array} after theirs
 * @returns {Uint8Array}
 */
export function mergeMasks(mine, before, after) {
  return mine.map((value, i) => (value === before[i] ? after[i] : value));
}

/**
 * Whether all that came since a revision is what the author painted on the windows beside.
 * @param {import("./types.js").Revision[]} history @param {number} base 0 for none @param {string} author
 * @returns {boolean}
 */
export function onlyNeighborSaves(history, base, author) {
  const since = history.filter((one) => one.id > base);
  return since.length > 0 && since.every((one) => one.kind === "join" && one.author === author);
}

/**
 * Have the windows in memory take over what a save beside them changed.
 * @param {import("./library.js").Library} library @param {import("./saver.js").Saver} saver
 * @param {number[]} ids that a save changed too @param {string} author
 */
export async function pullInto(library, saver, ids, author) {
  for (const id of ids) {
    const tile = await library.cachedOrLoading(id, author);
    if (tile) saver.pullNeighborSaves(tile);
  }
}

/**
 * Take over what the analyst's own saves beside a tile made of it; what is not saved on it goes on from there. Asked
 * only while nothing of the tile is on its way to the server.
 * @param {import("./saver.js").Saver} saver @param {OpenTile} tile
 * @returns {Promise<boolean>} whether the tile goes on from another revision now
 */
export async function mergeNeighborSaves(saver, tile) {
  const { base } = tile;
  const news = tile.conflict ? null : await newsOf(saver.api, tile);
  if (tile.base !== base) return true; // settled meanwhile
  if (!news) return false;
  const { info, before, after } = news;
  const painted = saver.hasUnsent(tile) || tile.history.open || differing(tile.annotation, before) > 0;
  tile.base = info.head?.id ?? 0;
  tile.info = { ...tile.info, head: info.head, history: info.history };
  if (painted) goOn(saver, tile, (mask) => mergeMasks(mask, before, after));
  else renew(saver, tile, after, info.state);
  saver.emit("restored", tile);
  saver.emit("state", tile);
  return true;
}

/**
 * Take over what another window of the analyst painted on the same tile, which the server has joined with the draft.
 * @param {import("./saver.js").Saver} saver @param {OpenTile} tile @param {Uint8Array} sent the draft as it was sent
 */
export async function mergeDraft(saver, tile, sent) {
  const after = await saver.api.mask(`tiles/${tile.id}/draft`, tile.author, tile.annotation.length);
  goOn(saver, tile, (mask) => mergeMasks(mask, sent, after));
  saver.emit("restored", tile);
  saver.emit("window", tile);
}

/**
 * @param {import("./api.js").Api} api @param {OpenTile} tile
 * @returns {Promise<News | null>} null where nothing came, or something else came too
 */
async function newsOf(api, { annotation, author, base, id, prediction }) {
  const info = await api.document(id, author);
  if (!info.head || info.head.id === base || !onlyNeighborSaves(info.history, base, author)) return null;
  const load = (/** @type {number} */ revision) => api.mask(`revisions/${revision}/mask`, author, annotation.length);
  const start = base ? load(base) : (prediction ?? new Uint8Array(annotation.length));
  const [before, after] = await Promise.all([start, load(info.head.id)]);
  return { info, before, after };
}

/**
 * What is not saved goes on with the pixels that came, as one step that undo takes back.
 * @param {import("./saver.js").Saver} saver @param {OpenTile} tile @param {(mask: Uint8Array) => Uint8Array} merge
 */
function goOn(saver, tile, merge) {
  const { history, save } = tile;
  for (const command of save.outbox) {
    if (command.mask) command.mask = merge(command.mask);
    if (command.version === save.version && !history.open) command.version += 1; // it holds all that is painted
  }
  save.version += 1;
  saver.persist(tile, history.replace(merge(tile.annotation)));
}

/**
 * Nothing was painted: the tile shows what it would open with. No step of undo where there is none yet.
 * @param {import("./saver.js").Saver} saver @param {OpenTile} tile @param {Uint8Array} mask @param {string} state
 */
function renew(saver, tile, mask, state) {
  tile.info.state = state;
  if (tile.history.edits.length) saver.persist(tile, tile.history.replace(mask));
  else tile.annotation.set(mask);
}
