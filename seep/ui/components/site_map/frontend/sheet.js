/**
 * The contact sheet of a site: the same ground in every covering pass, side by side.
 *
 * @import { Change, PassRow, PlaceDocument, SiteData, SiteRow } from "./types.js"
 */

import { element, svgElement } from "../../shared/dom.js";
import { decimal, plural } from "../../shared/format.js";
import { pictureAddress } from "./api.js";
import { passColor } from "../../shared/pass_colors.js";
import { nearestText } from "../../shared/nearest.js";
import { scaleBar, waterTexts } from "./text.js";

const PICTURE_PX = 256;
const LEAST_SIDE_PX = 120;

export class ContactSheet {
  /** @param {(scene: number, x: number, y: number) => void} open @param {(change: Change) => void} change */
  constructor(open, change) {
    this.open = open;
    this.change = change;
    this.outlines = true;
    this.title = element("strong");
    this.nearest = element("span", { class: "hint nearest" });
    this.box = element("input", { type: "checkbox", checked: true, onchange: () => this.toggle() });
    this.cards = element("div", {
      class: "cards",
      role: "region",
      tabIndex: 0,
      "aria-label": "Contact sheet: all covering passes",
    });
    this.controls = element(
      "div",
      { class: "line" },
      element("label", {}, this.box, "Outlines"),
      element("span", { class: "hint" }, "Click a pass to open it in Review"),
    );
    const head = element("div", { class: "sheet-head" }, this.title, this.nearest, this.controls);
    this.root = element("div", { class: "sheet", hidden: true }, head, this.cards);
  }

  toggle() {
    this.outlines = this.box.checked;
    this.cards.classList.toggle("plain", !this.outlines);
  }

  /** @param {SiteData} data @param {PlaceDocument} place @param {SiteRow | null} site */
  show(data, place, site) {
    this.root.hidden = site === null;
    const causes = place.passes.flatMap((pass) => pass.slicks.map((slick) => slick.cause));
    const content = site ? `${place.version} ${site.number} ${causes.join()}` : "";
    if (!site || this.cards.dataset.content === content) return;
    const same = this.cards.dataset.site === String(site.number);
    this.cards.dataset.content = content;
    this.cards.dataset.site = String(site.number);
    const scrolled = same ? this.cards.scrollLeft : 0;
    const side = sideOf(place, site);
    this.title.textContent = `Site ${site.number}: a slick in ${site.n} of ${plural(site.m, "pass", "passes")}`;
    this.nearest.textContent = [...waterTexts(site), ...site.nearest.map(nearestText)].join("; ");
    this.nearest.title = this.nearest.textContent;
    const covering = new Set(site.covering);
    const cards = place.passes.flatMap((pass, index) =>
      covering.has(pass.scene_id) ? [this.card(data, place, site, pass, index, side)] : [],
    );
    const reason = emptyText(place, site);
    this.controls.hidden = reason !== "";
    this.cards.replaceChildren(...(reason ? [element("p", { class: "hint empty" }, reason)] : cards));
    this.cards.scrollLeft = scrolled;
  }

  /** Choices of the cause of the slicks of a pass that begin at a site. @param {PlaceDocument} place @param {SiteRow} site @param {PassRow} pass @returns {HTMLElement[]} */
  causes(place, site, pass) {
    return pass.slicks.flatMap((slick, number) => {
      if (slick.site !== site.number) return [];
      const options = [["", "No cause"], ...Object.entries(place.causes)].map(([key, label]) =>
        element("option", { value: key, selected: key === slick.cause }, label),
      );
      const choice = element(
        "select",
        {
          class: "cause",
          "aria-label": `Cause of the slick of ${pass.label}`,
          title: place.denied ?? "Cause of this slick",
          disabled: place.denied !== null,
          onchange: () =>
            this.change({
              action: "cause",
              scene: pass.scene_id,
              slick: number,
              cause: choice.value,
              version: place.version,
            }),
        },
        ...options,
      );
      return [choice];
    });
  }

  /** @param {SiteData} data @param {PlaceDocument} place @param {SiteRow} site @param {PassRow} pass @param {number} index @param {number} side */
  card(data, place, site, pass, index, side) {
    const [x, y] = [site.x - side / 2, site.y - side / 2];
    const seen = site.seen.includes(pass.scene_id);
    const picture = element("img", {
      src: pictureAddress(data, pass.scene_id, round(x), round(y), round(side), PICTURE_PX),
      alt: `${pass.label}, ${slickText(pass, site, place.radius_px)}`,
      loading: "lazy",
    });
    const marks = svgElement("svg", { viewBox: `${x} ${y} ${side} ${side}`, "aria-hidden": "true" });
    const stroke = side / 110;
    for (const slick of pass.slicks) {
      if (!near(slick.rings, x, y, side)) continue;
      const path = slick.rings.map((ring) => `M${ring.join(" ")}Z`).join("");
      const width = String(slick.site === site.number ? stroke * 1.6 : stroke);
      marks.append(
        svgElement("path", {
          d: path,
          fill: "none",
          stroke: passColor(index, place.passes.length),
          "stroke-width": width,
        }),
      );
    }
    marks.append(
      svgElement("circle", {
        cx: String(site.x),
        cy: String(site.y),
        r: String(side / 22),
        fill: "none",
        stroke: "#ffffff",
        "stroke-width": String(stroke),
        "stroke-dasharray": seen ? "" : `${stroke * 2}`,
      }),
    );
    const bar = scaleBar(side / 3, place.pixel_m);
    const scale = element(
      "span",
      { class: "scale", style: `width:${(100 * bar.pixels) / side}%` },
      element("span", {}, bar.text),
    );
    const label = `${pass.label}: open in Review`;
    const frame = element(
      "button",
      {
        type: "button",
        class: "picture",
        title: pass.name,
        "aria-label": label,
        onclick: () => this.open(pass.scene_id, site.x, site.y),
      },
      picture,
      scale,
    );
    frame.append(marks);
    const conditions = conditionsText(pass, site);
    const name = element(
      "span",
      { class: "date" },
      element("i", { style: `background:${passColor(index, place.passes.length)}` }),
      pass.label,
    );
    return element(
      "figure",
      { class: seen ? "seen" : "" },
      frame,
      ...this.causes(place, site, pass),
      element("figcaption", {}, name, element("span", {}, slickText(pass, site, place.radius_px))),
      conditions ? element("div", { class: "conditions" }, conditions) : null,
    );
  }
}

/** @param {PlaceDocument} place @param {SiteRow} site @returns {string} why the sheet of a site has no passes; "" if it has some */
export function emptyText(place, site) {
  if (site.covering.length) return "";
  if (!place.passes.length)
    return "This place has no passes. Import scenes that cover it, or add them to the place.";
  const number = place.passes.length === 1 ? "The pass" : `None of the ${place.passes.length} passes`;
  return `${number} of this place ${place.passes.length === 1 ? "has no" : "has"} valid pixels at this site. Move the site onto an image, or import scenes that cover it.`;
}

/**
 * @param {Pick<PassRow, "scene_id" | "slicks">} pass @param {Pick<SiteRow, "x" | "y" | "seen" | "examined" | "covering" | "wind_usable">} site @param {number} radius of a site
 * @returns {string} whether a slick of the pass begins at the site, only crosses it, or neither; or why that is unknown
 */
export function slickText(pass, site, radius) {
  if (site.seen.includes(pass.scene_id)) return "slick";
  if (pass.slicks.some((slick) => slick.rings.some((ring) => distanceTo(ring, site) <= radius)))
    return "passes by";
  if (site.examined.includes(pass.scene_id)) return "none";
  return site.wind_usable[site.covering.indexOf(pass.scene_id)] === false ? "wind unusable" : "no mask";
}

/** @param {Pick<PassRow, "scene_id" | "wind">} pass @param {Pick<SiteRow, "covering" | "incidence_deg" | "image_wind_ms">} site @returns {string} wind and incidence angle of a pass at a site; "" if unknown */
export function conditionsText(pass, site) {
  const at = site.covering.indexOf(pass.scene_id);
  const [incidence, image] = [site.incidence_deg[at] ?? null, site.image_wind_ms[at] ?? null];
  return [
    pass.wind,
    image === null ? "" : `image ${decimal(image, 1)} m/s`,
    incidence === null ? "" : `incidence ${Math.round(incidence)}°`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** Side of the ground that a sheet shows: most slicks of the site, at least some radii. @param {PlaceDocument} place @param {SiteRow} site */
function sideOf(place, site) {
  const reach = place.passes.flatMap((pass) =>
    pass.slicks
      .filter((slick) => slick.site === site.number)
      .map((slick) =>
        Math.max(
          ...[0, 2].map((end) =>
            Math.hypot((slick.ends[end] ?? 0) - site.x, (slick.ends[end + 1] ?? 0) - site.y),
          ),
        ),
      ),
  );
  const usual = reach.sort((one, other) => one - other)[Math.floor(reach.length * 0.7)] ?? 0;
  return Math.min(2.3 * Math.max(usual, LEAST_SIDE_PX / 2, place.radius_px * 1.5), 4096);
}

/** @param {number[][]} rings @param {number} x @param {number} y @param {number} side whether any point is inside */
function near(rings, x, y, side) {
  return rings.some((ring) =>
    ring.some(
      (value, i) =>
        i % 2 === 0 &&
        value >= x &&
        value <= x + side &&
        (ring[i + 1] ?? 0) >= y &&
        (ring[i + 1] ?? 0) <= y + side,
    ),
  );
}

/** @param {number[]} ring flat x, y @param {{x: number, y: number}} point @returns {number} distance to the nearest edge, pixels */
function distanceTo(ring, point) {
  let least = Infinity;
  for (let i = 0; i + 1 < ring.length; i += 2) {
    const [x, y] = [ring[i] ?? 0, ring[i + 1] ?? 0];
    const next = (i + 2) % ring.length;
    const [alongX, alongY] = [(ring[next] ?? 0) - x, (ring[next + 1] ?? 0) - y];
    const share =
      ((point.x - x) * alongX + (point.y - y) * alongY) / Math.max(alongX ** 2 + alongY ** 2, 1e-9);
    const at = Math.min(1, Math.max(0, share));
    least = Math.min(least, Math.hypot(point.x - x - at * alongX, point.y - y - at * alongY));
  }
  return least;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
