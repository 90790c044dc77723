/**
 * Windows of one large image share pixels: a save on one gives those beside it a revision too. The ones in memory
 * follow, or what is painted there next would be refused as a conflict with the analyst's own save.
 */
import { keyOf } from "./library.js";
import { differing } from "./regions.js";

/** @typedef {import("./types.js").OpenTile} OpenTile */

/**
 * What is mine where I changed something, and theirs elsewhere.
 * @param {Uint8Array} mine @param {Uint8Array} before that mine began from @param {Uint8Array} after theirs
 * @returns {Uint8Array}
 */
export function merged(mine, before, after) {
  return mine.map((value, i) => (value === before[i] ? after[i] : value));
}

/**
 * Bring the windows in memory up to what the server has of them.
 * @param {import("./desk.js").Desk} desk @param {number[]} ids that a save changed too @param {string} author
 */
export async function follow(desk, ids, author) {
  for (const id of ids) {
    const { library, editor } = desk;
    const tile = (await library.loading.get(keyOf(id, author))) ?? library.peek(id, author);
    const newer = tile && (await brought(desk, tile));
    if (!newer) continue;
    if (newer !== tile && editor.tile === tile) desk.show(newer);
    desk.states.set(id, newer.info.state);
    desk.versions.set(id, `${newer.info.head?.id ?? newer.info.version}`);
  }
}

/**
 * @param {import("./desk.js").Desk} desk @param {OpenTile} tile
 * @returns {Promise<OpenTile>} another one where nothing was painted on the tile; else itself, going on from the
 *   newest revision
 */
async function brought({ library, saver }, tile) {
  const info = await library.api.document(tile.id, tile.author);
  const { head } = info;
  if (!head || head.id === tile.base || foreign(tile, head.id)) return tile;
  const load = (/** @type {number} */ revision) =>
    library.api.mask(`revisions/${revision}/mask`, tile.author, tile.annotation.length);
  const base = tile.base;
  const [before, after] = await Promise.all([
    base ? load(base) : (tile.prediction ?? new Uint8Array(tile.annotation.length)),
    load(head.id),
  ]);
  if (tile.base !== base || foreign(tile, head.id)) return tile; // settled meanwhile
  const painted = tile.save.status !== "clean" || tile.history.open || differing(tile.annotation, before) > 0;
  if (!painted) return library.refresh(tile);
  tile.info.head = head;
  tile.info.history = info.history;
  saver.rebase(tile, head.id, (mask) => merged(mask, before, after));
  return tile;
}

/** @param {OpenTile} tile @param {number} head @returns {boolean} whether the analyst has to settle a conflict first */
function foreign({ conflict }, head) {
  return conflict !== null && conflict.revision !== head;
}
