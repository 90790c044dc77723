/** The parts for drawing: the column of tools, their options, classes, slicks. */
import { classPanel, slickPanel } from "../panels/lists.js";
import { optionsPanel } from "../panels/options.js";
import { toolbar } from "../panels/toolbar.js";

/**
 * @typedef {object} OnDrawing
 * @property {(action: string) => void} act a key or a button
 * @property {(slick: import("../regions.js").Slick) => void} goTo
 * @property {(slick: import("../regions.js").Slick | null) => void} point
 */

/** @param {import("../editor.js").Editor} editor @param {(action: string) => string} keyOf @param {OnDrawing} on */
export function drawingParts(editor, keyOf, on) {
  return {
    toolbar: toolbar(editor, on.act, keyOf),
    options: optionsPanel(editor),
    classes: classPanel(editor, on.act, keyOf),
    slicks: slickPanel(on.goTo, on.point),
  };
}
