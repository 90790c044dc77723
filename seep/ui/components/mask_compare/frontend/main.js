/**
 * Where Streamlit and the pairs meet: called at mount and whenever the data or the theme change.
 *
 * @import { Streamlit } from "./types.js"
 */

import { MaskCompare } from "./compare.js";

/** @type {WeakMap<object, MaskCompare>} */
const known = new WeakMap();

/**
 * @param {Streamlit} streamlit
 * @returns {() => void} what to do at unmount
 */
export default function draw(streamlit) {
  const { parentElement, data, setTriggerValue } = streamlit;
  /** @param {number} tile */
  const open = (tile) => setTriggerValue("open", tile);
  const pairs = known.get(parentElement) ?? new MaskCompare(parentElement, data, open);
  pairs.open = open;
  known.set(parentElement, pairs);
  pairs.update(data);
  return () => {
    pairs.root.remove();
    known.delete(parentElement);
  };
}
