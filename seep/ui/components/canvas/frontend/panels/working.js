/** What is said while an edit is being computed; it shows only if that takes a while. */
import { element } from "../../../shared/dom.js";

/**
 * @param {import("../editor.js").Editor} editor @param {(action: string) => string} keyOf
 * @returns {{node: HTMLElement, show: () => void}}
 */
export function progressPanel(editor, keyOf) {
  const spinner = element("i", { class: "spinner", "aria-hidden": "true" });
  const node = element("div", { class: "working", role: "status", hidden: true });
  return {
    node,
    show() {
      node.hidden = !editor.pendingEdit;
      if (editor.pendingEdit) node.replaceChildren(spinner, "Computing the edit…", element("kbd", {}, keyOf("cancel")), "cancels");
    },
  };
}
