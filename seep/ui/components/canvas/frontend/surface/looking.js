/** The parts for looking: the bar below, contrast, view, the read-out, and what stands over the image. */
import { bar, contrastPanel } from "../panels/bar.js";
import { divider, legend, minimap, scaleBar } from "../panels/stage.js";
import { readout } from "../panels/readout.js";
import { sourcesOf, viewPanel } from "../panels/view.js";

/**
 * @typedef {object} ViewHandlers
 * @property {(action: string) => void} act a key or a button
 * @property {(tile: import("../types.js").OpenTile) => import("../types.js").Predicted[]} predictedOf
 */

/**
 * @param {import("../editor.js").Editor} editor @param {(action: string) => string} keyOf @param {ViewHandlers} on
 * @param {import("../renderer.js").Renderer} renderer
 */
export function lookingParts(editor, keyOf, on, renderer) {
  const nameOf = (/** @type {string} */ source) => {
    const { tile } = editor;
    const sources = tile ? sourcesOf(tile, on.predictedOf(tile)) : [];
    return sources.find(([one]) => one === source)?.[1] ?? source;
  };
  return {
    bar: bar(editor, on.act, keyOf),
    contrast: contrastPanel(editor),
    view: viewPanel(editor, keyOf, on.predictedOf),
    readout: readout(),
    legend: legend(),
    scaleBar: scaleBar(),
    minimap: minimap(editor, () => renderer.screen, (canvas, place) => renderer.minimap(canvas, place)),
    divider: divider(editor, nameOf),
  };
}
