/** The parts for the way through the queue: header, queue, history, notices, dialogues. */
import { conflictPanel, keySheet, notice, placeholder } from "../panels/dialogs.js";
import { header } from "../panels/header.js";
import { historyPanel, queuePanel } from "../panels/lists.js";

/**
 * @typedef {object} OnDeciding
 * @property {(action: string) => void} act a key or a button
 * @property {() => void} retry try again to save
 * @property {(side: "mine" | "theirs") => void} look @property {(side: "mine" | "theirs") => void} settle
 * @property {(id: number) => void} open
 * @property {(item: import("../types.js").QueueItem) => string} thumbnail
 * @property {(item: import("../types.js").QueueItem) => string} valueOf
 * @property {(revision: import("../types.js").Revision) => void} restore
 */

/** @param {(action: string) => string} keyOf @param {OnDeciding} on */
export function decidingParts(keyOf, on) {
  return {
    header: header(on.act, keyOf, on.retry),
    notice: notice(),
    conflict: conflictPanel(on.look, on.settle),
    sheet: keySheet(keyOf),
    placeholder: placeholder(on.act),
    queue: queuePanel(on.open, on.thumbnail, on.valueOf),
    history: historyPanel(on.restore),
  };
}
