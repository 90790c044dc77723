/** What the actions of looking do. */

/** @typedef {import("../review.js").Review} Review */
/** @typedef {import("../editor.js").Editor["layer"]} Layer */

const PAN_PX = 96;
const ZOOM = 1.5;

/** @param {Review} review @param {Layer} layer shown, or left for the annotation if it is shown already */
function toggleLayer({ editor }, layer) {
  if (!editor.tile?.prediction)
    return editor.emit("message", { kind: "no-prediction", text: "This tile has no prediction yet." });
  editor.choose({ layer: editor.layer === layer ? "annotation" : layer });
}

/** @param {Review} review @param {"neighbors" | "minimap"} name */
function toggleDisplay({ editor }, name) {
  editor.choose({ display: { ...editor.display, [name]: !editor.display[name] } });
}

/** @type {Record<string, (review: Review) => void>} */
export const VIEW_ACTIONS = {
  layer: (review) => toggleLayer(review, "prediction"),
  probability: (review) => toggleLayer(review, "probability"),
  uncertainty: (review) => toggleLayer(review, "uncertainty"),
  view({ editor, parts, layers }) {
    if (editor.adjustingContrast) editor.choose({ adjustingContrast: false });
    parts.view.toggle();
    if (parts.view.open) void layers.listPredictions();
  },
  neighbors: (review) => toggleDisplay(review, "neighbors"),
  minimap: (review) => toggleDisplay(review, "minimap"),
  passes: ({ passes }) => passes.toggleStrip(),
  blink: ({ passes }) => passes.blink(),
  nextPass: ({ passes }) => passes.step(1),
  previousPass: ({ passes }) => passes.step(-1),
  passOutlines: ({ passes }) => passes.toggleOutlines(),
  compare({ editor }) {
    const { tile, display } = editor;
    if (!tile) return;
    const other = tile.prediction
      ? "prediction"
      : tile.info.history[0] && `revision:${tile.info.history[0].id}`;
    if (!other)
      return editor.emit("message", {
        kind: "nothing-to-compare",
        text: "Nothing to compare: the tile has no prediction and no saved version.",
      });
    editor.choose({ display: { ...display, compare: display.compare ? null : [other, "annotation"] } });
  },
  fit: ({ viewport }) => viewport.fit(),
  oneToOne: ({ viewport }) => viewport.actualPixels(),
  zoomIn: ({ viewport }) => viewport.zoom(ZOOM),
  zoomOut: ({ viewport }) => viewport.zoom(1 / ZOOM),
  panLeft: ({ viewport }) => viewport.pan(PAN_PX, 0),
  panRight: ({ viewport }) => viewport.pan(-PAN_PX, 0),
  panUp: ({ viewport }) => viewport.pan(0, PAN_PX),
  panDown: ({ viewport }) => viewport.pan(0, -PAN_PX),
};
