/** Elements over the image: minimap, scale bar, legend of a layer, divider between compared masks. */
import { DIFFERENCE } from "../overlay.js";
import { heatGradient } from "../view/heat.js";
import { movedTo, placeOf } from "../view/minimap.js";
import { barOf } from "../view/scalebar.js";
import { element, updateChildren } from "../../../shared/dom.js";
import { worded } from "../../../shared/words.js";

/** @typedef {import("../editor.js").Editor} Editor */

const STEP = 0.02; // of the stage's width, by an arrow key

/**
 * @param {Editor} editor
 * @param {() => {width: number, height: number}} screen of the stage, CSS px
 * @param {(canvas: HTMLCanvasElement, place: import("../view/minimap.js").Place) => boolean} draw whether it is complete
 * @returns {{node: HTMLCanvasElement, show: () => boolean}} show: whether what it shows is complete
 */
export function minimap(editor, screen, draw) {
  const node = element("canvas", {
    class: "minimap",
    role: "img",
    "aria-label": "Minimap: click or drag to move the view",
    hidden: true,
  });
  /** @type {import("../view/minimap.js").Place | null} */
  let place = null;
  const move = (/** @type {PointerEvent} */ event) => {
    const { tile } = editor;
    if (!tile?.view || !place || !(event.buttons & 1)) return;
    const box = node.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    tile.view = movedTo(tile.view, at, place.scale, screen());
    editor.emit("view");
  };
  node.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    node.setPointerCapture(event.pointerId);
    move(event);
  });
  node.addEventListener("pointermove", move);
  return {
    node,
    show() {
      const { tile, display } = editor;
      place = tile?.view && display.minimap ? placeOf(tile.view, tile.info, screen()) : null;
      node.hidden = !place;
      if (!place) return true;
      node.style.width = `${place.width}px`;
      node.style.height = `${place.height}px`;
      return draw(node, place);
    },
  };
}

/** @returns {{node: HTMLElement, show: (editor: Editor) => void}} the length of a round number on the screen */
export function scaleBar() {
  const line = element("span", { class: "line" });
  const words = element("span", {});
  const node = element("div", { class: "scalebar", "aria-hidden": "true" }, line, words);
  return {
    node,
    show({ tile }) {
      node.hidden = !tile?.view;
      if (!tile?.view) return;
      const { lengthPx, label } = barOf(tile.view.scale, tile.info.pixel_m ?? null);
      line.style.width = `${lengthPx.toFixed(1)}px`;
      words.textContent = label;
    },
  };
}

/**
 * Legend of a difference or a heat map; hidden until its overlay is on the screen.
 * @returns {{node: HTMLElement, show: (editor: Editor, kind: import("../overlay.js").MaskOverlay["kind"] | undefined) => void}}
 */
export function legend() {
  const node = element("div", { class: "legend", hidden: true });
  const scale = (/** @type {"probability" | "uncertainty"} */ layer) => [
    layer === "probability" ? worded("Seep probability  0") : "Entropy  0",
    element("i", { class: "ramp", style: `background:${heatGradient(layer)}` }),
    layer === "probability" ? "1" : "1 bit",
  ];
  const names = /** @type {[string, string][]} */ ([
    ["added", DIFFERENCE.added],
    ["removed", DIFFERENCE.removed],
    ["other class", DIFFERENCE.changed],
  ]);
  return {
    node,
    show({ tile, layer, hidden }, kind) {
      const heat = kind === "heat" && (layer === "probability" || layer === "uncertainty") ? layer : null;
      const what = heat ?? (kind === "difference" ? kind : "");
      node.hidden = !tile || hidden || !what;
      updateChildren(node, what, () =>
        heat
          ? scale(heat)
          : names.flatMap(([word, color]) => [element("i", { style: `background:${color}` }), word]),
      );
    },
  };
}

/**
 * @param {Editor} editor
 * @param {(source: string) => string} nameOf
 * @returns {{node: HTMLElement, show: () => void}}
 */
export function divider(editor, nameOf) {
  const names = [element("b", { class: "left" }), element("b", { class: "right" })];
  const grip = element("span", {
    class: "grip",
    role: "slider",
    tabIndex: 0,
    "aria-label": "Divider",
    "aria-valuemin": "0",
    "aria-valuemax": "100",
  });
  const node = element("div", { class: "divider", hidden: true }, ...names, grip);
  const move = (/** @type {number} */ to) =>
    editor.choose({ display: { ...editor.display, divider: Math.min(Math.max(to, 0), 1) } });
  node.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    node.setPointerCapture(event.pointerId);
  });
  node.addEventListener("pointermove", (event) => {
    const box = node.parentElement?.getBoundingClientRect();
    if (box && event.buttons & 1) move((event.clientX - box.left) / box.width);
  });
  grip.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (by) move(editor.display.divider + by);
  });
  return {
    node,
    show() {
      const { compare, divider: at } = editor.display;
      node.hidden = !compare || !editor.tile;
      if (!compare) return;
      node.style.left = `${at * 100}%`;
      grip.setAttribute("aria-valuenow", String(Math.round(at * 100)));
      names.forEach((name, place) => void (name.textContent = nameOf(compare[place])));
    },
  };
}
