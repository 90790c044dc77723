/** What can be done with the selected slicks: buttons under the options of the select tool. */
import { element, icon } from "../../../shared/dom.js";
import { worded } from "../../../shared/words.js";

/** Action, symbol, words, what it does; the key is that of another action, which means this while slicks are selected. */
const ACTIONS = /** @type {[string, string, string, string, string][]} */ ([
  ["take", "check", "Accept", "Copy the slick from the prediction", "commit"],
  ["delete", "delete", "Delete", "Remove the slick from the annotation", "remove"],
  ["grow", "zoom_out_map", "Grow", "Grow by 1 px", "larger"],
  ["shrink", "zoom_in_map", "Shrink", "Shrink by 1 px", "smaller"],
  ["smooth", "line_curve", "Smooth", "Majority filter over the 13 pixels within 2 px", ""],
  [
    "holes",
    "format_color_fill",
    "Fill holes",
    "Fill enclosed holes; a hole at the edge of the tile stays",
    "",
  ],
  ["specks", "blur_off", "Drop specks", "Remove slicks smaller than the size above", ""],
  ["gaps", "join", "Merge gaps", "Join slicks across gaps up to the size above", ""],
]);
const SELECTION_ONLY = ["take", "delete"];

/**
 * @param {import("../editor.js").Editor} editor @param {(action: string) => void} act
 * @param {(action: string) => string} keyOf
 * @returns {{node: HTMLElement, show: () => void}} hidden where another tool is chosen
 */
export function selectionPanel(editor, act, keyOf) {
  const words = element("p", { class: "faint", "aria-live": "polite" });
  const buttons = ACTIONS.map(([name, symbol, label, line, key]) => {
    const title = [worded(line), key && keyOf(key)].filter(Boolean).join("\n");
    const short = key ? element("kbd", {}, keyOf(key)) : "";
    const button = element(
      "button",
      { type: "button", title, "data-action": name, onclick: () => act(name) },
      icon(symbol),
      label,
      short,
    );
    return { name, button };
  });
  const node = element(
    "section",
    { class: "selection", "aria-label": worded("Selected slicks"), hidden: true },
    words,
  );
  node.append(...buttons.map(({ button }) => button));
  return {
    node,
    show() {
      node.hidden = editor.tool !== "select" || !editor.tile;
      const count = editor.selection.size;
      node.dataset.count = String(count);
      const some =
        count === 1
          ? "1 slick selected. Keys 1 to 9 set the class."
          : `${count} slicks selected. Keys 1 to 9 set the class.`;
      words.textContent = worded(count ? some : "No slick selected. Shape edits apply to all slicks.");
      for (const { name, button } of buttons) button.disabled = !count && SELECTION_ONLY.includes(name);
    },
  };
}
