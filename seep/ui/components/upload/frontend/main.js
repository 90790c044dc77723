/**
 * Where Streamlit and the drop zone meet: called at mount and whenever the data or the theme change.
 *
 * @import { Streamlit } from "./types.js"
 */

import { Queue } from "./queue.js";
import { removeAll, sender } from "./send.js";
import { Zone } from "./zone.js";

/** @type {WeakMap<object, Zone>} */
const zones = new WeakMap();

/** @type {Map<string, Queue>} by token; pages come and go, uploads go on */
const queues = new Map();

window.addEventListener("beforeunload", (event) => {
  if ([...queues.values()].some((queue) => queue.sending)) event.preventDefault();
});

/**
 * @param {Streamlit} streamlit
 * @returns {() => void} what to do at unmount
 */
export default function draw(streamlit) {
  const { parentElement, data, setStateValue } = streamlit;
  const queue = queues.get(data.token) ?? new Queue(sender(data), data.file_bytes);
  queues.set(data.token, queue);
  const tell = (/** @type {number} */ taken) => setStateValue("upload", { sent: taken, sending: queue.sending, at: Date.now() });
  const events = {
    settled: tell,
    remove: async () => {
      await removeAll(data);
      queue.clear();
      queue.changed(true);
    },
  };
  const zone = zones.get(parentElement) ?? new Zone(parentElement, data, queue, events);
  zone.events = events;
  zone.attach(queue);
  zones.set(parentElement, zone);
  return () => {
    queue.changed = () => {};
    zones.delete(parentElement);
  };
}
