/** All tools, in the order of the column. A new tool is a file beside this one and a line here. */
import { brush } from "./brush.js";
import { eraser } from "./eraser.js";
import { fill } from "./fill.js";
import { lasso } from "./lasso.js";

/** @typedef {import("./brush.js").Tool} Tool */

/** @type {Record<string, {make: (editor: import("../editor.js").Editor) => Tool, label: string, icon: string, line: string, sized: boolean}>} */
export const TOOLS = {
  brush: {
    make: brush,
    label: "Brush",
    icon: "brush",
    line: "Drag to paint the chosen class, right drag to erase.",
    sized: true,
  },
  eraser: { make: eraser, label: "Eraser", icon: "ink_eraser", line: "Drag to paint background.", sized: true },
  lasso: {
    make: lasso,
    label: "Lasso",
    icon: "gesture",
    line: "Draw around an area: it is filled when you let go, or emptied by the right button.",
    sized: false,
  },
  fill: {
    make: fill,
    label: "Fill",
    icon: "format_color_fill",
    line: "Click a closed area or a slick to give it the chosen class.",
    sized: false,
  },
};
