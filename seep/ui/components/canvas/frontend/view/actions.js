/** What the actions of looking do. */

/** @typedef {import("../review.js").Review} Review */
/** @typedef {import("../editor.js").Editor["layer"]} Layer */

const PAN_PX = 96;
const ZOOM = 1.5;

/** @param {Review} review @param {Layer} layer shown, or left for the annotation if it is shown already */
function toggleLayer({ editor }, layer) {
  if (!editor.tile?.prediction) return editor.tell("message", { text: "No model has predicted this tile yet." });
  editor.choose({ layer: editor.layer === layer ? "annotation" : layer });
}

/** @param {Review} review @param {"neighbors" | "minimap"} name */
function toggleLook({ editor }, name) {
  editor.choose({ look: { ...editor.look, [name]: !editor.look[name] } });
}

/** @type {Record<string, (review: Review) => void>} */
export const LOOKING = {
  layer: (review) => toggleLayer(review, "prediction"),
  probability: (review) => toggleLayer(review, "probability"),
  uncertainty: (review) => toggleLayer(review, "uncertainty"),
  view({ editor, parts, layers }) {
    if (editor.leveling) editor.choose({ leveling: false });
    parts.view.toggle();
    if (parts.view.open) void layers.listPredictions();
  },
  neighbors: (review) => toggleLook(review, "neighbors"),
  minimap: (review) => toggleLook(review, "minimap"),
  compare({ editor }) {
    const { tile, look } = editor;
    if (!tile) return;
    const other = tile.prediction ? "prediction" : tile.info.history[0] && `revision:${tile.info.history[0].id}`;
    if (!other) return editor.tell("message", { text: "There is nothing to compare with: no prediction, no saved version." });
    editor.choose({ look: { ...look, compare: look.compare ? null : [other, "annotation"] } });
  },
  fit: ({ sight }) => sight.fit(),
  oneToOne: ({ sight }) => sight.oneToOne(),
  zoomIn: ({ sight }) => sight.zoom(ZOOM),
  zoomOut: ({ sight }) => sight.zoom(1 / ZOOM),
  panLeft: ({ sight }) => sight.pan(PAN_PX, 0),
  panRight: ({ sight }) => sight.pan(-PAN_PX, 0),
  panUp: ({ sight }) => sight.pan(0, PAN_PX),
  panDown: ({ sight }) => sight.pan(0, -PAN_PX),
};
