/**
 * Wheel, pointer and keys on the map of a scene, and the pointer on its small map.
 *
 * @import { SceneMap } from "./map.js"
 */

import { listenToMap } from "../../shared/map_input.js";

/** @param {SceneMap} map */
export function listen(map) {
  const middle = () => ({ x: map.screen.width / 2, y: map.screen.height / 2 });
  listenToMap(map, (at) => map.openAt(at), {
    Enter: () => (map.hovered ? map.open(map.hovered.id) : map.openAt(middle())),
  });
  listenToMinimap(map, map.minimap);
}

/** @param {SceneMap} map @param {HTMLCanvasElement} minimap */
function listenToMinimap(map, minimap) {
  const go = (/** @type {PointerEvent} */ event) => {
    const box = minimap.getBoundingClientRect();
    const { scene } = map;
    if (!scene) return;
    map.goTo({
      x: ((event.clientX - box.left) / box.width) * scene.width,
      y: ((event.clientY - box.top) / box.height) * scene.height,
    });
  };
  minimap.addEventListener("pointerdown", (event) => {
    minimap.setPointerCapture(event.pointerId);
    go(event);
  });
  minimap.addEventListener("pointermove", (event) => event.buttons & 1 && go(event));
}
