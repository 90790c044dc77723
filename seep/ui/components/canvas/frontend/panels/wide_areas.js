/** The wide dark areas of the prediction, apart from the slicks, with one key to keep and one to remove them all. */
import { pixelText } from "../../../shared/format.js";
import { areaText } from "../text.js";
import { element, updateChildren } from "../../../shared/dom.js";
import { panel } from "./lists.js";
import { rovingTabIndex } from "./roving.js";

/** @typedef {import("../controllers/wide_areas.js").Area} Area */
/** @typedef {import("../controllers/wide_areas.js").TileAreas} TileAreas */

const STATUS = { open: "Oil sheet or low wind?", kept: "Kept", removed: "Removed" };

/**
 * @param {{act: (action: string) => void, goTo: (slick: any) => void, highlight: (slick: any) => void}} on
 * @param {(action: string) => string} keyOf
 * @returns {{node: HTMLElement, show: (found: TileAreas | null, pixelM: number | null | undefined, denial: string) => void}}
 */
export function wideAreaPanel(on, keyOf) {
  const list = element("ol", { class: "list", "data-testid": "wide-areas", onpointerleave: () => on.highlight(null) });
  const refresh = rovingTabIndex(list);
  const count = element("span", { class: "faint", "aria-live": "polite" });
  const button = (/** @type {string} */ action, /** @type {string} */ label, /** @type {string} */ tip) =>
    element("button", { type: "button", title: `${tip}\n${keyOf(action)}`, "data-action": action, onclick: () => on.act(action) }, label, element("kbd", {}, keyOf(action)));
  const buttons = [
    button("keepWide", "Keep", "They are oil sheets: keep all wide dark areas in the annotation"),
    button("removeWide", "Remove", "They are low wind: remove all wide dark areas from the annotation"),
  ];
  const node = panel("Wide dark areas", "wide", element("div", { class: "tabled" }, element("div", { class: "answers" }, ...buttons), list), count);
  node.hidden = true;
  return {
    node,
    show(found, pixelM, denial) {
      node.hidden = !found;
      if (!found) return;
      const { areas, statuses } = found;
      const status = statuses.every((one) => one === statuses[0]) ? statuses[0] : "open";
      node.dataset.status = status;
      count.textContent = STATUS[status];
      for (const one of buttons) one.disabled = denial !== "";
      updateChildren(list, JSON.stringify([areas.map(({ info }) => info), statuses, pixelM]), () => areas.map((one, i) => row(one, STATUS[statuses[i]], pixelM, on)));
      refresh();
    },
  };
}

/**
 * @param {Area} area @param {string} status @param {number | null | undefined} pixelM
 * @param {{goTo: (slick: any) => void, highlight: (slick: any) => void}} on
 */
function row({ info, component }, status, pixelM, on) {
  const area = areaText(info.area_px, pixelM) || pixelText(info.area_px);
  const label = `${pixelText(info.area_px)}, inscribed radius ${info.radius_px} px. ${status}`;
  const events = { onclick: () => on.goTo(component), onpointerenter: () => on.highlight(component), onfocus: () => on.highlight(component) };
  const parts = [element("i", { class: "hatched" }), element("span", { class: "what" }, area), element("span", { class: "value" }, `radius ${Math.round(info.radius_px)} px`)];
  return element("li", {}, element("button", { type: "button", tabIndex: -1, title: label, "aria-label": label, ...events }, ...parts));
}
