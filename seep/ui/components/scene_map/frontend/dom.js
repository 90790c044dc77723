/** Making elements. Text goes in as text nodes only, so that names with markup in them stay names. */

import { DISC, stateOf } from "../../shared/states.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [properties] `class`, `aria-*`, `data-*` and `role` become attributes, `on*` listeners, others properties
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (/^(class|role|aria-.*|data-.*)$/.test(name)) made.setAttribute(name, value);
    else Reflect.set(made, name, value);
  }
  made.append(...children);
  return made;
}

/** @param {string} state @returns {SVGElement} its mark, as on the map */
export function mark(state) {
  const look = stateOf(state);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 12 12");
  svg.setAttribute("class", "mark");
  svg.setAttribute("aria-hidden", "true");
  if (!look) return svg;
  svg.style.color = look.color_dark;
  for (const [name, data] of look.filled ? [["disc", DISC], ["cut", look.shape]] : [["line", look.shape]]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name ?? "");
    path.setAttribute("d", data ?? "");
    svg.append(path);
  }
  return svg;
}
