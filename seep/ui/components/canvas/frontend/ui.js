/** Creates the elements of the canvas and places them. */
import { element } from "../../shared/dom.js";
import { KeyboardCursor } from "./cursor.js";
import { Keyboard } from "./keyboard.js";
import { keyLabel } from "./keys.js";
import { bar, contrastPanel } from "./panels/bar.js";
import { commentPanel } from "./panels/comments.js";
import { conflictPanel } from "./panels/conflict.js";
import { keySheet, notice, placeholder, progressPanel } from "./panels/dialogs.js";
import { header } from "./panels/header.js";
import { historyPanel } from "./panels/lists.js";
import { classPanel } from "./panels/lists.js";
import { notePanel } from "./panels/note.js";
import { passPanel } from "./panels/passes.js";
import { optionsPanel, toolStrip } from "./panels/options.js";
import { queuePanel } from "./panels/queue.js";
import { readout, readoutText } from "./panels/readout.js";
import { selectionPanel } from "./panels/selection.js";
import { evidencePanel } from "./panels/slick_evidence.js";
import { slickPanel } from "./panels/slicks.js";
import { divider, legend, minimap, scaleBar } from "./panels/stage.js";
import { toolbar } from "./panels/toolbar.js";
import { suggestionPanel } from "./panels/class_suggestions.js";
import { wideAreaPanel } from "./panels/wide_areas.js";
import { sourcesOf, viewPanel } from "./panels/view.js";
import { Pointer } from "./pointer.js";
import { Renderer } from "./renderer.js";
import { STYLE } from "./styles/index.js";
import { TOOLS } from "./tools/index.js";

/**
 * Called by the elements.
 * @typedef {object} UiHandlers
 * @property {(action: string) => void} act a key or a button was pressed
 * @property {() => void} redraw draw a frame
 * @property {import("./renderer.js").Scene} scene what to draw
 * @property {(id: number | null) => void} choosePass show another pass; null for the tile itself
 * @property {(index: number) => void} takeSuggestion give the highlighted slick a suggested class
 * @property {(cause: string) => void} decideCause decide the cause of the selected slick
 * @property {() => void} retry save again
 * @property {(side: import("./types.js").Side, prefer?: "mine" | "theirs") => void} showVersion show a version of a conflict
 * @property {(side: import("./types.js").Side) => void} resolveConflict save or keep a version of a conflict
 * @property {(id: number) => void} open open a tile
 * @property {(order: string, text: string) => void} changeQueue asks the page for another queue
 * @property {(item: import("./types.js").QueueItem, version: string) => string} thumbnail URL of a thumbnail
 * @property {(item: import("./types.js").QueueItem) => string} valueOf value of the queue order
 * @property {(revision: import("./types.js").Revision) => void} restore restore a revision
 * @property {(decision: "flag" | "reject", note: string, reason?: string) => void} decideWithNote flag or reject with a note or a reason
 * @property {(tile: import("./types.js").OpenTile) => import("./types.js").Predicted[]} predictedOf predictions of a tile
 * @property {(keep: boolean, area: import("./controllers/wide_areas.js").Area) => void} answerWide keep or remove one wide dark area
 * @property {import("./panels/comments.js").CommentHandlers} comments
 */
/** @typedef {UiHandlers & import("./panels/slicks.js").SlickHandlers} Handlers */
/** @typedef {ReturnType<typeof createUi>} Surface */

/**
 * @param {ShadowRoot | HTMLElement} root @param {import("./editor.js").Editor} editor
 * @param {Record<string, string[]>} keys by action @param {Handlers} on
 */
export function createUi(root, editor, keys, on) {
  const keyOf = (/** @type {string} */ action) => keyLabel(keys[action]?.[0] ?? "");
  const tools = Object.fromEntries(Object.entries(TOOLS).map(([name, { make }]) => [name, make(editor)]));
  const label = `The tile and its mask. ${keyOf("cursor")} shows the keyboard cursor.`;
  const canvas = element("canvas", { "aria-label": label, role: "application", tabIndex: 0 });
  const pointer = new Pointer(canvas, editor, tools, on.redraw);
  editor.inGesture = () => pointer.inGesture || editor.pendingEdit > 0;
  const renderer = new Renderer(canvas, editor, on.scene);
  const spoken = element("div", { class: "hidden spoken", role: "status" });
  const speech = {
    say: (/** @type {string} */ text) => void (spoken.textContent = text),
    describe: (/** @type {import("./types.js").Point} */ at) => readoutText(editor, at, renderer.classes),
  };
  const cursor = new KeyboardCursor(pointer, editor, speech, on.redraw, (shown) =>
    parts.toolbar.setCursor(shown),
  );
  const nameOf = (/** @type {string} */ source) => {
    const { tile } = editor;
    const sources = tile ? sourcesOf(tile, on.predictedOf(tile)) : [];
    return sources.find(([one]) => one === source)?.[1] ?? source;
  };
  const comments = commentPanel(on.comments);
  const parts = {
    canvas,
    pointer,
    cursor,
    renderer,
    toolbar: toolbar(editor, on.act, keyOf),
    options: optionsPanel(editor),
    selection: selectionPanel(editor, on.act, keyOf),
    strip: toolStrip(editor),
    classes: classPanel(editor, on.act, keyOf),
    slicks: slickPanel(on),
    wide: wideAreaPanel(on, keyOf),
    evidence: evidencePanel(on, keyOf),
    suggestions: suggestionPanel(on, keyOf),
    working: progressPanel(editor, keyOf),
    bar: bar(editor, on.act, keyOf),
    contrast: contrastPanel(editor),
    view: viewPanel(editor, keyOf, on.predictedOf),
    readout: readout(),
    legend: legend(),
    scaleBar: scaleBar(),
    minimap: minimap(
      editor,
      () => renderer.screen,
      (canvas, place) => renderer.minimap(canvas, place),
    ),
    divider: divider(editor, nameOf),
    header: header(on.act, keyOf, on.retry, on.open, comments.button),
    comments,
    notice: notice(),
    note: notePanel(on.decideWithNote),
    conflict: conflictPanel(on.showVersion, on.resolveConflict),
    sheet: keySheet(keyOf),
    placeholder: placeholder(on.act),
    queue: queuePanel(on),
    history: historyPanel(on.restore),
    passes: passPanel(on.act, keyOf, on.choosePass),
  };
  const below = element(
    "div",
    { class: "below" },
    ...[parts.readout, parts.legend, parts.scaleBar].map((one) => one.node),
  );
  parts.strip.node.append(parts.options.node, parts.selection.node);
  const over = [
    { node: parts.comments.pins },
    parts.comments,
    parts.divider,
    parts.minimap,
    parts.contrast,
    parts.view,
    { node: parts.passes.badge },
    parts.working,
    parts.notice,
    parts.note,
    parts.conflict,
    parts.placeholder,
  ];
  const stage = element("div", { class: "stage" }, canvas, ...over.map((one) => one.node));
  const lists = [
    parts.queue,
    parts.classes,
    parts.wide,
    parts.evidence,
    parts.suggestions,
    parts.slicks,
    parts.history,
  ];
  const side = element("aside", { class: "side" }, ...lists.map((one) => one.node));
  const node = element("div", { class: "review", tabIndex: -1 });
  node.append(
    parts.toolbar.node,
    parts.strip.node,
    stage,
    below,
    parts.header.node,
    parts.passes.node,
    side,
    parts.bar.node,
    parts.sheet.node,
    spoken,
  );
  const focus = () => node.focus({ preventScroll: true });
  // A clicked button must not keep the focus: the next key belongs to the canvas.
  // Not so a list: losing the focus would close it as soon as it opens.
  node.addEventListener("click", (event) => {
    const list = event.target instanceof Element && event.target.matches("select, .find input");
    if (event.detail > 0 && !list && !parts.sheet.node.open && parts.note.node.hidden) focus();
  });
  canvas.addEventListener("pointerdown", () => (focus(), parts.slicks.unchoose()));
  root.replaceChildren(element("style", {}, STYLE), node);
  const keyboard = new Keyboard(root, on.act, (name) => cursor.key(name), {
    hide: (held) => held !== editor.hidden && editor.choose({ hidden: held }),
    raw: (held) => held !== editor.rawHeld && editor.choose({ rawHeld: held }),
    space: (held) => {
      pointer.spaceHeld = held;
      stage.classList.toggle("panning", held);
    },
  });
  focus();
  return { ...parts, stage, node, keyboard, tools };
}
