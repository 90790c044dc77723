/** The parts for the way through the queue: header, queue, history, notices, dialogs. */
import { conflictPanel, keySheet, notice, placeholder } from "../panels/dialogs.js";
import { header } from "../panels/header.js";
import { historyPanel } from "../panels/lists.js";
import { notePanel } from "../panels/note.js";
import { queuePanel } from "../panels/queue.js";

/**
 * @typedef {object} ReviewHandlers
 * @property {(action: string) => void} act a key or a button
 * @property {() => void} retry try again to save
 * @property {(side: "mine" | "theirs") => void} look @property {(side: "mine" | "theirs") => void} settle
 * @property {(id: number) => void} open
 * @property {(item: import("../types.js").QueueItem, version: string) => string} thumbnail
 * @property {(item: import("../types.js").QueueItem) => string} valueOf
 * @property {(revision: import("../types.js").Revision) => void} restore
 * @property {(decision: "flag" | "reject", note: string) => void} noted
 */

/** @param {(action: string) => string} keyOf @param {ReviewHandlers} on */
export function decidingParts(keyOf, on) {
  return {
    header: header(on.act, keyOf, on.retry, on.open),
    notice: notice(),
    note: notePanel(on.noted),
    conflict: conflictPanel(on.look, on.settle),
    sheet: keySheet(keyOf),
    placeholder: placeholder(on.act),
    queue: queuePanel(on),
    history: historyPanel(on.restore),
  };
}
