/** Length, width, direction, contrast and cause of the highlighted slick. */
import { element, updateChildren } from "../../../shared/dom.js";
import { worded } from "../../../shared/words.js";
import { panel } from "./lists.js";

/**
 * @typedef {object} CauseShown
 * @property {Record<string, string>} causes labels by key
 * @property {import("../types.js").SlickCause | null} decision of this slick
 * @property {string} denial why it cannot be decided; "" if it can
 */

/**
 * @param {{decideCause: (cause: string) => void}} on @param {(action: string) => string} keyOf
 * @returns {{node: HTMLElement, show: (rows: [string, string][] | null, cause: CauseShown) => void, openCauses: () => void}}
 */
export function evidencePanel(on, keyOf) {
  const title =
    "Length and width along the slick; direction between its ends, clockwise from the top of the image; contrast to the sea 2 to 10 px away";
  const list = element("dl", { class: "measures", "data-testid": "slick-evidence", title: worded(title) });
  const select = element("select", {
    "aria-label": worded("Cause of the slick"),
    "data-testid": "slick-cause",
    onchange: () => on.decideCause(select.value),
    onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && select.blur(),
  });
  const label = element("label", { class: "cause" }, "Cause ", element("kbd", {}, keyOf("cause")), select);
  const node = panel("Selected slick", "measured", element("div", {}, list, label));
  node.hidden = true;
  return {
    node,
    show(rows, { causes, decision, denial }) {
      node.hidden = !rows;
      updateChildren(list, JSON.stringify(rows), () =>
        (rows ?? []).map(([name, value]) =>
          element("div", {}, element("dt", {}, name), element("dd", {}, value)),
        ),
      );
      // With numbers, a digit chooses in the open menu.
      updateChildren(select, JSON.stringify(causes), () =>
        Object.entries({ "": "not decided", ...causes }).map(([value, text], index) =>
          element("option", { value }, `${index} ${text}`),
        ),
      );
      select.value = decision?.cause ?? "";
      select.disabled = denial !== "";
      const made =
        decision && `${decision.author}, ${decision.created_at.slice(0, 16).replace("T", " ")} UTC`;
      select.title = denial || made || "The cause of this slick as you decide it";
    },
    openCauses() {
      select.focus();
      select.showPicker?.();
    },
  };
}
