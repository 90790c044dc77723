/** The parts of the Review surface and where they stand; what they do is said by `on`. */
import { Keyboard } from "./keyboard.js";
import { keyLabel } from "./keys.js";
import { element } from "../../shared/dom.js";
import { Pointer } from "./pointer.js";
import { Renderer } from "./renderer.js";
import { STYLE } from "./styles/index.js";
import { decidingParts } from "./surface/deciding.js";
import { drawingParts } from "./surface/drawing.js";
import { lookingParts } from "./surface/looking.js";
import { TOOLS } from "./tools/index.js";

/**
 * @typedef {object} CanvasHandlers
 * @property {() => void} redraw something is to be drawn
 * @property {import("./renderer.js").Scene} scene what is to be drawn
 */
/** @typedef {import("./surface/drawing.js").DrawingHandlers & import("./surface/looking.js").ViewHandlers & import("./surface/deciding.js").ReviewHandlers & CanvasHandlers} On What happens at the parts. */
/** @typedef {ReturnType<typeof createUi>} Surface */

/**
 * @param {ShadowRoot | HTMLElement} root @param {import("./editor.js").Editor} editor
 * @param {Record<string, string[]>} keys by action @param {On} on
 */
export function createUi(root, editor, keys, on) {
  const keyOf = (/** @type {string} */ action) => keyLabel(keys[action]?.[0] ?? "");
  const tools = Object.fromEntries(Object.entries(TOOLS).map(([name, { make }]) => [name, make(editor)]));
  const canvas = element("canvas", { "aria-label": "The tile and its mask", role: "img" });
  const pointer = new Pointer(canvas, editor, tools, on.redraw);
  editor.inGesture = () => pointer.inGesture;
  const renderer = new Renderer(canvas, editor, on.scene);
  const parts = {
    canvas,
    pointer,
    renderer,
    ...drawingParts(editor, keyOf, on),
    ...lookingParts(editor, keyOf, on, renderer),
    ...decidingParts(keyOf, on),
  };
  const below = element("div", { class: "below" }, ...[parts.readout, parts.legend, parts.scaleBar].map((one) => one.node));
  const strip = element("div", { class: "strip" }, parts.options.node, parts.selection.node);
  const over = [parts.divider, parts.minimap, { node: below }, { node: strip }, parts.contrast, parts.view, parts.working, parts.notice, parts.note, parts.conflict, parts.placeholder];
  const stage = element("div", { class: "stage" }, canvas, ...over.map((one) => one.node));
  const lists = [parts.queue, parts.classes, parts.slicks, parts.history];
  const side = element("aside", { class: "side" }, ...lists.map((one) => one.node));
  const node = element("div", { class: "review", tabIndex: -1 });
  node.append(parts.toolbar.node, stage, parts.header.node, side, parts.bar.node, parts.sheet.node);
  const focus = () => node.focus({ preventScroll: true });
  // A clicked button must not keep the focus: the next key belongs to the canvas.
  // Not so a list: losing the focus would close it as soon as it opens.
  node.addEventListener("click", (event) => {
    const list = event.target instanceof HTMLSelectElement;
    if (event.detail > 0 && !list && !parts.sheet.node.open) focus();
  });
  canvas.addEventListener("pointerdown", focus);
  root.replaceChildren(element("style", {}, STYLE), node);
  const keyboard = new Keyboard(root, on.act, {
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
