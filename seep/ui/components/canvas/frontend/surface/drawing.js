/** The parts for drawing: the column of tools, their options, classes, slicks. */
import { classPanel } from "../panels/lists.js";
import { optionsPanel } from "../panels/options.js";
import { selectionPanel } from "../panels/selection.js";
import { slickPanel } from "../panels/slicks.js";
import { toolbar } from "../panels/toolbar.js";
import { progressPanel } from "../panels/working.js";

/**
 * @typedef {{act: (action: string) => void} & import("../panels/slicks.js").SlickHandlers} DrawingHandlers act: a key or a button
 */

/** @param {import("../editor.js").Editor} editor @param {(action: string) => string} keyOf @param {DrawingHandlers} on */
export function drawingParts(editor, keyOf, on) {
  return {
    toolbar: toolbar(editor, on.act, keyOf),
    options: optionsPanel(editor),
    selection: selectionPanel(editor, on.act, keyOf),
    classes: classPanel(editor, on.act, keyOf),
    slicks: slickPanel(on),
    working: progressPanel(editor, keyOf),
  };
}
