/** All tools, in the order of the toolbar. A new tool is a module in this folder and an entry here. */
import { LARGEST_GAP } from "../gaps.js";
import { brush, eraser } from "./brush.js";
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
 * @property {string} line description, one or two sentences
 * @property {boolean} sized whether the tool uses the brush size; its circle is shown at the pointer
 * @property {Option[]} options shown beside the image while the tool is active
 * @property {boolean} [drags] whether a gesture lasts from press to release, rather than being one click
 * @property {string} [steps] how to finish a gesture of several clicks
 */

/**
 * Side of the square whose mean replaces a pixel, to reduce speckle.
 * @param {number} initial @returns {Option}
 */
const smoothing = (initial) => ({
  name: "smoothing_px",
  label: "Averaging",
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
    line: "Drag to paint the selected class; right-drag to erase.",
    sized: true,
    drags: true,
    options: [],
  },
  eraser: {
    make: eraser,
    label: "Eraser",
    icon: "ink_eraser",
    line: "Drag to erase.",
    sized: true,
    drags: true,
    options: [],
  },
  lasso: {
    make: lasso,
    label: "Lasso",
    icon: "gesture",
    line: "Draw around an area to fill it; the right button erases it.",
    sized: false,
    drags: true,
    options: [],
  },
  polygon: {
    make: (editor) => new Polygon(editor),
    label: "Polygon",
    icon: "pentagon",
    line: "Click the corners and drag them to move them. Start with the right button or Alt to erase.",
    sized: false,
    options: [],
    steps:
      "Enter, a double-click or a click on the first corner closes the polygon. Backspace removes the last corner.",
  },
  fill: {
    make: fill,
    label: "Fill",
    icon: "format_color_fill",
    line: "Click a closed area or a slick to set its class.",
    sized: false,
    options: [
      { name: "gap_px", label: "Close gaps", min: 0, max: LARGEST_GAP, step: 1, unit: "px", initial: 3 },
    ],
  },
  wand: {
    make: (editor) => new Wand(editor),
    label: "Wand",
    icon: "wand_stars",
    line: "Click to paint pixels of similar raw value. Drag right for a higher tolerance, left for a lower one.",
    sized: false,
    options: [
      {
        name: "measure",
        label: "Tolerance unit",
        choices: [
          ["sigmas", "σ"],
          ["raw", "raw units"],
        ],
        initial: "sigmas",
      },
      {
        name: "sigmas",
        label: "Tolerance",
        min: 0.05,
        max: 5,
        step: 0,
        log: true,
        unit: "σ",
        initial: 0.35,
        only: ["measure", "sigmas"],
      },
      {
        name: "raw",
        label: "Tolerance",
        min: 0.01,
        max: 20000,
        step: 0,
        log: true,
        unit: "",
        initial: 1000,
        only: ["measure", "raw"],
      },
      smoothing(3),
      {
        name: "connected",
        label: "Pixels",
        choices: [
          ["connected", "connected"],
          ["all", "all"],
        ],
        initial: "connected",
      },
      {
        name: "over",
        label: "Paint over",
        choices: [
          ["background", "background"],
          ["all", "all classes"],
        ],
        initial: "background",
      },
      {
        name: "limit_percent",
        label: "Limit",
        min: 0.1,
        max: 100,
        step: 0,
        log: true,
        unit: "% of the tile",
        initial: 10,
      },
    ],
  },
  threshold: {
    make: (editor) => new Threshold(editor),
    label: "Threshold brush",
    icon: "blur_on",
    line: "Drag to paint pixels darker than their background; right-drag to erase.",
    sized: true,
    drags: true,
    options: [
      {
        name: "measure",
        label: "Threshold unit",
        choices: [
          ["sigma", "σ"],
          ["db", "dB"],
        ],
        initial: "sigma",
      },
      {
        name: "sigmas",
        label: "Threshold",
        min: 0.1,
        max: 4,
        step: 0.1,
        unit: "σ",
        initial: 0.3,
        only: ["measure", "sigma"],
      },
      {
        name: "db",
        label: "Threshold",
        min: 0.1,
        max: 20,
        step: 0.1,
        unit: "dB",
        initial: 1,
        only: ["measure", "db"],
      },
      { name: "window_px", label: "Background window", min: 15, max: 201, step: 6, unit: "px", initial: 51 },
      smoothing(5),
    ],
  },
  tracer: {
    make: tracer,
    label: "Tracer",
    icon: "conversion_path",
    line: "Click along a dark line to trace it. Start with the right button or Alt to erase.",
    sized: false,
    options: [
      {
        name: "width",
        label: "Width",
        choices: [
          ["auto", "automatic"],
          ["fixed", "fixed"],
        ],
        initial: "auto",
      },
      {
        name: "px",
        label: "Width",
        min: 2,
        max: 40,
        step: 1,
        unit: "px",
        initial: 6,
        only: ["width", "fixed"],
      },
    ],
    steps:
      "Drag a node or the line to adjust it. Shift-click for a straight segment. Enter or a double-click paints. Backspace removes the last node.",
  },
  select: {
    make: select,
    label: "Select",
    icon: "select_all",
    line: "Click a slick, or drag a box. Ctrl or Shift adds to the selection. Then accept, delete, or change class or shape.",
    sized: false,
    drags: true,
    options: [
      { name: "speck_px", label: "Speck size", min: 2, max: 500, step: 1, unit: "px", initial: 20 },
      { name: "gap_px", label: "Gap size", min: 1, max: 20, step: 1, unit: "px", initial: 4 },
      {
        name: "over",
        label: "Grow into",
        choices: [
          ["background", "background"],
          ["all", "all classes"],
        ],
        initial: "background",
      },
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
      Object.fromEntries(
        options.map((option) => [option.name, fitting(option, kept?.[tool]?.[option.name])]),
      ),
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
