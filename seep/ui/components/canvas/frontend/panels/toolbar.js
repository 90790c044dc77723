/** The column of tools at the left: tools, brush size, undo and redo, whole tile, key sheet. */
import { TOOLS } from "../tools/index.js";
import { element, icon } from "../../../shared/dom.js";
import { iconButton } from "./buttons.js";
import { worded } from "../../../shared/words.js";

/**
 * @param {import("../editor.js").Editor} editor
 * @param {(action: string) => void} act
 * @param {(action: string) => string} keyOf the key of an action, as written on the keys
 * @returns {{node: HTMLElement, show: () => void, setCursor: (on: boolean) => void}}
 */
export function toolbar(editor, act, keyOf) {
  /** @type {Map<string, HTMLButtonElement>} */
  const buttons = new Map();
  for (const [name, { icon: symbol, label, line }] of Object.entries(TOOLS)) {
    const button = iconButton(symbol, label, `${keyOf(name)}\n${worded(line)}`, () => act(name), "right");
    buttons.set(name, button);
  }
  const size = element("output", { class: "size", "aria-label": "Brush size in pixels" });
  const side = "right";
  const undo = iconButton("undo", "Undo", keyOf("undo"), () => act("undo"), side);
  const redo = iconButton("redo", "Redo", keyOf("redo"), () => act("redo"), side);
  const cursorTip = `${keyOf("cursor")}\nArrow keys move it, Space draws, Esc hides it.`;
  const cursor = iconButton("point_scan", "Keyboard cursor", cursorTip, () => act("cursor"), side);
  const node = element(
    "div",
    { class: "toolbar", role: "toolbar", "aria-label": "Tools", "aria-orientation": "vertical" },
    ...buttons.values(),
    element("hr"),
    iconButton(
      "add",
      "Larger brush",
      `${keyOf("larger")}\nor Shift-wheel, 1 to 200 px`,
      () => act("larger"),
      side,
    ),
    size,
    iconButton("remove", "Smaller brush", `${keyOf("smaller")}\nor Shift-wheel`, () => act("smaller"), side),
    element("hr"),
    undo,
    redo,
    element("hr"),
    iconButton(
      "fit_screen",
      "Whole tile",
      `${keyOf("fit")}\nWheel zooms, Space-drag pans`,
      () => act("fit"),
      side,
    ),
    element("span", { class: "grow" }),
    cursor,
    iconButton("keyboard", "Keyboard shortcuts", keyOf("sheet"), () => act("sheet"), side),
  );
  return {
    node,
    setCursor: (on) => cursor.setAttribute("aria-pressed", String(on)),
    show() {
      for (const [name, button] of buttons) button.setAttribute("aria-pressed", String(editor.tool === name));
      size.replaceChildren(String(editor.size), element("small", {}, "px"));
      const history = editor.tile?.history;
      undo.disabled = !history?.position;
      redo.disabled = !history || history.position === history.edits.length;
    },
  };
}

/** The line of an icon and a word. @param {string} symbol @param {string} word @param {string} color @returns {HTMLElement} */
export function chip(symbol, word, color) {
  return element("span", { class: "chip", style: `color:${color}` }, icon(symbol), word);
}
