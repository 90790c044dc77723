/**
 * Where Streamlit and the strip meet: called at mount and whenever the data or the theme change.
 *
 * @import { Streamlit } from "./types.js"
 */

import { EpochPreviews } from "./previews.js";

/** @type {WeakMap<object, EpochPreviews>} */
const strips = new WeakMap();

/**
 * @param {Streamlit} streamlit
 * @returns {() => void} what to do at unmount
 */
export default function draw(streamlit) {
  const { parentElement, data, setTriggerValue } = streamlit;
  const known = strips.get(parentElement);
  const strip = known ?? new EpochPreviews(parentElement, data, () => undefined);
  strip.open = (id) => setTriggerValue("open", id);
  strips.set(parentElement, strip);
  strip.update(data);
  return () => {
    strip.destroy();
    strips.delete(parentElement);
  };
}
