/**
 * Where Streamlit and the scene map meet: called at mount and whenever the data or the theme change.
 *
 * @import { Streamlit } from "./types.js"
 * @import { Memory } from "./map.js"
 */

import { setStates } from "../../shared/states.js";
import { SceneMap } from "./map.js";

/** @type {WeakMap<object, SceneMap>} */
const maps = new WeakMap();

/** @type {Memory} where one was on each scene; pages come and go, this module stays */
const memory = { views: new Map(), choices: { layer: "image", masks: true, opacity: 0.6, states: true } };

/**
 * @param {Streamlit} streamlit
 * @returns {() => void} what to do at unmount
 */
export default function draw(streamlit) {
  const { parentElement, data, setTriggerValue } = streamlit;
  setStates(data.states);
  const open = (/** @type {number} */ id) => setTriggerValue("open", id);
  const map = maps.get(parentElement) ?? new SceneMap(parentElement, data, open, memory);
  map.open = open;
  maps.set(parentElement, map);
  map.update(data);
  return () => {
    map.destroy();
    maps.delete(parentElement);
  };
}
