/** What each action does; keys and buttons name actions, nothing else. */
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
  invert: ({ editor }) => editor.setContrast({ invert: !editor.tile?.contrast.invert }),
  sheet: ({ parts }) => parts.sheet.toggle(),
  cancel({ parts, editor }) {
    if (editor.abandon() || parts.pointer.cancel()) return;
    if (parts.view.open) parts.view.toggle();
    editor.choose({ adjustingContrast: false });
  },
  save: ({ queue }) => queue.save(),
  accept: ({ queue }) => queue.accept(),
  reject: ({ queue }) => queue.reject(),
  skip({ queue, parts }) {
    if (!queue.skip()) parts.notice.say("This is the last tile that waits in the queue.");
  },
  rejectNote: ({ editor, parts }) => editor.tile && parts.note.ask("reject"),
  flag({ queue, editor, parts }) {
    if (editor.tile?.info.state === "flagged") queue.reopen();
    else if (editor.tile) parts.note.ask("flag");
  },
  previous: ({ queue }) => queue.step(-1),
  next: ({ queue }) => queue.step(1),
  retry: ({ queue }) => queue.open(queue.id),
  queue: ({ queue }) => queue.openFirst(),
  refresh: ({ queue, data }) => void queue.reload({ ...data.filters, order: data.order.key }),
};

const UNSEEN = "This tile has only just come up, so nothing was decided: look, then press again.";

/** What would leave an unfinished gesture of several clicks behind. */
const LEAVING = new Set([...Object.keys(TOOLS), "accept", "reject", "rejectNote", "skip", "flag", "previous", "next"]);

/** @param {number} size @returns {number} how much one press changes a brush of this size */
function stepOf(size) {
  return Math.max(Math.round(size * 0.15), 1);
}

/**
 * @param {Review} review
 * @param {string} action a key of ACTIONS, a tool, or "class:3"
 */
export function act(review, action) {
  const { editor, parts } = review;
  if (parts.sheet.node.open) return parts.sheet.toggle(); // any key that means something closes the sheet
  const drawing = parts.pointer.mode !== "idle";
  if (drawing && action !== "cancel") return; // a gesture ends before anything else begins
  if (parts.pointer.key(action)) return; // what the tool in hand does with it comes first
  if (LEAVING.has(action) && parts.tools[editor.tool].busy?.()) return sayBusy(review);
  if (LEAVING.has(action) && !(action in TOOLS) && editor.rejectWhilePending()) return;
  if (action === "accept" || action === "reject") {
    if (!review.viewport.wasViewed()) return editor.emit("message", { text: UNSEEN });
    review.viewport.decidedAt = performance.now();
  }
  if (action.startsWith("class:")) editor.choose({ classId: Number(action.slice(6)) });
  else if (action in TOOLS) take(review, action);
  else ACTIONS[action]?.(review);
}

/** @param {Review} review @param {string} tool */
function take({ editor, parts }, tool) {
  parts.pointer.cancel(); // a preview of the tool before goes with it
  editor.choose({ tool, adjustingContrast: false });
}

/** @param {Review} review */
function sayBusy({ editor, data }) {
  const [commit, cancel] = ["commit", "cancel"].map((action) => keyLabel(keysOf(data.keys)[action][0]));
  editor.emit("message", { text: `First end what you have begun: ${commit} keeps it, ${cancel} abandons it.` });
}
