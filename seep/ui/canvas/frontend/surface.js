/** The parts of the Review surface and where they stand; what they do is said by `on`. */
import { Keyboard } from "./keyboard.js";
import { shownKey } from "./keys.js";
import { bar, contrastPanel } from "./panels/bar.js";
import { conflictPanel, keySheet, notice, placeholder } from "./panels/dialogs.js";
import { element } from "./panels/dom.js";
import { header } from "./panels/header.js";
import { classPanel, historyPanel, queuePanel, slickPanel } from "./panels/lists.js";
import { readout } from "./panels/readout.js";
import { toolbar } from "./panels/toolbar.js";
import { Pointer } from "./pointer.js";
import { Renderer } from "./renderer.js";
import { STYLE } from "./style.css.js";
import { TOOLS } from "./tools/index.js";

/**
 * @typedef {object} On What happens at the parts.
 * @property {(action: string) => void} act a key or a button
 * @property {() => void} retry try again to save
 * @property {() => void} redraw something is to be drawn
 * @property {() => import("./renderer.js").Marks} marks
 * @property {(side: "mine" | "theirs") => void} look @property {(side: "mine" | "theirs") => void} settle
 * @property {(id: number) => void} open
 * @property {(item: import("./types.js").QueueItem) => string} thumbnail
 * @property {(item: import("./types.js").QueueItem) => string} valueOf
 * @property {(slick: import("./regions.js").Slick) => void} goTo
 * @property {(slick: import("./regions.js").Slick | null) => void} point
 * @property {(revision: import("./types.js").Revision) => void} restore
 */
/** @typedef {ReturnType<typeof surface>} Surface */

/**
 * @param {ShadowRoot | HTMLElement} root @param {import("./editor.js").Editor} editor
 * @param {Record<string, string[]>} keys by action @param {On} on
 */
export function surface(root, editor, keys, on) {
  const keyOf = (/** @type {string} */ action) => shownKey(keys[action]?.[0] ?? "");
  const tools = Object.fromEntries(Object.entries(TOOLS).map(([name, { make }]) => [name, make(editor)]));
  const canvas = element("canvas", { "aria-label": "The tile and its mask", role: "img" });
  const pointer = new Pointer(canvas, editor, tools, on.redraw);
  const parts = {
    canvas,
    pointer,
    renderer: new Renderer(canvas, editor, on.marks),
    toolbar: toolbar(editor, on.act, keyOf),
    header: header(on.act, keyOf, on.retry),
    bar: bar(editor, on.act, keyOf),
    contrast: contrastPanel(editor),
    readout: readout(),
    notice: notice(),
    conflict: conflictPanel(on.look, on.settle),
    sheet: keySheet(keyOf),
    placeholder: placeholder(on.act),
    queue: queuePanel(on.open, on.thumbnail, on.valueOf),
    classes: classPanel(editor, on.act, keyOf),
    slicks: slickPanel(on.goTo, on.point),
    history: historyPanel(on.restore),
  };
  const over = [parts.contrast, parts.readout, parts.notice, parts.conflict, parts.placeholder];
  const stage = element("div", { class: "stage" }, canvas, ...over.map((one) => one.node));
  const lists = [parts.queue, parts.classes, parts.slicks, parts.history];
  const side = element("aside", { class: "side" }, ...lists.map((one) => one.node));
  const node = element("div", { class: "review", tabIndex: -1 });
  node.append(parts.toolbar.node, stage, parts.header.node, side, parts.bar.node, parts.sheet.node);
  const focus = () => node.focus({ preventScroll: true });
  // A clicked button must not keep the focus: the next key belongs to the canvas.
  node.addEventListener("click", (event) => void (event.detail > 0 && !parts.sheet.node.open && focus()));
  canvas.addEventListener("pointerdown", focus);
  root.replaceChildren(element("style", {}, STYLE), node);
  const keyboard = new Keyboard(root, on.act, {
    hide: (held) => held !== editor.hidden && editor.choose({ hidden: held }),
    space: (held) => {
      pointer.spaceHeld = held;
      stage.classList.toggle("panning", held);
    },
  });
  focus();
  return { ...parts, stage, node, keyboard, tools };
}
