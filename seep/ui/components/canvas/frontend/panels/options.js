/** The options of the chosen tool: a column left of the image; in a narrow window folded into the line below it. */
import { integer } from "../../../shared/format.js";
import { TOOLS } from "../tools/index.js";
import { element } from "../../../shared/dom.js";
import { worded } from "../../../shared/words.js";

/** @typedef {import("../editor.js").Editor} Editor */
/** @typedef {import("../types.js").Option} Option */
/** @typedef {{node: HTMLElement, show: () => void}} Part */

/**
 * The column, with the button that unfolds it in a narrow window.
 * @param {Editor} editor @returns {Part}
 */
export function toolStrip(editor) {
  const name = element("span", {});
  const symbol = element("span", { class: "icon", "aria-hidden": "true" });
  const button = element(
    "button",
    { type: "button", class: "fold", onclick: () => editor.choose({ optionsOpen: !editor.optionsOpen }) },
    name,
    symbol,
  );
  const node = element("div", { class: "strip" }, button);
  return {
    node,
    show() {
      const { label } = TOOLS[editor.tool];
      name.textContent = label;
      symbol.textContent = editor.optionsOpen ? "expand_more" : "expand_less";
      button.setAttribute("aria-label", `${label}: options`);
      button.setAttribute("aria-expanded", String(editor.optionsOpen));
      node.classList.toggle("open", editor.optionsOpen);
    },
  };
}

/** @param {Editor} editor @returns {Part} */
export function optionsPanel(editor) {
  const node = element("section", { class: "options", hidden: true });
  const finger = fingerRow(editor);
  /** @type {Part[]} */
  let rows = [];
  let tool = "";
  const build = () => {
    tool = editor.tool;
    const { label, line, options, steps } = TOOLS[tool];
    rows = [...options.map((option) => optionRow(editor, tool, option)), finger];
    node.setAttribute("aria-label", `${label}: options`);
    node.replaceChildren(
      element("h2", {}, label),
      ...rows.map((row) => row.node),
      element("p", { class: "faint" }, worded(steps ?? line)),
    );
  };
  return {
    node,
    show() {
      if (tool !== editor.tool) build();
      node.hidden = !editor.tile;
      for (const row of rows) row.show();
    },
  };
}

/** @param {Editor} editor @param {string} tool @param {Option} option @returns {Part} */
function optionRow(editor, tool, option) {
  const row = "choices" in option ? choiceRow(editor, tool, option) : numberRow(editor, tool, option);
  row.node.dataset.option = option.name;
  return {
    node: row.node,
    show() {
      const [name, value] = option.only ?? [];
      row.node.hidden = name !== undefined && editor.options[tool][name] !== value;
      row.show();
    },
  };
}

/** @param {Editor} editor @param {string} tool @param {import("../types.js").NumberOption} option @returns {Part} */
function numberRow(editor, tool, { name, label, log, min, max, step, unit }) {
  const bent = log ? Math.log : Number;
  const straight = log ? Math.exp : Number;
  const slider = element("input", {
    type: "range",
    min: String(bent(min)),
    max: String(bent(max)),
    step: log ? "any" : String(step),
    oninput: () => editor.setOption(tool, name, straight(Number(slider.value))),
  });
  const value = element("output");
  return {
    node: element("label", {}, element("span", {}, label, value), slider),
    show() {
      slider.value = String(bent(editor.options[tool][name]));
      const number = editor.options[tool][name];
      value.textContent = `${number < 1000 ? number : integer(number)} ${unit}`.trim();
    },
  };
}

/** @param {Editor} editor @param {string} tool @param {import("../types.js").ChoiceOption} option @returns {Part} */
function choiceRow(editor, tool, { name, label, choices }) {
  const buttons = choices.map(([, word], i) =>
    element(
      "button",
      {
        type: "button",
        "data-value": String(choices[i][0]),
        onclick: () => editor.setOption(tool, name, choices[i][0]),
      },
      word,
    ),
  );
  const group = element("div", { class: "choice", role: "group", "aria-label": label }, ...buttons);
  return {
    node: element("div", {}, element("span", {}, label), group),
    show() {
      const now = editor.options[tool][name];
      buttons.forEach((one, i) => one.setAttribute("aria-pressed", String(choices[i][0] === now)));
    },
  };
}

/** Only where a finger was seen: a palm never paints unless it is asked to. @param {Editor} editor @returns {Part} */
function fingerRow(editor) {
  const box = element("input", {
    type: "checkbox",
    onchange: () => editor.choose({ fingerPaints: box.checked }),
  });
  const node = element("label", { class: "check" }, box, "Paint with a finger");
  return {
    node,
    show() {
      node.hidden = !editor.hasTouch;
      box.checked = editor.fingerPaints;
    },
  };
}
