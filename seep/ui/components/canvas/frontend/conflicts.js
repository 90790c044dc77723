/** Save conflicts: another author saved a newer revision of the tile. */

/** @typedef {import("./types.js").OpenTile} OpenTile */
/** @typedef {import("./saver.js").Saver} Saver */

/**
 * Open a conflict. Nothing is sent until the analyst chooses a version, except decisions, which need no revision.
 * @param {Saver} saver @param {OpenTile} tile @param {Record<string, any>} body of the refusal
 */
export function openConflict(saver, tile, { revision_id, author, created_at }) {
  const { save } = tile;
  saver.stateOf(tile).kind = save.outbox.some((command) => command.what === "accept") ? "accept" : "save";
  save.outbox = save.outbox.filter((command) => command.type === "decision");
  save.sent = save.version;
  save.status = "conflict";
  tile.conflict = {
    revision: revision_id,
    author,
    at: created_at,
    theirs: null,
    before: null,
    shown: "mine",
    prefer: "mine",
  };
  keepUnsent(saver, tile);
  saver.emit("conflict", tile);
  if (save.outbox.length) saver.schedule(tile, 0);
  void learnHistory(saver, tile);
}

/**
 * Add the revisions of other authors to the history.
 * @param {Saver} saver @param {OpenTile} tile
 */
async function learnHistory(saver, tile) {
  const info = await saver.api.document(tile.id, tile.author).catch(() => null);
  if (!info) return;
  const { history: mine, state, start } = tile.info;
  const others = info.history.filter((one) => !mine.some(({ id }) => id === one.id));
  const history = [...mine, ...others].sort((one, other) => other.id - one.id);
  tile.info = { ...info, state, start, history, head: history[0] ?? null };
  saver.emit("state", tile);
}

/** Keep the analyst's version in the browser until the conflict is resolved. @param {Saver} saver @param {OpenTile} tile */
function keepUnsent(saver, tile) {
  tile.save.sent = -1;
  saver.persist(tile, false);
  tile.save.sent = tile.save.version;
}

/**
 * Load both masks of a conflict that are not in memory: the newer one, and the one that both started from.
 * @param {Saver} saver @param {OpenTile} tile
 */
export async function loadConflict(saver, tile) {
  const { conflict, annotation, base, author } = tile;
  if (!conflict || conflict.theirs) return;
  const load = (/** @type {number} */ revision) =>
    saver.api.mask(`revisions/${revision}/mask`, author, annotation.length);
  const start = base ? load(base) : (tile.prediction ?? new Uint8Array(annotation.length));
  [conflict.theirs, conflict.before] = await Promise.all([load(conflict.revision), start]);
}

/**
 * Merge both versions: each pixel that only one of them changed is taken from that version.
 * @param {OpenTile} tile with a loaded conflict
 * @returns {{mask: Uint8Array, contested: number}} contested: pixels that both changed, to different classes
 */
export function mergeConflict({ annotation, conflict }) {
  const { theirs, before, prefer } = /** @type {import("./types.js").Conflict} */ (conflict);
  const mask = annotation.slice();
  let contested = 0;
  if (!theirs || !before) return { mask, contested };
  for (let i = 0; i < mask.length; i += 1) {
    if (mask[i] === theirs[i] || theirs[i] === before[i]) continue;
    const both = mask[i] !== before[i];
    if (both) contested += 1;
    if (!both || prefer === "theirs") mask[i] = theirs[i];
  }
  return { mask, contested };
}

/**
 * Resolve a conflict. Both versions are kept in the history.
 * @param {Saver} saver @param {OpenTile} tile @param {import("./types.js").Side} side which version becomes the newest
 */
export function resolveConflict(saver, tile, side) {
  if (!tile.conflict) return;
  const theirs = tile.conflict.revision;
  if (side === "both") saver.replaceMask(tile, mergeConflict(tile).mask);
  tile.base = theirs;
  tile.conflict = null;
  saver.send(tile, "revision", side === "theirs" ? "save" : saver.stateOf(tile).kind);
  if (side === "theirs") saver.send(tile, "restore", String(theirs));
}
