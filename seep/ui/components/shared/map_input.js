/**
 * Wheel, pointer and keys of a map: drag pans, the wheel zooms at the pointer, a press without a drag is a click.
 *
 * @typedef {{x: number, y: number}} Point on the screen, CSS px from the corner of the canvas
 *
 * @typedef {object} MapView
 * @property {HTMLElement} stage has the keyboard focus, and the class "dragging" during a drag
 * @property {HTMLCanvasElement} canvas
 * @property {(dx: number, dy: number) => void} move
 * @property {(factor: number, at?: Point) => void} zoom
 * @property {() => void} fit
 * @property {(at: Point | null) => void} hover null when the pointer leaves
 */

const CLICK_PX = 4;
const KEY_PX = 80;
const KEY_ZOOM = 1.5;
const WHEEL = 0.0018;
const WHEEL_LIMIT = 240;
const LINE_PX = 16;

/**
 * @param {MapView} map
 * @param {(at: Point, event: PointerEvent) => void} click
 * @param {Record<string, () => void>} keys actions beside panning, zooming and fitting, by key in lower case
 */
export function listenToMap(map, click, keys) {
  listenToPointer(map, click);
  const zoomIn = () => map.zoom(KEY_ZOOM);
  /** @type {Record<string, () => void>} */
  const actions = {
    ArrowLeft: () => map.move(KEY_PX, 0),
    ArrowRight: () => map.move(-KEY_PX, 0),
    ArrowUp: () => map.move(0, KEY_PX),
    ArrowDown: () => map.move(0, -KEY_PX),
    "+": zoomIn,
    "=": zoomIn,
    "-": () => map.zoom(1 / KEY_ZOOM),
    f: () => map.fit(),
    ...keys,
  };
  map.stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // Streamlit has keys of its own
    action();
  });
}

/** @param {MapView} map @param {(at: Point, event: PointerEvent) => void} click */
function listenToPointer(map, click) {
  const { stage, canvas } = map;
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
      const pixels = event.deltaY * (event.deltaMode === 1 ? LINE_PX : 1);
      map.zoom(Math.exp(-Math.max(-WHEEL_LIMIT, Math.min(WHEEL_LIMIT, pixels)) * WHEEL), place(event));
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
  const release = (/** @type {PointerEvent} */ event) => {
    const clicked = press && !press.moved && event.type === "pointerup";
    press = null;
    stage.classList.remove("dragging");
    if (clicked) click(place(event), event);
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => map.hover(null));
}
