/** What each action does; keys and buttons name actions, nothing else. */
import { keysOf, shownKey } from "./keys.js";
import { LOOKING } from "./view/actions.js";
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
  ...LOOKING,
  contrast: ({ editor }) => editor.choose({ leveling: !editor.leveling }),
  invert: ({ editor }) => editor.setContrast({ invert: !editor.tile?.contrast.invert }),
  sheet: ({ parts }) => parts.sheet.toggle(),
  cancel({ parts, editor }) {
    if (editor.abandon() || parts.pointer.cancel()) return;
    if (parts.view.open) parts.view.toggle();
    editor.choose({ leveling: false });
  },
  save: ({ desk }) => desk.save(),
  accept: ({ desk }) => desk.accept(),
  reject: ({ desk }) => desk.reject(),
  skip({ desk, parts }) {
    if (!desk.skip()) parts.notice.say("This is the last tile that waits in the queue.");
  },
  rejectNote: ({ editor, parts }) => editor.tile && parts.note.ask("reject"),
  flag({ desk, editor, parts }) {
    if (editor.tile?.info.state === "flagged") desk.reopen();
    else if (editor.tile) parts.note.ask("flag");
  },
  previous: ({ desk }) => desk.step(-1),
  next: ({ desk }) => desk.step(1),
  retry: ({ desk }) => desk.open(desk.id),
  queue: ({ desk }) => desk.first(),
  refresh: ({ desk, data }) => void desk.refill({ ...data.filters, order: data.order.key }),
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
  if (LEAVING.has(action) && !(action in TOOLS) && editor.refuses()) return;
  if (action === "accept" || action === "reject") {
    if (!review.sight.shown()) return editor.tell("message", { text: UNSEEN });
    review.sight.decidedAt = performance.now();
  }
  if (action.startsWith("class:")) editor.choose({ classId: Number(action.slice(6)) });
  else if (action in TOOLS) take(review, action);
  else ACTIONS[action]?.(review);
}

/** @param {Review} review @param {string} tool */
function take({ editor, parts }, tool) {
  parts.pointer.cancel(); // a preview of the tool before goes with it
  editor.choose({ tool, leveling: false });
}

/** @param {Review} review */
function sayBusy({ editor, data }) {
  const [commit, cancel] = ["commit", "cancel"].map((action) => shownKey(keysOf(data.keys)[action][0]));
  editor.tell("message", { text: `First end what you have begun: ${commit} keeps it, ${cancel} abandons it.` });
}
