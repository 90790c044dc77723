/** The actions of keys and buttons. */
import { isFlagged } from "./controllers/queue.js";
import { keysOf, keyLabel } from "./keys.js";
import { VIEW_ACTIONS } from "./view/actions.js";
import { TOOLS } from "./tools/index.js";
import { UNSURE } from "./types.js";

/** @typedef {import("./review.js").Review} Review */

/** @type {Record<string, (review: Review) => void>} */
const ACTIONS = {
  undo: ({ editor }) => editor.undo(),
  redo: ({ editor }) => editor.redo(),
  smaller: ({ editor }) => editor.choose({ size: editor.size - stepOf(editor.size) }),
  larger: ({ editor }) => editor.choose({ size: editor.size + stepOf(editor.size) }),
  unsure: ({ editor }) => editor.choose({ classId: UNSURE }),
  overlay: ({ editor }) => editor.cycleOverlay(),
  ...VIEW_ACTIONS,
  contrast: ({ editor }) => editor.choose({ adjustingContrast: !editor.adjustingContrast }),
  cursor({ parts }) {
    parts.cursor.toggle();
    parts.canvas.focus({ preventScroll: true });
  },
  invert: ({ editor }) => editor.setContrast({ invert: !editor.tile?.contrast.invert }),
  sheet: ({ parts }) => parts.sheet.toggle(),
  cancel({ parts, editor, passes, deferred }) {
    deferred.clear();
    const selected = editor.tool === "select" && editor.selection.size > 0;
    if (editor.abandon() || parts.pointer.cancel()) return;
    if (editor.shownPass) return void passes.choose(null);
    if (parts.view.open) parts.view.toggle();
    else if (!selected) parts.cursor.stop();
    editor.choose({ adjustingContrast: false });
  },
  keepWide: ({ wideAreas }) => wideAreas.answer(true),
  removeWide: ({ wideAreas }) => wideAreas.answer(false),
  suggestedClass: ({ suggestions, deferred }) => void deferred.during(suggestions.take()),
  cause: ({ causes }) => causes.open(),
  save: ({ queue }) => queue.save(),
  accept: ({ queue, editor }) => queue.accept(editor.tile !== null && askedEmpty.has(editor.tile)),
  reject: ({ queue }) => queue.reject(),
  skip({ queue, parts }) {
    if (!queue.skip()) parts.notice.show("last-tile", "This is the last open tile of the queue.");
  },
  rejectNote({ queue, editor, parts }) {
    if (!editor.tile) queue.reject();
    else if (!queue.waitsForConflict(editor.tile)) parts.note.ask("reject");
  },
  flag({ queue, editor, parts }) {
    if (editor.tile && isFlagged(editor.tile)) queue.reopen();
    else if (editor.tile) parts.note.ask("flag");
  },
  reopen: ({ queue }) => queue.reopen(),
  undoAccept: ({ queue, deferred }) => void deferred.during(queue.undoAccept()),
  previous: ({ queue }) => queue.step(-1),
  next: ({ queue }) => queue.step(1),
  retry: ({ queue }) => queue.open(queue.id),
  queue: ({ queue }) => queue.openFirst(),
  refresh: ({ queue, data }) => void queue.reload({ ...data.filters, order: data.order.key }),
};

const NOT_VIEWED = "Not decided: the tile was shown less than 0.3 s ago. Check it, then press the key again.";

const STROKE_UNFINISHED = "Finish the stroke first: Space ends it, Esc cancels.";

const NO_PREDICTION =
  "Not accepted: this tile has no prediction and no mask. Accept it again to save it without seep.";

/** Tiles without a prediction and a mask, for which the analyst saw the hint. @type {WeakSet<import("./types.js").OpenTile>} */
const askedEmpty = new WeakSet();

/** Actions that need every gesture to be finished. */
const NEEDS_FINISHED = new Set([
  ...Object.keys(TOOLS),
  "keepWide",
  "removeWide",
  "suggestedClass",
  "accept",
  "reject",
  "rejectNote",
  "skip",
  "flag",
  "reopen",
  "undoAccept",
  "previous",
  "next",
]);

/** Actions that run after what is being computed for the tile: they change the mask, or another tile follows. */
const AFTER_EDITS = new Set([
  ...NEEDS_FINISHED,
  "undo",
  "redo",
  "save",
  "commit",
  "back",
  "remove",
  "unsure",
  "refresh",
  "retry",
  "queue",
]);
const NAVIGATION = new Set(["previous", "next", "skip"]);

/** What each action needs permission for. @type {Record<string, keyof import("./review.js").Denials>} */
const PERMISSIONS = {
  save: "save",
  keepWide: "save",
  removeWide: "save",
  suggestedClass: "save",
  accept: "accept",
  reject: "decide",
  rejectNote: "decide",
  flag: "decide",
  reopen: "decide",
  cause: "cause",
};

/**
 * @param {import("./review.js").Denials} denials @param {string} action
 * @returns {string} why the role does not permit an action; "" if it does
 */
export function denialOf(denials, action) {
  return denials[PERMISSIONS[action]] ?? "";
}

const BLIND_DECISION =
  "A blind second mask cannot be rejected, flagged or reopened. Draw the mask, or leave it empty, and accept it.";
const BLIND_CAUSE = "Accept this blind second mask first. Then decide causes.";

/**
 * @param {import("./review.js").Denials} denials of the role @param {import("./types.js").OpenTile | null} tile
 * @returns {import("./review.js").Denials} for this tile: whoever draws a second mask may accept it, and nothing else
 */
export function tileDenials(denials, tile) {
  if (!tile?.info.blind) return denials;
  const saving = denials.save ? { save: denials.save, accept: denials.save } : {};
  return { ...saving, decide: BLIND_DECISION, cause: BLIND_CAUSE };
}

/** @param {number} size @returns {number} change of the brush size per key press */
function stepOf(size) {
  return Math.max(Math.round(size * 0.15), 1);
}

/**
 * @param {Review} review
 * @param {string} action a key of ACTIONS, a tool, or "class:3"
 */
export function act(review, action) {
  const { deferred, editor, parts } = review;
  if (parts.sheet.node.open) return parts.sheet.toggle(); // any bound key closes the sheet
  const drawing = parts.pointer.mode !== "idle";
  if (drawing && action !== "cancel") {
    // Wait for the end of the gesture.
    if (parts.cursor.at) editor.emit("message", { kind: "stroke-unfinished", text: STROKE_UNFINISHED });
    return;
  }
  const denial = denialOf(tileDenials(review.data.denials, editor.tile), action);
  if (denial) return editor.emit("message", { kind: "denied", text: denial });
  if (AFTER_EDITS.has(action) || action.startsWith("class:"))
    deferred.after(action, () => actNow(review, action), NAVIGATION.has(action));
  else actNow(review, action);
}

/** @param {Review} review @param {string} action that waits for nothing */
function actNow(review, action) {
  const { editor, parts } = review;
  review.activeTime.acted(action);
  if (parts.pointer.key(action)) return; // the active tool handles its own keys first
  if (onListedSlick(review, action)) return;
  if (NEEDS_FINISHED.has(action) && parts.tools[editor.tool].busy?.()) return reportBusy(review);
  if (action === "accept" || action === "reject") {
    if (!review.viewport.wasViewed()) return editor.emit("message", { kind: "not-viewed", text: NOT_VIEWED });
    if (action === "accept" && editor.tile && isUnpredicted(editor.tile) && !askedEmpty.has(editor.tile)) {
      askedEmpty.add(editor.tile);
      return editor.emit("message", { kind: "empty-mask", text: NO_PREDICTION });
    }
    review.viewport.decidedAt = performance.now();
  }
  if (action in TOOLS || action === "cancel") parts.slicks.unchoose();
  if (action.startsWith("class:")) editor.choose({ classId: Number(action.slice(6)) });
  else if (action in TOOLS) selectTool(review, action);
  else ACTIONS[action]?.(review);
}

/** @param {import("./types.js").OpenTile} tile @returns {boolean} whether it has no prediction, no revision and no drawn pixel */
function isUnpredicted({ info, annotation }) {
  return !info.prediction && !info.head && !annotation.some(Boolean);
}

/**
 * Digits and Delete act on the slick that is highlighted in the list: the focused row, else the chosen one.
 * @param {Review} review @param {string} action @returns {boolean} whether there is such a slick
 */
function onListedSlick({ editor, parts, slicks }, action) {
  const slick = parts.slicks.current();
  const classId = action === "remove" ? 0 : action.startsWith("class:") ? Number(action.slice(6)) : -1;
  if (!slick || classId < 0 || editor.tool === "select") return false;
  slicks.setClass(slick, classId);
  return true;
}

/** @param {Review} review @param {string} tool */
function selectTool({ editor, parts }, tool) {
  parts.pointer.cancel(); // discard the preview of the previous tool
  editor.choose({ tool, adjustingContrast: false });
}

/** @param {Review} review */
function reportBusy({ editor, data }) {
  const [commit, cancel] = ["commit", "cancel"].map((action) => keyLabel(keysOf(data.keys)[action][0]));
  editor.emit("message", {
    kind: "shape-unfinished",
    text: `Finish the shape first: ${commit} applies, ${cancel} cancels.`,
  });
}
