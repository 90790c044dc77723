/**
 * Wheel, pointer and keys on the map of a place.
 *
 * @import { SitePage } from "./page.js"
 */

const CLICK_PX = 4;
const KEY_PX = 80;
const WHEEL = 0.0018;

/** @param {SitePage} page */
export function listen(page) {
  const { stage, canvas } = page;
  /** @type {{at: import("./types.js").Point, last: import("./types.js").Point, moved: boolean} | null} */
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
      page.zoom(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) * WHEEL), place(event));
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
      if (press.moved) page.move(at.x - press.last.x, at.y - press.last.y);
      press.last = at;
      stage.classList.toggle("dragging", press.moved);
    }
    page.hover(at);
  });
  canvas.addEventListener("pointerup", (event) => {
    const click = press && !press.moved;
    press = null;
    stage.classList.remove("dragging");
    if (click) page.click(place(event), event.ctrlKey || event.metaKey || event.shiftKey);
  });
  canvas.addEventListener("pointercancel", () => (press = null));
  canvas.addEventListener("pointerleave", () => page.hover(null));
  stage.addEventListener("keydown", (event) => pressed(page, event));
}

/** @param {SitePage} page @param {KeyboardEvent} event */
function pressed(page, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  /** @type {Record<string, () => void>} */
  const actions = {
    ArrowLeft: () => page.move(KEY_PX, 0),
    ArrowRight: () => page.move(-KEY_PX, 0),
    ArrowUp: () => page.move(0, KEY_PX),
    ArrowDown: () => page.move(0, -KEY_PX),
    "+": () => page.zoom(1.5),
    "=": () => page.zoom(1.5),
    "-": () => page.zoom(1 / 1.5),
    f: () => page.fit(),
    n: () => page.step(1),
    p: () => page.step(-1),
    Enter: () => page.placing && page.click({ x: page.screen.width / 2, y: page.screen.height / 2 }, false),
    Escape: () => page.clear(),
  };
  const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action) return;
  event.preventDefault();
  event.stopPropagation(); // Streamlit has keys of its own
  action();
}
