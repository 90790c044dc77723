/** The wide dark areas of the tile, apart from the slicks, with one key to keep and one to remove them all. */
import { pixelText } from "../../../shared/format.js";
import { areaText } from "../text.js";
import { element, icon, updateChildren } from "../../../shared/dom.js";
import { panel } from "./lists.js";
import { rovingTabIndex } from "./roving.js";

/** @typedef {import("../controllers/wide_areas.js").Area} Area */
/** @typedef {import("../controllers/wide_areas.js").TileAreas} TileAreas */
/** @typedef {import("../types.js").SeepClass} SeepClass */
/** @typedef {{act: (action: string) => void, goTo: (slick: any) => void, highlight: (slick: any) => void, answerWide: (keep: boolean, area: Area) => void}} WideHandlers */

const STATUS = { open: "Oil sheet, or no oil?", kept: "Kept", removed: "Removed" };

/**
 * @param {WideHandlers} on
 * @param {(action: string) => string} keyOf
 * @returns {{node: HTMLElement, show: (found: TileAreas | null, pixelM: number | null | undefined, denial: string, kept: SeepClass | undefined) => void}} kept:
 *   the class of kept pixels without a predicted class; undefined while background is selected
 */
export function wideAreaPanel(on, keyOf) {
  const list = element("ol", {
    class: "list",
    "data-testid": "wide-areas",
    onpointerleave: () => on.highlight(null),
  });
  const refresh = rovingTabIndex(list);
  const count = element("span", { class: "faint", "aria-live": "polite" });
  const swatch = element("i", {});
  const button = (
    /** @type {string} */ action,
    /** @type {import("../../../shared/dom.js").Child[]} */ ...label
  ) =>
    element(
      "button",
      { type: "button", "data-action": action, onclick: () => on.act(action) },
      ...label,
      element("kbd", {}, keyOf(action)),
    );
  const [keep, remove] = [button("keepWide", swatch, "Keep"), button("removeWide", "Remove")];
  remove.title = `They are low wind, land, a rain cell or a shadow of the coast. Leave all wide dark areas out of the annotation.\n${keyOf("removeWide")}`;
  const node = panel(
    "Wide dark areas",
    "wide",
    element("div", { class: "tabled" }, element("div", { class: "answers" }, keep, remove), list),
    count,
  );
  node.hidden = true;
  return {
    node,
    show(found, pixelM, denial, kept) {
      node.hidden = !found;
      if (!found) return;
      const { areas, statuses } = found;
      const [status, text] = summary(statuses);
      node.dataset.status = status;
      count.textContent = text;
      keep.title = `They are oil sheets: keep all wide dark areas in the annotation, ${kept ? `as ${kept.name} where no class is predicted` : "after a seep class or Unsure is selected"}\n${keyOf("keepWide")}`;
      swatch.style.backgroundColor = kept?.color ?? "";
      for (const one of [keep, remove]) one.disabled = denial !== "";
      updateChildren(
        list,
        JSON.stringify([
          areas.map(({ info }) => [info.runs[0], info.runs[1], info.area_px, info.radius_px]),
          statuses,
          pixelM,
          denial,
        ]),
        () => areas.map((one, i) => row(one, statuses[i], pixelM, on, areas.length > 1 && !denial)),
      );
      refresh();
    },
  };
}

/** @param {import("../wide_areas.js").WideStatus[]} statuses @returns {[string, string]} the state of all areas, in a word and as it is shown */
function summary(statuses) {
  const open = statuses.filter((one) => one === "open").length;
  if (statuses.every((one) => one === statuses[0])) return [statuses[0], STATUS[statuses[0]]];
  return open
    ? ["open", `${statuses.length - open} of ${statuses.length} answered`]
    : ["answered", "Answered"];
}

/**
 * @param {Area} area @param {import("../wide_areas.js").WideStatus} status @param {number | null | undefined} pixelM
 * @param {WideHandlers} on @param {boolean} single whether it has buttons of its own
 */
function row(area, status, pixelM, on, single) {
  const { info, component } = area;
  const size = areaText(info.area_px, pixelM) || pixelText(info.area_px);
  const label = `${pixelText(info.area_px)}, inscribed radius ${info.radius_px} px. ${STATUS[status]}`;
  const events = {
    onclick: () => on.goTo(component),
    onpointerenter: () => on.highlight(component),
    onfocus: () => on.highlight(component),
  };
  const parts = [
    element("i", { class: `hatched ${status}` }),
    element("span", { class: "what" }, size),
    element("span", { class: "value" }, `radius ${Math.round(info.radius_px)} px`),
  ];
  const node = element(
    "li",
    { "data-status": status },
    element(
      "button",
      { type: "button", tabIndex: -1, title: label, "aria-label": label, ...events },
      ...parts,
    ),
  );
  if (single)
    node.append(
      one("check", "Keep this area", status === "kept", () => on.answerWide(true, area)),
      one("close", "Remove this area", status === "removed", () => on.answerWide(false, area)),
    );
  return node;
}

/** @param {string} symbol @param {string} label @param {boolean} pressed @param {() => void} onclick */
function one(symbol, label, pressed, onclick) {
  return element(
    "button",
    {
      type: "button",
      class: "eye",
      "aria-label": label,
      "aria-pressed": String(pressed),
      title: label,
      onclick,
    },
    icon(symbol),
  );
}
