/**
 * Wheel, pointer and keys on the map of a place.
 *
 * @import { SitePage } from "./page.js"
 */

import { listenToMap } from "../../shared/map_input.js";

/** @param {SitePage} page */
export function listen(page) {
  const click = (
    /** @type {import("../../shared/map_view.js").Point} */ at,
    /** @type {PointerEvent} */ event,
  ) => page.click(at, event.ctrlKey || event.metaKey || event.shiftKey);
  listenToMap(page, click, {
    n: () => page.step(1),
    p: () => page.step(-1),
    Enter: () => page.placing && page.click({ x: page.screen.width / 2, y: page.screen.height / 2 }, false),
    Escape: () => page.clear(),
  });
}
