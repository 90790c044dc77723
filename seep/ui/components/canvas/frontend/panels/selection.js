/** What can be done with the selected slicks: buttons under the options of the select tool. */
import { element, icon } from "../../../shared/dom.js";

/** Action, symbol, words, what it does; the key is that of another action, which means this while slicks are selected. */
const ACTIONS = /** @type {[string, string, string, string, string][]} */ ([
  ["take", "check", "Accept", "Copy it from the prediction", "commit"],
  ["delete", "delete", "Delete", "Take it out of the annotation", "remove"],
  ["grow", "zoom_out_map", "Grow", "One pixel wider on every side", "larger"],
  ["shrink", "zoom_in_map", "Shrink", "One pixel narrower on every side", "smaller"],
  ["smooth", "line_curve", "Smooth", "Each pixel becomes what most of the 13 around it are", ""],
  ["holes", "format_color_fill", "Fill holes", "What the slick encloses belongs to it; a hole open to the tile's edge is none", ""],
  ["specks", "blur_off", "Drop specks", "Take out slicks smaller than the size set above", ""],
  ["gaps", "join", "Merge gaps", "Join what lies nearer than the gap set above", ""],
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
    const title = [line, key && keyOf(key)].filter(Boolean).join("\n");
    const short = key ? element("kbd", {}, keyOf(key)) : "";
    const button = element("button", { type: "button", title, onclick: () => act(name) }, icon(symbol), label, short);
    return { name, button };
  });
  const node = element("section", { class: "selection", "aria-label": "Selected slicks", hidden: true }, words);
  node.append(...buttons.map(({ button }) => button));
  return {
    node,
    show() {
      node.hidden = editor.tool !== "select" || !editor.tile;
      const count = editor.selection.size;
      const some = count === 1 ? "1 slick selected; 1 to 9 change its class." : `${count} slicks selected; 1 to 9 change their class.`;
      words.textContent = count ? some : "None selected: the shapes below are of the whole tile.";
      for (const { name, button } of buttons) button.disabled = !count && SELECTION_ONLY.includes(name);
    },
  };
}
