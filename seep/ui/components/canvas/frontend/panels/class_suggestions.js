/** The suggested classes of the highlighted slick, with their source; the first has a key. */
import { element, updateChildren } from "../../../shared/dom.js";
import { panel } from "./lists.js";
import { rovingTabIndex } from "./roving.js";

/** @typedef {import("../types.js").SeepClass} SeepClass */
/** @typedef {import("../controllers/class_suggestions.js").Suggested} Suggested */

/**
 * @param {{takeSuggestion: (index: number) => void}} on @param {(action: string) => string} keyOf
 * @returns {{node: HTMLElement, show: (found: Suggested | null, classes: SeepClass[], denial: string) => void}}
 */
export function suggestionPanel(on, keyOf) {
  const list = element("ol", { class: "list", "data-testid": "class-suggestions" });
  const refresh = rovingTabIndex(list);
  const note = element("span", { class: "faint" }, "first: ", element("kbd", {}, keyOf("suggestedClass")));
  const node = panel("Suggested class", "suggested", list, note);
  node.hidden = true;
  return {
    node,
    show(found, classes, denial) {
      node.hidden = !found;
      if (!found) return;
      const { slick, suggestions } = found;
      updateChildren(list, JSON.stringify([slick.classId, suggestions, classes, denial]), () =>
        suggestions.map(({ classId, source }, index) => {
          const one = classes.find((other) => other.id === classId);
          const name = one?.name ?? `class ${classId}`;
          const current = classId === slick.classId;
          const label = `${name}: ${source}${current ? ", current class" : ""}`;
          const words = element("span", { class: "what" }, element("b", {}, name), element("small", {}, source));
          const events = { onclick: () => on.takeSuggestion(index) };
          const parts = [element("i", { style: `background-color:${one?.color ?? "#888888"}` }), words];
          const button = element("button", { type: "button", tabIndex: -1, title: label, "aria-label": label, disabled: denial !== "", ...events }, ...parts);
          return element("li", { "aria-current": String(current), "data-class": String(classId) }, button);
        }),
      );
      refresh();
    },
  };
}
