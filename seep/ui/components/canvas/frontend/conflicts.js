/** Two versions of a tile: what the saver does when another one came between, and when the analyst has chosen. */

/** @typedef {import("./types.js").OpenTile} OpenTile */
/** @typedef {import("./saver.js").Saver} Saver */

/**
 * Somebody else's revision came between: nothing is sent until the analyst chooses, but for decisions, which ask for
 * no revision.
 * @param {Saver} saver @param {OpenTile} tile @param {Record<string, any>} body of the refusal
 */
export function openConflict(saver, tile, { revision_id, author, created_at }) {
  const { save } = tile;
  saver.stateOf(tile).kind = save.outbox.some((command) => command.what === "accept") ? "accept" : "save";
  save.outbox = save.outbox.filter((command) => command.type === "decision");
  save.sent = save.version;
  save.status = "conflict";
  tile.conflict = { revision: revision_id, author, at: created_at, theirs: null };
  keepUnsent(saver, tile);
  saver.emit("conflict", tile);
  if (save.outbox.length) saver.schedule(tile, 0);
  void learnHistory(saver, tile);
}

/**
 * What others saved meanwhile belongs into the history, beside what was saved while this was asked.
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

/** The browser keeps my side of a conflict until it is settled. @param {Saver} saver @param {OpenTile} tile */
function keepUnsent(saver, tile) {
  tile.save.sent = -1;
  saver.persist(tile, false);
  tile.save.sent = tile.save.version;
}

/**
 * Settle a conflict; both versions end in the history.
 * @param {Saver} saver @param {OpenTile} tile @param {"mine" | "theirs"} side which one is on top
 */
export function resolveConflict(saver, tile, side) {
  if (!tile.conflict) return;
  const theirs = tile.conflict.revision;
  tile.base = theirs;
  tile.conflict = null;
  saver.send(tile, "revision", side === "mine" ? saver.stateOf(tile).kind : "save");
  if (side === "theirs") saver.send(tile, "restore", String(theirs));
}
