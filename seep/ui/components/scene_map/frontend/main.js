/**
 * Mounts the scene map. The view of each scene, the layers and the images of the last scene are kept while other pages are
 * shown.
 *
 * @import { MapData } from "./types.js"
 * @import { Memory } from "./map.js"
 * @import { Streamlit } from "../../shared/mount.js"
 */

import { mountable } from "../../shared/mount.js";
import { SceneMap } from "./map.js";

/** @type {Memory} */
const memory = {
  parked: null,
  views: new Map(),
  choices: { layer: "image", masks: true, opacity: 0.6, states: true, references: true },
};

export default mountable(
  (/** @type {Streamlit<MapData>} */ { parentElement, data, setTriggerValue }) =>
    new SceneMap(parentElement, data, (id) => setTriggerValue("open", id), memory),
);
