/** The bar below: contrast, layer, overlay, opacity at the left; decisions at the right, always in one place. */
import { denialOf } from "../actions.js";
import { rawText } from "../text.js";
import { drawHistogram } from "../render/histogram.js";
import { canUndoAccept } from "../controllers/queue.js";
import { element, icon, updateChildren } from "../../../shared/dom.js";
import { isOpen } from "../../../shared/states.js";
import { isViewChanged } from "../view/bands.js";
import { worded } from "../../../shared/words.js";

/** @typedef {import("../editor.js").Editor} Editor */

/**
 * A row of buttons of which one is pressed.
 * @param {string} label @param {[string, string, string][]} options value, word, tip
 * @param {(value: string) => void} choose
 * @returns {{node: HTMLElement, press: (value: string) => void, enable: (value: string, on: boolean) => void}}
 */
export function choice(label, options, choose) {
  const buttons = options.map(([value, word, tip]) =>
    element(
      "button",
      {
        type: "button",
        class: "tip-above",
        "data-tip": tip,
        "data-value": value,
        onclick: () => choose(value),
      },
      word,
    ),
  );
  return {
    node: element("div", { class: "choice", role: "group", "aria-label": label }, ...buttons),
    press: (value) =>
      buttons.forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.value === value))),
    enable: (value, on) => buttons.forEach((one) => one.dataset.value === value && (one.disabled = !on)),
  };
}

/**
 * @param {Editor} editor @param {(action: string) => void} act @param {(action: string) => string} keyOf
 * @returns {{node: HTMLElement, show: (stage: import("./dialogs.js").Stage, denials: import("../review.js").Denials) => void}} a tile that failed to load can be rejected or skipped
 */
export function bar(editor, act, keyOf) {
  /** Tips by action. @type {Record<string, string>} */
  const tips = {};
  const button = (
    /** @type {string} */ action,
    /** @type {string} */ word,
    /** @type {string} */ tip,
    primary = false,
  ) => {
    tips[action] = `${keyOf(action)}\n${tip}`;
    return element(
      "button",
      {
        type: "button",
        class: `action tip-above ${primary ? "primary tip-end" : "quiet"}`,
        "data-tip": tips[action],
        "data-action": action,
        onclick: () => act(action),
      },
      word,
    );
  };
  const contrast = element(
    "button",
    {
      type: "button",
      class: "action quiet tip-above tip-start",
      "data-tip": `Contrast  ${keyOf("contrast")}\nDrag on the image: sideways for level, up and down for window`,
      onclick: () => act("contrast"),
    },
    icon("contrast"),
    "Contrast",
    element("span", { class: "hidden" }),
  );
  const view = element(
    "button",
    {
      type: "button",
      class: "action quiet tip-above",
      "data-tip": `View  ${keyOf("view")}\nScale, speckle filter, bands, neighbors, comparison`,
      onclick: () => act("view"),
    },
    icon("tune"),
    "View",
    element("span", { class: "hidden" }),
  );
  const layer = choice(
    "Layer",
    [
      ["annotation", "Annotation", `Annotation: the mask that you edit  ${keyOf("layer")}`],
      ["prediction", "Prediction", `Prediction of the model  ${keyOf("layer")}`],
      ["probability", "Probability", worded(`Seep probability  ${keyOf("probability")}`)],
      [
        "uncertainty",
        "Uncertainty",
        worded(`Uncertainty: entropy of the seep probability  ${keyOf("uncertainty")}`),
      ],
    ],
    (value) => editor.choose({ layer: /** @type {Editor["layer"]} */ (value) }),
  );
  const overlay = choice(
    "Overlay",
    [
      ["fill", "Fill", `Filled areas  ${keyOf("overlay")}`],
      ["outline", "Outline", `Outlines  ${keyOf("overlay")}`],
      ["difference", "Difference", `Difference from the prediction  ${keyOf("overlay")}`],
    ],
    (value) => editor.choose({ overlay: /** @type {import("../editor.js").OverlayStyle} */ (value) }),
  );
  const opacity = element("input", {
    type: "range",
    min: "5",
    max: "100",
    step: "5",
    "aria-label": "Overlay opacity in percent",
    oninput: () => editor.choose({ opacity: Number(opacity.value) / 100 }),
  });
  const percent = element("output", { class: "percent" });
  const decisions = [
    button(
      "rejectNote",
      "Reject",
      `Reject tile (excluded from training) with a reason or note\n${keyOf("reject")} rejects without`,
    ),
    button("reopen", "Reopen", "Move the tile back to the queue with its mask as a draft"),
    button("undoAccept", "Undo accept", "Move the tile back to the queue; your changes are kept as a draft"),
    button("skip", "Skip", "Decide later and open the next tile"),
    button("accept", "Accept and next", "Save the mask as reviewed and open the next tile", true),
  ];
  const node = element(
    "footer",
    { class: "bar", role: "toolbar", "aria-label": "View and decisions" },
    contrast,
    view,
    layer.node,
    overlay.node,
    element("label", { class: "opacity" }, icon("opacity"), opacity, percent),
    element("span", { class: "grow" }),
    ...decisions,
  );
  return {
    node,
    show(stage, denials) {
      const { tile } = editor;
      contrast.setAttribute("aria-pressed", String(editor.adjustingContrast));
      mark(view, isViewChanged(editor.display, tile?.info ?? null));
      mark(contrast, tile !== null && isContrastChanged(tile));
      layer.press(editor.layer);
      for (const one of ["prediction", "probability", "uncertainty"])
        layer.enable(one, Boolean(tile?.prediction));
      overlay.press(editor.overlay);
      overlay.enable("difference", Boolean(tile?.prediction) || editor.display.against !== "prediction");
      opacity.value = String(Math.round(editor.opacity * 100));
      percent.textContent = `${opacity.value} %`;
      const closed = tile !== null && !isOpen(tile.info.state);
      for (const one of decisions) {
        if (one.dataset.action === "reopen") one.hidden = !closed;
        if (one.dataset.action === "undoAccept") one.hidden = tile === null || !canUndoAccept(tile);
        if (one.dataset.action === "skip") one.hidden = closed;
      }
      for (const one of decisions) {
        const action = one.dataset.action ?? "";
        const denial = denialOf(denials, action);
        one.disabled = !tile && !canDecideUnloaded(stage, action);
        one.setAttribute("aria-disabled", String(denial !== "")); // not "disabled": the tip stays readable by keyboard
        one.dataset.tip = denial || tips[action];
      }
    },
  };
}

/** @param {import("./dialogs.js").Stage} stage @param {string} action @returns {boolean} whether it works without an open tile */
export function canDecideUnloaded(stage, action) {
  return stage === "failed" && ["reject", "rejectNote", "skip"].includes(action); // a missing tile has nothing to decide
}

/** Mark a button whose settings differ from the defaults. @param {HTMLElement} button @param {boolean} changed */
function mark(button, changed) {
  button.dataset.changed = String(changed);
  updateChildren(/** @type {HTMLElement} */ (button.lastElementChild), String(changed), () => [
    changed ? "(changed)" : "",
  ]);
}

/** @param {import("../types.js").OpenTile} tile @returns {boolean} */
function isContrastChanged({ contrast: { low, high, gamma, invert }, window: initial }) {
  return gamma !== 1 || invert || (initial !== undefined && (low !== initial[0] || high !== initial[1]));
}

/**
 * The contrast's own panel, over the lower left of the image while contrast is on.
 * @param {Editor} editor
 * @returns {{node: HTMLElement, show: () => void}}
 */
export function contrastPanel(editor) {
  const values = element("output", { class: "values" });
  const graph = element("canvas", {
    class: "histogram",
    role: "img",
    "aria-label": "Histogram of the tile with the window",
    width: 248,
    height: 48,
  });
  const gamma = element("input", {
    type: "range",
    min: "0.3",
    max: "3",
    step: "0.05",
    "aria-label": "Gamma",
    oninput: () => editor.setContrast({ gamma: Number(gamma.value) }),
  });
  const gammaValue = element("output", { class: "percent" });
  const invert = element("input", {
    type: "checkbox",
    onchange: () => editor.setContrast({ invert: invert.checked }),
  });
  const reset = (/** @type {"tile" | "scene"} */ basis) =>
    element(
      "button",
      { type: "button", class: "action quiet", onclick: () => editor.resetContrast(basis) },
      `Stretch to ${basis}`,
    );
  const node = element(
    "section",
    { class: "card contrast", "aria-label": "Contrast" },
    element("p", {}, "Drag on the image: sideways for level, up and down for window."),
    graph,
    element("div", { class: "row" }, "Window", element("span", { class: "grow" }), values),
    element("label", { class: "row" }, "Gamma", gamma, gammaValue),
    element("label", { class: "row" }, invert, "Invert"),
    element("div", { class: "row" }, reset("tile"), reset("scene")),
  );
  return {
    node,
    show() {
      node.hidden = !editor.adjustingContrast || !editor.tile;
      if (!editor.tile) return;
      const { low, high, gamma: power, invert: inverted } = editor.tile.contrast;
      if (!node.hidden) drawHistogram(graph, editor.tile);
      const unit = { dn: " DN", linear: "", db: " dB" }[editor.tile.info.unit ?? "dn"];
      const short = (/** @type {number} */ value) => rawText(high - low > 100 ? Math.round(value) : value);
      values.textContent = `${short(low)} to ${short(high)}${unit}`;
      gamma.value = String(power);
      gammaValue.textContent = power.toFixed(2);
      invert.checked = inverted;
    },
  };
}
