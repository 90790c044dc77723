/**
 * The row above the map and the legend of passes below it.
 *
 * @import { SitePage } from "./page.js"
 * @import { Point } from "../../shared/map_view.js"
 * @import { PlaceDocument, SiteRow } from "./types.js"
 */

import { element } from "../../shared/dom.js";
import { plural } from "../../shared/format.js";
import { passColor } from "../../shared/pass_colors.js";
import { referenceKey, referenceNames } from "../../shared/references.js";
import { pointText, rateText } from "./text.js";

const NO_BACKGROUND = "No background";

export class Toolbar {
  /** @param {SitePage} page */
  constructor(page) {
    this.page = page;
    this.background = element(
      "select",
      {
        "aria-label": "Background",
        title: "Pass shown behind the slicks",
        disabled: true,
        onchange: () => this.choose(),
      },
      element("option", { value: "" }, NO_BACKGROUND),
    );
    this.slicks = element(
      "button",
      { type: "button", "aria-pressed": "true", onclick: () => this.toggle("slicks") },
      "Slicks",
    );
    this.rings = element(
      "button",
      { type: "button", "aria-pressed": "true", onclick: () => this.toggle("rings") },
      "Sites",
    );
    this.references = element(
      "button",
      { type: "button", "aria-pressed": "true", hidden: true, onclick: () => this.toggle("references") },
      "Layers",
    );
    this.undo = element(
      "button",
      { type: "button", disabled: true, onclick: () => void page.change({ action: "undo" }) },
      "Undo",
    );
    this.add = element(
      "button",
      { type: "button", disabled: true, onclick: () => page.startPlacing("add") },
      "Add site",
    );
    this.export = element(
      "button",
      { type: "button", disabled: true, onclick: () => void page.export() },
      "Export",
    );
    this.summary = element("span", { class: "summary" });
    this.said = element("span", { class: "status", role: "status" });
    this.point = element("span", { class: "point" });
    const zoom = [
      element(
        "button",
        { type: "button", "aria-label": "Zoom out", title: "Zoom out", onclick: () => page.zoom(1 / 1.5) },
        "−",
      ),
      element(
        "button",
        {
          type: "button",
          "aria-label": "Fit place",
          title: "Show the whole place",
          onclick: () => page.fit(),
        },
        "Fit",
      ),
      element(
        "button",
        { type: "button", "aria-label": "Zoom in", title: "Zoom in", onclick: () => page.zoom(1.5) },
        "+",
      ),
    ];
    this.above = element(
      "div",
      { class: "above" },
      this.background,
      this.slicks,
      this.rings,
      this.references,
      element("span", { class: "group" }, ...zoom),
      this.point,
      element("span", { class: "gap" }),
      this.said,
      this.summary,
      this.add,
      this.undo,
      this.export,
    );
    this.passes = element("div", { class: "chips", role: "group", "aria-label": "Passes" });
    this.layers = element("div", { class: "references", role: "group", "aria-label": "Reference layers" });
    this.legend = element("div", { class: "legend" }, this.layers, this.passes);
  }

  choose() {
    this.page.kept.background = this.background.value ? Number(this.background.value) : null;
    this.page.draw();
  }

  /** @param {"slicks" | "rings" | "references"} layer */
  toggle(layer) {
    const { kept } = this.page;
    kept[layer] = !kept[layer];
    this[layer].setAttribute("aria-pressed", String(kept[layer]));
    if (layer === "references")
      this.layers.replaceChildren(
        ...(kept.references ? referenceKey(this.page.place?.references ?? []) : []),
      );
    this.page.draw();
  }

  /** @param {PlaceDocument} place */
  show(place) {
    const { kept } = this.page;
    const options = place.passes.map((pass) =>
      element(
        "option",
        { value: String(pass.scene_id), selected: pass.scene_id === kept.background },
        `Background: ${pass.label}`,
      ),
    );
    this.background.replaceChildren(element("option", { value: "" }, NO_BACKGROUND), ...options);
    this.background.disabled = false;
    this.slicks.setAttribute("aria-pressed", String(kept.slicks));
    this.rings.setAttribute("aria-pressed", String(kept.rings));
    this.references.setAttribute("aria-pressed", String(kept.references));
    this.references.hidden = !place.references.length;
    this.references.title = referenceNames(place.references);
    this.summary.textContent = this.page.summary();
    const last = place.history.find((row) => !row.undone_by);
    this.undo.disabled = !last || place.denied !== null;
    this.undo.title =
      place.denied ??
      (last ? `Undo "${last.action} site ${last.number}" by ${last.author}` : "No changes yet");
    this.add.disabled = place.denied !== null;
    this.add.title = place.denied ?? "Click a position on the map to add a site";
    this.exporting(false);
    this.layers.replaceChildren(...(kept.references ? referenceKey(place.references) : []));
    this.passes.replaceChildren(...place.passes.map((pass, index) => this.chip(place, index, pass)));
  }

  /** @param {PlaceDocument} place @param {number} index @param {import("./types.js").PassRow} pass */
  chip(place, index, { label, slicks, wind }) {
    const { kept } = this.page;
    const chip = element(
      "button",
      {
        type: "button",
        class: "chip",
        "aria-pressed": String(!kept.hidden.has(index)),
        title: `${plural(slicks.length, "slick")}${wind ? `, wind ${wind}` : ""}. Click to hide or show them.`,
      },
      element("i", { style: `background:${passColor(index, place.passes.length)}` }),
      label,
    );
    chip.addEventListener("click", () => {
      if (!kept.hidden.delete(index)) kept.hidden.add(index);
      chip.setAttribute("aria-pressed", String(!kept.hidden.has(index)));
      this.page.drawn = null;
      this.page.draw();
    });
    return chip;
  }

  /** @param {boolean} running */
  exporting(running) {
    const denied = this.page.place?.export_denied ?? null;
    this.export.disabled = running || denied !== null;
    this.export.title = denied ?? "Download GeoPackage, tables and report as one zip";
    if (running) this.say("Exporting…");
  }

  /** @param {string} text */
  say(text) {
    this.said.textContent = text;
  }

  /** @param {Point | null} point @param {SiteRow | null} site */
  showPoint(point, site) {
    this.point.textContent = site
      ? `Site ${site.number}: ${site.n} of ${plural(site.m, "pass", "passes")}, rate ${rateText(site)}`
      : point && this.page.place
        ? pointText(this.page.place, point)
        : "";
  }
}
