/** Length, width, direction and contrast of the highlighted slick. */
import { element, updateChildren } from "../../../shared/dom.js";
import { panel } from "./lists.js";

/** @returns {{node: HTMLElement, show: (rows: [string, string][] | null) => void}} */
export function evidencePanel() {
  const title =
    "Length and width along the slick; direction between its ends, clockwise from the top of the image; contrast to the sea 2 to 10 px away";
  const list = element("dl", { class: "measures", "data-testid": "slick-evidence", title });
  const node = panel("Selected slick", "measured", list);
  node.hidden = true;
  return {
    node,
    show(rows) {
      node.hidden = !rows;
      updateChildren(list, JSON.stringify(rows), () =>
        (rows ?? []).map(([name, value]) =>
          element("div", {}, element("dt", {}, name), element("dd", {}, value)),
        ),
      );
    },
  };
}
