/**
 * Panels around the map: layers and zoom above, readout and legend below.
 *
 * @import { Point, View } from "../../shared/map_view.js"
 * @import { Choices, SceneDocument, SceneTile } from "./types.js"
 */

import { element } from "../../shared/dom.js";
import { integer } from "../../shared/format.js";
import { referenceKey, referenceNames } from "../../shared/references.js";
import { stateLabel, stateMark, stateOf } from "../../shared/states.js";
import { placeText, scaleBar, tally, tileText } from "./text.js";
import { worded } from "../../shared/words.js";

const BAR_MOST_PX = 140;

/**
 * @typedef {object} MapControls
 * @property {(choices: Partial<Choices>) => void} choose
 * @property {(factor: number) => void} zoom
 * @property {() => void} fit
 */

export class Panels {
  /**
   * @param {Choices} choices
   * @param {MapControls} wishes
   */
  constructor(choices, wishes) {
    this.choices = choices;
    this.wishes = wishes;
    this.zoomText = element("output", { class: "zoom", "aria-label": "Zoom" });
    this.above = element(
      "div",
      { class: "above" },
      ...this.layers(),
      ...this.overlays(),
      element("span", { class: "gap" }),
      ...this.zooming(),
    );
    this.where = element("span", { class: "where", role: "status" });
    this.point = element("span", { class: "point" });
    this.legend = element("span", { class: "legend", role: "group", "aria-label": "Tiles by state" });
    this.layerKey = element("span", { class: "references", role: "group", "aria-label": "Reference layers" });
    this.below = element(
      "div",
      { class: "below" },
      this.where,
      this.point,
      element("span", { class: "gap" }),
      this.layerKey,
      this.legend,
    );
    this.bar = element("div", { class: "scale-bar" });
  }

  layers() {
    const layer = (
      /** @type {"image" | "minimum"} */ name,
      /** @type {string} */ label,
      /** @type {string} */ tip,
    ) => {
      const button = element(
        "button",
        { type: "button", title: tip, "data-layer": name, onclick: () => this.pick(name) },
        label,
      );
      button.setAttribute("aria-pressed", String(this.choices.layer === name));
      return button;
    };
    const group = element(
      "div",
      { class: "group", role: "group", "aria-label": "Resampling" },
      layer("image", "Image", "Mean of the pixels"),
      layer("minimum", "Minimum", worded("Minimum of the pixels: thin slicks stay visible when zoomed out")),
    );
    return [group];
  }

  /** @param {"image" | "minimum"} name */
  pick(name) {
    for (const button of this.above.querySelectorAll("[data-layer]"))
      button.setAttribute("aria-pressed", String(button.getAttribute("data-layer") === name));
    this.wishes.choose({ layer: name });
  }

  overlays() {
    const box = (/** @type {"masks" | "states" | "references"} */ name, /** @type {string} */ label) => {
      const input = element("input", {
        type: "checkbox",
        checked: this.choices[name],
        onchange: () => this.wishes.choose({ [name]: input.checked }),
      });
      return element("label", {}, input, label);
    };
    const opacity = element("input", {
      type: "range",
      min: "0",
      max: "100",
      step: "5",
      value: String(Math.round(this.choices.opacity * 100)),
      "aria-label": "Mask opacity",
      title: "Mask opacity",
      oninput: () => this.wishes.choose({ opacity: Number(opacity.value) / 100 }),
    });
    this.references = box("references", "Reference layers");
    this.references.hidden = true;
    return [box("masks", "Masks"), opacity, box("states", "Tile states"), this.references];
  }

  zooming() {
    const button = (
      /** @type {string} */ label,
      /** @type {string} */ tip,
      /** @type {() => void} */ action,
    ) => element("button", { type: "button", "aria-label": tip, title: tip, onclick: action }, label);
    return [
      button("−", "Zoom out (-)", () => this.wishes.zoom(1 / 1.5)),
      this.zoomText,
      button("+", "Zoom in (+)", () => this.wishes.zoom(1.5)),
      button("Fit", "Fit scene (F)", () => this.wishes.fit()),
    ];
  }

  /**
   * @param {SceneDocument} scene
   * @param {View} view
   */
  showView(scene, view) {
    const percent = view.scale * 100;
    this.zoomText.textContent = `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
    const { px, text } = scaleBar(view.scale, scene.pixel_m, BAR_MOST_PX);
    this.bar.style.width = `${px}px`;
    this.bar.textContent = text;
  }

  /** @param {SceneDocument} scene */
  showLegend(scene) {
    const entries = tally(scene.tiles).map(([state, count]) =>
      element(
        "span",
        { class: "entry", style: `--state: ${stateOf(state)?.color_dark ?? ""}` },
        stateMark(state),
        `${stateLabel(state)} ${integer(count)}`,
      ),
    );
    this.legend.replaceChildren(...entries);
    if (!this.references) return;
    this.references.hidden = !scene.references.length;
    this.references.title = referenceNames(scene.references);
    this.layerKey.replaceChildren(...referenceKey(scene.references));
  }

  /**
   * @param {SceneDocument} scene
   * @param {SceneTile | null} tile
   * @param {Point | null} point of the scene
   */
  showPoint(scene, tile, point) {
    const inside = point && point.x >= 0 && point.y >= 0 && point.x < scene.width && point.y < scene.height;
    this.where.textContent = tile
      ? tileText(tile, scene.pixel_m)
      : inside
        ? "No tile at this position"
        : hint(scene);
    const place = inside ? placeText(scene, point) : "";
    this.point.textContent = inside
      ? `x ${Math.floor(point.x)}  y ${Math.floor(point.y)}${place ? `  ${place}` : ""}`
      : "";
  }
}

/** What the line says while no tile is pointed at. @param {SceneDocument} scene */
function hint(scene) {
  if (!scene.placed) return "Tile positions are unknown. Tiles are shown in the order of their numbers.";
  return scene.picture === "coarse" ? "Preparing the full-resolution image…" : "Click a tile to open it.";
}
