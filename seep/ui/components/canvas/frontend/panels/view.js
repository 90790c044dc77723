/** What the image is looked at with, over its lower left: scale, filter, bands, surroundings, comparison. */
import { FILTERS, SCALES } from "../view/display.js";
import { pickBand, showsColor } from "../view/bands.js";
import { dateTime } from "../../../shared/format.js";
import { REVISION_KINDS } from "../text.js";
import { choice } from "./bar.js";
import { element, updateChildren } from "../../../shared/dom.js";

/** @typedef {import("../editor.js").Editor} Editor */
/** @typedef {import("../types.js").OpenTile} OpenTile */

/**
 * The masks that a tile has.
 * @param {OpenTile} tile @param {import("../types.js").Predicted[]} predicted
 * @returns {[string, string][]} source and what it is called
 */
export function sourcesOf(tile, predicted) {
  const active = tile.prediction
    ? /** @type {[string, string][]} */ ([["prediction", `Prediction, ${tile.info.prediction?.checkpoint}`]])
    : [];
  const others = predicted.filter((one) => one.id !== tile.info.prediction?.id);
  return [
    ["annotation", "Annotation"],
    ...active,
    ...others.map(
      (one) => /** @type {[string, string]} */ ([`prediction:${one.id}`, `Prediction, ${one.checkpoint}`]),
    ),
    ...tile.info.history.map((one) => {
      const words = `${REVISION_KINDS[one.kind] ?? one.kind} ${dateTime(one.created_at, Date.now())}, ${one.author}`;
      return /** @type {[string, string]} */ ([`revision:${one.id}`, words]);
    }),
  ];
}

/**
 * @param {string} label @param {(value: string) => void} choose
 * @returns {{node: HTMLSelectElement, show: (options: [string, string][], value: string) => void}}
 */
function select(label, choose) {
  let byHand = false; // with the mouse: the next key belongs to the canvas again
  const node = element("select", {
    "aria-label": label,
    onpointerdown: () => void (byHand = true),
    onkeydown: () => void (byHand = false),
    onchange() {
      choose(node.value);
      if (byHand) node.blur();
    },
  });
  return {
    node,
    show(options, value) {
      updateChildren(node, JSON.stringify(options), () =>
        options.map(([one, word]) => element("option", { value: one }, word)),
      );
      node.value = value;
    },
  };
}

/** @param {Editor} editor @param {(value: Partial<import("../view/display.js").DisplaySettings>) => void} change */
function imageControls(editor, change) {
  const tips = {
    raw: "Raw values",
    decibel: "Decibels: more contrast in dark water",
    root: "Square root: amplitude of backscatter power",
  };
  const scale = choice(
    "Scale",
    SCALES.map(([value, word]) => [value, word, tips[value]]),
    (value) => change({ scale: /** @type {any} */ (value) }),
  );
  const filter = select("Speckle filter", (value) => change({ filter: /** @type {any} */ (value) }));
  const band = select("Band", (value) => {
    if (!editor.tile) return;
    pickBand(editor.tile, Number(value));
    if (showsColor(editor.display.composite, editor.tile.info)) change({ composite: false });
    editor.emit("contrast");
  });
  const composite = element("input", {
    type: "checkbox",
    onchange: () => change({ composite: composite.checked }),
  });
  const bands = element("div", { class: "row" }, element("span", { class: "name" }, "Band"), band.node);
  const colors = element("label", { class: "row" }, composite, "First three bands as red, green, blue");
  return {
    nodes: [
      element("div", { class: "row" }, element("span", { class: "name" }, "Scale"), scale.node),
      element("div", { class: "row" }, element("span", { class: "name" }, "Speckle"), filter.node),
      bands,
      colors,
    ],
    /** @param {OpenTile} tile */
    show(tile) {
      scale.press(editor.display.scale);
      filter.show(FILTERS, editor.display.filter);
      bands.hidden = tile.info.bands < 2;
      colors.hidden = tile.info.bands < 3;
      const names = tile.info.band_names ?? [];
      const options = Array.from(
        { length: tile.info.bands },
        (_, i) => /** @type {[string, string]} */ ([String(i), names[i] || `Band ${i + 1}`]),
      );
      band.show(options, String(tile.band));
      composite.checked = showsColor(editor.display.composite, tile.info);
    },
  };
}

/**
 * @param {Editor} editor @param {(action: string) => string} keyOf
 * @param {(tile: OpenTile) => import("../types.js").Predicted[]} predictedOf
 * @returns {{node: HTMLElement, show: () => void, toggle: () => void, open: boolean}}
 */
export function viewPanel(editor, keyOf, predictedOf) {
  const change = (/** @type {Partial<import("../view/display.js").DisplaySettings>} */ settings) =>
    editor.choose({ display: { ...editor.display, ...settings } });
  const image = imageControls(editor, change);
  const neighbors = element("input", {
    type: "checkbox",
    onchange: () => change({ neighbors: neighbors.checked }),
  });
  const minimap = element("input", {
    type: "checkbox",
    onchange: () => change({ minimap: minimap.checked }),
  });
  const against = select("Difference from", (value) => {
    change({ against: value });
    editor.choose({ overlay: "difference" });
  });
  const compare = element("input", {
    type: "checkbox",
    "aria-label": "Compare",
    onchange: () => change({ compare: compare.checked ? pair() : null }),
  });
  const left = select("Left of the divider", (value) => change({ compare: [value, right.node.value] }));
  const right = select("Right of the divider", (value) => change({ compare: [left.node.value, value] }));
  const pair = () => /** @type {[string, string]} */ ([left.node.value, right.node.value]);
  const key = (/** @type {string} */ action) => element("kbd", {}, keyOf(action));
  const grow = () => element("span", { class: "grow" });
  const node = element(
    "section",
    { class: "card view", "aria-label": "View", tabIndex: -1, hidden: true },
    ...image.nodes,
    element("hr"),
    element("label", { class: "row" }, neighbors, "Neighbors of the scene", grow(), key("neighbors")),
    element("label", { class: "row" }, minimap, "Minimap when zoomed", grow(), key("minimap")),
    element("hr"),
    element("div", { class: "row" }, element("span", { class: "name" }, "Difference from"), against.node),
    element("label", { class: "row" }, compare, "Compare side by side", grow(), key("compare")),
    element("div", { class: "row" }, left.node, right.node),
  );
  return {
    node,
    open: false,
    toggle() {
      this.open = !this.open;
      this.show();
      if (this.open) node.focus({ preventScroll: true });
    },
    show() {
      const { tile } = editor;
      if (editor.adjustingContrast) this.open = false; // the contrast stands in the same place
      node.hidden = !this.open || !tile;
      if (node.hidden || !tile) return;
      const sources = sourcesOf(tile, predictedOf(tile));
      image.show(tile);
      neighbors.checked = editor.display.neighbors;
      minimap.checked = editor.display.minimap;
      const others = sources.filter(([source]) => source !== "annotation");
      against.show(others, editor.display.against);
      against.node.disabled = !others.length;
      const [from, to] = editor.display.compare ?? [
        left.node.value || (others[0]?.[0] ?? "annotation"),
        right.node.value || "annotation",
      ];
      left.show(sources, from);
      right.show(sources, to);
      compare.checked = editor.display.compare !== null;
      compare.disabled = sources.length < 2;
    },
  };
}
