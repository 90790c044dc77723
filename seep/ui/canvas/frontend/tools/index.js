/** All tools, in the order of the column. A new tool is a file beside this one and a line here. */
import { brush } from "./brush.js";
import { eraser } from "./eraser.js";
import { fill } from "./fill.js";
import { lasso } from "./lasso.js";

/** @typedef {import("../types.js").Tool} Tool */
/** @typedef {import("../types.js").Option} Option */
/**
 * @typedef {object} ToolEntry
 * @property {(editor: import("../editor.js").Editor) => Tool} make
 * @property {string} label @property {string} icon a Material symbol
 * @property {string} line what it does, in one sentence
 * @property {boolean} sized whether the brush's size matters: its circle is shown at the pointer
 * @property {Option[]} options shown in the strip beside the image while the tool is chosen
 * @property {string} [steps] how a gesture of several clicks ends; shown in the strip
 */

/** @type {Record<string, ToolEntry>} */
export const TOOLS = {
  brush: {
    make: brush,
    label: "Brush",
    icon: "brush",
    line: "Drag to paint the chosen class, right drag to erase.",
    sized: true,
    options: [],
  },
  eraser: {
    make: eraser,
    label: "Eraser",
    icon: "ink_eraser",
    line: "Drag to paint background.",
    sized: true,
    options: [],
  },
  lasso: {
    make: lasso,
    label: "Lasso",
    icon: "gesture",
    line: "Draw around an area: it is filled when you let go, or emptied by the right button.",
    sized: false,
    options: [],
  },
  fill: {
    make: fill,
    label: "Fill",
    icon: "format_color_fill",
    line: "Click a closed area or a slick to give it the chosen class.",
    sized: false,
    options: [],
  },
};

/**
 * The options of all tools: what was kept where it still fits, else what each starts with.
 * @param {any} [kept] values by tool and option, of an earlier visit
 * @returns {Record<string, Record<string, any>>} values by tool and option
 */
export function optionValues(kept) {
  return Object.fromEntries(
    Object.entries(TOOLS).map(([tool, { options }]) => [
      tool,
      Object.fromEntries(options.map((option) => [option.name, fitting(option, kept?.[tool]?.[option.name])])),
    ]),
  );
}

/**
 * @param {Option} option @param {unknown} value
 * @returns {import("../types.js").OptionValue} within the option's range
 */
export function fitting(option, value) {
  if ("choices" in option) {
    return option.choices.some(([one]) => one === value) ? /** @type {any} */ (value) : option.initial;
  }
  if (typeof value !== "number" || !Number.isFinite(value)) return option.initial;
  const steps = Math.round((Math.min(Math.max(value, option.min), option.max) - option.min) / option.step);
  return Number((option.min + steps * option.step).toFixed(6));
}
