/** Buttons of the canvas. */
import { element, icon } from "../../../shared/dom.js";

/**
 * A button of one icon.
 * @param {string} symbol @param {string} label @param {string} tip key and one line, after the label
 * @param {() => void} action @param {string} [side] where the tip opens
 * @returns {HTMLButtonElement}
 */
export function iconButton(symbol, label, tip, action, side = "below") {
  const properties = { class: `tool tip-${side}`, type: "button", "aria-label": label, onclick: action };
  return element("button", { ...properties, "data-tip": tip ? `${label}  ${tip}` : label }, icon(symbol));
}
