/** All tools, in the order of the column. A new tool is a file beside this one and a line here. */
import { LARGEST_GAP } from "../gaps.js";
import { brush } from "./brush.js";
import { eraser } from "./eraser.js";
import { fill } from "./fill.js";
import { lasso } from "./lasso.js";
import { Polygon } from "./polygon.js";
import { select } from "./select.js";
import { Threshold } from "./threshold.js";
import { tracer } from "./tracer.js";
import { Wand } from "./wand.js";

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

/**
 * Speckle makes single pixels say little: the mean of a small square stands for its middle pixel.
 * @param {number} initial @returns {Option}
 */
const smoothing = (initial) => ({
  name: "smoothing_px",
  label: "Mean of",
  choices: [
    [1, "1"],
    [3, "3 × 3"],
    [5, "5 × 5"],
  ],
  initial,
});

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
  polygon: {
    make: (editor) => new Polygon(editor),
    label: "Polygon",
    icon: "pentagon",
    line: "Click its corners, drag one to move it; the right button, or Alt, at the first corner erases.",
    sized: false,
    options: [],
    steps: "Enter, a double click or the first corner closes it. Backspace takes the last corner back.",
  },
  fill: {
    make: fill,
    label: "Fill",
    icon: "format_color_fill",
    line: "Click a closed area or a slick to give it the chosen class.",
    sized: false,
    options: [
      { name: "gap_px", label: "Close gaps to", min: 0, max: LARGEST_GAP, step: 1, unit: "px", initial: 3 },
    ],
  },
  wand: {
    make: (editor) => new Wand(editor),
    label: "Wand",
    icon: "wand_stars",
    line: "Click to paint the region of like raw value; drag right to take more, left to take less.",
    sized: false,
    options: [
      { name: "measure", label: "Tolerance in", choices: [["sigmas", "σ"], ["raw", "raw units"]], initial: "sigmas" },
      { name: "sigmas", label: "Tolerance", min: 0.05, max: 5, step: 0, log: true, unit: "σ", initial: 0.35, only: ["measure", "sigmas"] },
      { name: "raw", label: "Tolerance", min: 0.01, max: 20000, step: 0, log: true, unit: "", initial: 1000, only: ["measure", "raw"] },
      smoothing(3),
      { name: "connected", label: "Takes", choices: [["connected", "connected"], ["all", "all alike"]], initial: "connected" },
      { name: "limit_px", label: "At most", min: 1000, max: 1000000, step: 0, log: true, unit: "px", initial: 100000 },
    ],
  },
  threshold: {
    make: (editor) => new Threshold(editor),
    label: "Threshold brush",
    icon: "blur_on",
    line: "Drag to paint only what is darker than its surroundings; right drag erases all.",
    sized: true,
    options: [
      { name: "measure", label: "Darker by", choices: [["sigma", "σ"], ["db", "dB"]], initial: "sigma" },
      { name: "sigmas", label: "At least", min: 0.1, max: 4, step: 0.1, unit: "σ", initial: 0.3, only: ["measure", "sigma"] },
      { name: "db", label: "At least", min: 0.1, max: 20, step: 0.1, unit: "dB", initial: 1, only: ["measure", "db"] },
      { name: "window_px", label: "Surroundings", min: 15, max: 201, step: 6, unit: "px", initial: 51 },
      smoothing(5),
    ],
  },
  tracer: {
    make: tracer,
    label: "Tracer",
    icon: "conversion_path",
    line: "Click along a dark line: the way between the clicks is found; right button or Alt erases along it.",
    sized: false,
    options: [
      { name: "width", label: "Width", choices: [["auto", "as seen"], ["fixed", "fixed"]], initial: "auto" },
      { name: "px", label: "Width", min: 2, max: 40, step: 1, unit: "px", initial: 6, only: ["width", "fixed"] },
    ],
    steps: "Drag a node or the line to mend it; Shift-click: straight. Enter or a double click paints, 2 to 40 px wide; Backspace takes a click back.",
  },
  select: {
    make: select,
    label: "Select",
    icon: "select_all",
    line: "Click a slick, or drag around some; with Ctrl or Shift they are added. Then accept, delete, change class or shape.",
    sized: false,
    options: [
      { name: "speck_px", label: "Specks below", min: 2, max: 500, step: 1, unit: "px", initial: 20 },
      { name: "gap_px", label: "Gaps up to", min: 1, max: 20, step: 1, unit: "px", initial: 4 },
      { name: "over", label: "Growing takes", choices: [["background", "free sea"], ["all", "all classes"]], initial: "background" },
    ],
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
  const within = Math.min(Math.max(value, option.min), option.max);
  if (option.log) return Number(within.toPrecision(2));
  const steps = Math.round((within - option.min) / option.step);
  return Number((option.min + steps * option.step).toFixed(6));
}
