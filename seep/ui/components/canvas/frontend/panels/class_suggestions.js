/** The suggested classes of the highlighted slick, with probability and source; the first has a key. */
import { element, updateChildren } from "../../../shared/dom.js";
import { panel } from "./lists.js";
import { rovingTabIndex } from "./roving.js";

/** @typedef {import("../types.js").SeepClass} SeepClass */
/** @typedef {import("../controllers/class_suggestions.js").Suggested} Suggested */

/** @param {number} share 0 to 1 @returns {string} "62 %"; never all or nothing */
function percentText(share) {
  const percent = Math.round(share * 100);
  if (percent < 1) return "< 1 %";
  return percent > 99 ? "> 99 %" : `${percent} %`;
}

/**
 * @param {{takeSuggestion: (index: number) => void}} on @param {(action: string) => string} keyOf
 * @returns {{node: HTMLElement, show: (found: Suggested | null, classes: SeepClass[], denial: string, waiting: boolean) => void}} waiting: the suggestions of another slick stay until its own are known, but cannot be taken
 */
export function suggestionPanel(on, keyOf) {
  const list = element("ol", { class: "list", "data-testid": "class-suggestions" });
  const refresh = rovingTabIndex(list);
  const note = element("span", { class: "faint" }, "first: ", element("kbd", {}, keyOf("suggestedClass")));
  const node = panel("Suggested class", "suggested", list, note);
  node.hidden = true;
  return {
    node,
    show(found, classes, denial, waiting) {
      list.setAttribute("aria-busy", String(waiting));
      if (waiting) return;
      node.hidden = !found;
      if (!found) return;
      const { slick, suggestions } = found;
      updateChildren(list, JSON.stringify([slick.classId, suggestions, classes, denial]), () =>
        suggestions.map(({ classId, source, probability }, index) => {
          const one = classes.find((other) => other.id === classId);
          const name = one?.name ?? `class ${classId}`;
          const current = classId === slick.classId;
          const percent = probability === undefined ? "" : percentText(probability);
          const label = `${name}: ${[source, percent, current ? "current class" : ""].filter(Boolean).join(", ")}`;
          const words = element(
            "span",
            { class: "what" },
            element("b", {}, name),
            ...(source ? [element("small", {}, ` ${source}`)] : []),
          );
          const events = {
            onclick: () => list.getAttribute("aria-busy") !== "true" && on.takeSuggestion(index),
          };
          const parts = [
            element("i", { style: `background-color:${one?.color ?? "#888888"}` }),
            words,
            ...(percent ? [element("span", { class: "value" }, ` ${percent}`)] : []),
          ];
          const button = element(
            "button",
            {
              type: "button",
              tabIndex: -1,
              title: label,
              "aria-label": label,
              disabled: denial !== "",
              ...events,
            },
            ...parts,
          );
          return element("li", { "aria-current": String(current), "data-class": String(classId) }, button);
        }),
      );
      refresh();
    },
  };
}
