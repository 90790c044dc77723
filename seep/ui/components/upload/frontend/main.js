/**
 * Mounts the upload zones. Uploads continue while other pages are shown.
 *
 * @import { UploadData } from "./types.js"
 * @import { Streamlit } from "../../shared/mount.js"
 */

import { mountable } from "../../shared/mount.js";
import { Queue } from "./queue.js";
import { removeAll, sender } from "./send.js";
import { Zone } from "./zone.js";

/** Queues by token. @type {Map<string, Queue>} */
const queues = new Map();

window.addEventListener("beforeunload", (event) => {
  if ([...queues.values()].some((queue) => queue.sending)) event.preventDefault();
});

/** @param {UploadData} data @returns {Queue} */
function queueOf(data) {
  const queue = queues.get(data.token) ?? new Queue(sender(data), data.file_bytes);
  queues.set(data.token, queue);
  return queue;
}

export default mountable(
  (/** @type {Streamlit<UploadData>} */ { parentElement, data, setStateValue }) =>
    new Zone(parentElement, data, {
      queueOf,
      settled: (queue) =>
        setStateValue("upload", { sent: queue.taken, sending: queue.sending, at: Date.now() }),
      remove: removeAll,
    }),
);
