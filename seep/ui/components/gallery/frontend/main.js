/**
 * Where Streamlit and the gallery meet: called at mount and whenever the data or the theme change.
 *
 * @import { Streamlit } from "./types.js"
 * @import { Place } from "./gallery.js"
 */

import { setStates } from "../../shared/states.js";
import { Gallery } from "./gallery.js";

/** @type {WeakMap<object, Gallery>} */
const galleries = new WeakMap();

/** @type {Map<string, Place>} where one was on each gallery; pages come and go, this module stays */
const places = new Map();

/**
 * @param {Streamlit} streamlit
 * @returns {() => void} what to do at unmount
 */
export default function draw(streamlit) {
  const { parentElement, data, setStateValue, setTriggerValue } = streamlit;
  const events = {
    /** @param {number} id */
    open: (id) => setTriggerValue("open", id),
    /** @param {number[]} ids */
    select: (ids) => setStateValue("selected", ids),
  };
  setStates(data.states);
  const known = galleries.get(parentElement);
  const gallery = known ?? new Gallery(parentElement, data, events, placeOf(data.name));
  gallery.events = events;
  galleries.set(parentElement, gallery);
  gallery.update(data);
  return () => {
    gallery.destroy();
    galleries.delete(parentElement);
  };
}

/**
 * @param {string} name
 * @returns {Place}
 */
function placeOf(name) {
  const place = places.get(name) ?? { scrollTop: 0, focused: null };
  places.set(name, place);
  return place;
}
