/**
 * Mounts the gallery. The position in a gallery is kept while other pages are shown.
 *
 * @import { GalleryData } from "./types.js"
 * @import { Place } from "./gallery.js"
 * @import { Streamlit } from "../../shared/mount.js"
 */

import { mountable } from "../../shared/mount.js";
import { Gallery } from "./gallery.js";

/** Scroll position and focused tile by name of the gallery. @type {Map<string, Place>} */
const places = new Map();

export default mountable(
  (/** @type {Streamlit<GalleryData>} */ { parentElement, data, setStateValue, setTriggerValue }) => {
    const place = places.get(data.name) ?? { scrollTop: 0, focused: null };
    places.set(data.name, place);
    const events = {
      open: (/** @type {number} */ id) => setTriggerValue("open", id),
      accept: (/** @type {number[]} */ ids) => setTriggerValue("accept", ids),
      undo: () => setTriggerValue("undo", true),
      select: (/** @type {number[]} */ ids) => setStateValue("selected", ids),
    };
    return new Gallery(parentElement, data, events, place);
  },
);
