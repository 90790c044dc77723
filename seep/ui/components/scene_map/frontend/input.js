/**
 * Wheel, pointer and keys on the map.
 *
 * @import { SceneMap } from "./map.js"
 * @import { Point } from "./types.js"
 */

const CLICK_PX = 4;
const KEY_PX = 80;
const WHEEL = 0.0018;

/** @param {SceneMap} map */
export function listen(map) {
  const { stage, canvas, minimap } = map;
  /** @type {{at: Point, last: Point, moved: boolean} | null} */
  let press = null;
  const place = (/** @type {MouseEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      map.zoom(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) * WHEEL), place(event));
      map.hover(place(event));
    },
    { passive: false },
  );
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    press = { at: place(event), last: place(event), moved: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    const at = place(event);
    if (press && event.buttons & 1) {
      press.moved ||= Math.hypot(at.x - press.at.x, at.y - press.at.y) > CLICK_PX;
      if (press.moved) {
        stage.classList.add("dragging");
        map.move(at.x - press.last.x, at.y - press.last.y);
        press.last = at;
      }
    }
    map.hover(at);
  });
  const release = (/** @type {PointerEvent} */ event, /** @type {boolean} */ counts) => {
    const click = press && !press.moved && counts;
    press = null;
    stage.classList.remove("dragging");
    if (click) map.openAt(place(event));
  };
  canvas.addEventListener("pointerup", (event) => release(event, true));
  canvas.addEventListener("pointercancel", (event) => release(event, false));
  canvas.addEventListener("pointerleave", () => map.hover(null));
  stage.addEventListener("keydown", (event) => pressed(map, event));
  listenToMinimap(map, minimap);
}

/** @param {SceneMap} map @param {HTMLCanvasElement} minimap */
function listenToMinimap(map, minimap) {
  const go = (/** @type {PointerEvent} */ event) => {
    const box = minimap.getBoundingClientRect();
    const { scene } = map;
    if (!scene) return;
    map.goTo({ x: ((event.clientX - box.left) / box.width) * scene.width, y: ((event.clientY - box.top) / box.height) * scene.height });
  };
  minimap.addEventListener("pointerdown", (event) => {
    minimap.setPointerCapture(event.pointerId);
    go(event);
  });
  minimap.addEventListener("pointermove", (event) => event.buttons & 1 && go(event));
}

/** @param {SceneMap} map @param {KeyboardEvent} event */
function pressed(map, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const middle = { x: map.screen.width / 2, y: map.screen.height / 2 };
  /** @type {Record<string, () => void>} */
  const actions = {
    ArrowLeft: () => map.move(KEY_PX, 0),
    ArrowRight: () => map.move(-KEY_PX, 0),
    ArrowUp: () => map.move(0, KEY_PX),
    ArrowDown: () => map.move(0, -KEY_PX),
    "+": () => map.zoom(1.5),
    "=": () => map.zoom(1.5),
    "-": () => map.zoom(1 / 1.5),
    f: () => map.fit(),
    Enter: () => (map.hovered ? map.open(map.hovered.id) : map.openAt(middle)),
  };
  const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action) return;
  event.preventDefault();
  event.stopPropagation(); // Streamlit has keys of its own
  action();
}
