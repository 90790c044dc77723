/**
 * The Sites page: map, table and contact sheet of one place.
 *
 * @import { Point, Size, View } from "../../shared/map_view.js"
 * @import { Change, PlaceDocument, SiteData, SiteRow } from "./types.js"
 * @import { Layers } from "./painter.js"
 *
 * @typedef {object} Kept state of a place that survives a change of page
 * @property {View | null} view
 * @property {boolean} whole the view still shows the whole place
 * @property {Set<number>} hidden passes, by index
 * @property {number | null} background scene id
 * @property {boolean} slicks
 * @property {boolean} rings
 * @property {boolean} references
 * @property {Set<number>} selected numbers of sites
 * @typedef {Map<number, Kept>} Memory by place
 */

import { failureText } from "../../shared/api.js";
import { Cache } from "../../shared/cache.js";
import { attach, element } from "../../shared/dom.js";
import { plural } from "../../shared/format.js";
import { fit, keyOf, pan, toImage, zoomAt } from "../../shared/map_view.js";
import { paintReferences } from "../../shared/references.js";
import { fetchExport, fetchPlace, fetchSquare, sendChange } from "./api.js";
import { siteAt, squares } from "./geometry.js";
import { listen } from "./input.js";
import { makeLayers, paintBackground, paintSites, paintSlicks } from "./painter.js";
import { ContactSheet } from "./sheet.js";
import { STYLE } from "./style.js";
import { SiteTable } from "./table.js";
import { savedText, scaleBar } from "./text.js";
import { Toolbar } from "./toolbar.js";

const KEPT_PICTURES = 300;
const PARALLEL = 4;
const BELOW_PX = 20;
const LEAST_HEIGHT_PX = 520;
const REST_MS = 90; // after the last movement, the slicks are drawn sharp again

export class SitePage {
  /** @param {ShadowRoot | HTMLElement} parentElement @param {SiteData} data @param {(scene: number, x: number, y: number) => void} open @param {Memory} memory */
  constructor(parentElement, data, open, memory) {
    this.data = data;
    this.memory = memory;
    /** @type {PlaceDocument | null} */
    this.place = null;
    /** @type {Layers} */
    this.layers = { outlines: [], colors: [] };
    /** @type {Size} */
    this.screen = { width: 0, height: 0 };
    /** @type {SiteRow | null} */
    this.hovered = null;
    /** Whether the next click on the map places a site. @type {"" | "move" | "add"} */
    this.placing = "";
    this.frame = 0;
    this.rest = 0;
    /** @type {View | null} the view of the drawn slicks */
    this.drawn = null;
    this.pictures = new Cache(
      {
        load: (key, signal) => fetchSquare(this.data, key, signal),
        release: (/** @type {ImageBitmap} */ picture) => picture.close(),
        arrived: () => this.draw(),
      },
      KEPT_PICTURES,
      PARALLEL,
    );
    this.canvas = element("canvas", { class: "map" });
    this.overlay = document.createElement("canvas");
    this.said = element("div", { class: "said", role: "status" }, "Loading place…");
    this.trouble = element("div", { class: "trouble", role: "alert", hidden: true });
    this.bar = element("div", { class: "scale-bar", "aria-hidden": "true" });
    const label =
      "Map of the place. Arrow keys pan, plus and minus zoom, F fits the place, N and P select the next and previous site.";
    this.stage = element(
      "div",
      { class: "stage", role: "application", tabIndex: 0, "aria-label": label },
      this.canvas,
      this.bar,
      this.trouble,
      this.said,
    );
    this.table = new SiteTable({
      select: (number, more) => this.select(number, more),
      change: (change) => this.change(change),
      move: () => this.startPlacing("move"),
    });
    this.sheet = new ContactSheet(open, (change) => this.change(change));
    this.toolbar = new Toolbar(this);
    const main = element("div", { class: "main" }, this.stage, this.table.root);
    this.root = element(
      "div",
      { class: "site-map" },
      this.toolbar.above,
      main,
      this.toolbar.legend,
      this.sheet.root,
    );
    attach(parentElement, STYLE, this.root);
    listen(this);
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(this.stage);
    this.onResize = () => this.fill();
    window.addEventListener("resize", this.onResize);
  }

  /** @returns {Kept} */
  get kept() {
    const id = this.data.place_id;
    const kept = this.memory.get(id) ?? {
      view: null,
      whole: true,
      hidden: new Set(),
      background: null,
      slicks: true,
      rings: true,
      references: true,
      selected: new Set(),
    };
    this.memory.set(id, kept);
    return kept;
  }

  /** @param {SiteData} data */
  update(data) {
    const other = data.place_id !== this.data.place_id;
    if (data.site !== null && (other || !this.place))
      this.memory.set(data.place_id, { ...this.kept, selected: new Set([data.site]) });
    this.data = data;
    if (other) this.place = null;
    this.fill();
    void this.load();
  }

  async load() {
    const id = this.data.place_id;
    try {
      const place = await fetchPlace(this.data);
      if (id === this.data.place_id) this.show(place);
    } catch (error) {
      if (id === this.data.place_id && !this.place) {
        const again = element("button", { type: "button", onclick: () => void this.load() }, "Try again");
        this.said.replaceChildren(
          element("div", {}, `The place could not be loaded. ${failureText(error)}`),
          again,
        );
      }
    }
  }

  /** @param {PlaceDocument} place */
  show(place) {
    const same = this.place?.version === place.version;
    this.place = place;
    if (!same) this.layers = makeLayers(place);
    this.drawn = null;
    const numbers = new Set(place.sites.map((site) => site.number));
    for (const number of this.kept.selected) if (!numbers.has(number)) this.kept.selected.delete(number);
    this.said.hidden = true;
    this.toolbar.show(place);
    this.table.show(place, this.kept.selected);
    this.showSheet();
    this.root.setAttribute("data-place", String(place.id));
    this.root.setAttribute("data-version", place.version);
    this.resize();
  }

  /** @param {Change} change */
  async change(change) {
    this.trouble.hidden = true;
    this.placing = "";
    this.stage.classList.remove("placing");
    try {
      const before = new Set(this.place?.sites.map((site) => site.number));
      const place = await sendChange(this.data, change);
      this.show(place);
      this.toolbar.say(
        savedText(
          change,
          place.sites.map((site) => site.number).filter((number) => !before.has(number)),
        ),
      );
    } catch (error) {
      this.trouble.textContent = failureText(error);
      this.trouble.hidden = false;
    }
  }

  /** Download the deliverables of the place. */
  async export() {
    const { place } = this;
    if (!place) return;
    this.trouble.hidden = true;
    this.toolbar.exporting(true);
    try {
      const address = URL.createObjectURL(await fetchExport(this.data));
      element("a", { href: address, download: `${place.name} sites.zip` }).click();
      window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
      this.toolbar.say("Exported");
    } catch (error) {
      this.trouble.textContent = failureText(error);
      this.trouble.hidden = false;
      this.toolbar.say("");
    }
    this.toolbar.exporting(false);
  }

  /** @param {number} number @param {boolean} [more] keep the other ones selected */
  select(number, more = false) {
    const { selected } = this.kept;
    const had = selected.has(number);
    if (!more) selected.clear();
    if (more && had) selected.delete(number);
    else selected.add(number);
    this.refresh();
    this.table.reveal(number);
  }

  /** Select the next site in the order of numbers. @param {number} step */
  step(step) {
    const sites = this.place?.sites ?? [];
    if (!sites.length) return;
    const at = sites.findIndex((site) => this.kept.selected.has(site.number));
    const next = sites[(at + step + sites.length) % sites.length] ?? sites[0];
    if (next) this.select(next.number);
  }

  clear() {
    this.kept.selected.clear();
    this.placing = "";
    this.stage.classList.remove("placing");
    this.refresh();
  }

  refresh() {
    if (!this.place) return;
    this.table.show(this.place, this.kept.selected);
    this.showSheet();
    this.drawn = null;
    this.draw();
  }

  showSheet() {
    if (!this.place) return;
    const [number] = this.kept.selected;
    const one =
      this.kept.selected.size === 1 ? this.place.sites.find((site) => site.number === number) : undefined;
    this.sheet.show(this.data, this.place, one ?? null);
  }

  /** @param {"move" | "add"} what */
  startPlacing(what) {
    this.placing = what;
    this.stage.classList.add("placing");
    this.toolbar.say("Click the position on the map. Esc cancels.");
    this.stage.focus();
  }

  /** @param {Point} at on the screen @param {boolean} more */
  click(at, more) {
    const { view } = this.kept;
    if (!this.place || !view) return;
    if (this.placing) {
      const point = toImage(view, at);
      const change = {
        action: this.placing,
        sites: this.placing === "move" ? [...this.kept.selected].slice(0, 1) : [],
        x: Math.round(point.x),
        y: Math.round(point.y),
      };
      return void this.change(change);
    }
    const site = siteAt(this.place.sites, view, at);
    if (site) this.select(site.number, more);
    else if (!more) this.clear();
  }

  /** @param {Point | null} at on the screen */
  hover(at) {
    const { view } = this.kept;
    const site = at && view && this.place && this.kept.rings ? siteAt(this.place.sites, view, at) : null;
    this.toolbar.showPoint(at && view ? toImage(view, at) : null, site);
    if (site === this.hovered) return;
    this.hovered = site;
    this.stage.classList.toggle("over", site !== null);
    this.draw();
  }

  fill() {
    const top = Math.max(0, this.root.getBoundingClientRect().top);
    const height = this.data.height_px ?? Math.max(LEAST_HEIGHT_PX, window.innerHeight - top - BELOW_PX);
    this.root.style.height = `${height}px`;
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!this.place || !width || !height) return;
    const { view } = this.kept;
    const before = this.screen;
    this.screen = { width, height };
    if (!view || this.kept.whole) this.kept.view = fit(this.place.bounds, this.screen);
    else if (before.width && (before.width !== width || before.height !== height)) {
      const [dx, dy] = [(width - before.width) / 2, (height - before.height) / 2];
      this.kept.view = pan(view, dx, dy, this.place.bounds, this.screen);
    }
    this.drawn = null;
    this.draw();
  }

  fit() {
    if (this.place) this.look(fit(this.place.bounds, this.screen), true);
  }

  /** @param {number} factor @param {Point} [at] */
  zoom(factor, at = { x: this.screen.width / 2, y: this.screen.height / 2 }) {
    if (this.place && this.kept.view)
      this.look(zoomAt(this.kept.view, factor, at, this.place.bounds, this.screen));
  }

  /** @param {number} dx @param {number} dy */
  move(dx, dy) {
    const { view } = this.kept;
    if (this.place && view) this.look(pan(view, dx, dy, this.place.bounds, this.screen));
  }

  /** @param {View} view @param {boolean} [whole] whether it shows the whole place, also after a change of size */
  look(view, whole = false) {
    this.kept.view = view;
    this.kept.whole = whole;
    clearTimeout(this.rest);
    this.rest = window.setTimeout(() => {
      this.drawn = null;
      this.draw();
    }, REST_MS);
    this.draw();
  }

  draw() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.frame = 0;
    const { place, canvas, overlay, screen, kept } = this;
    const { view } = kept;
    const context = canvas.getContext("2d", { alpha: false });
    if (!place || !view || !context || !screen.width) return;
    const ratio = window.devicePixelRatio || 1;
    for (const one of [canvas, overlay]) {
      const [width, height] = [Math.round(screen.width * ratio), Math.round(screen.height * ratio)];
      if (one.width !== width) one.width = width;
      if (one.height !== height) one.height = height;
    }
    const wanted = kept.background === null ? [] : squares(view, place.bounds, screen, ratio);
    this.pictures.want(wanted.map((square) => `${kept.background}/${keyOf(square)}`));
    paintBackground(context, place, view, screen, ratio, kept.background, this.pictures);
    if (kept.slicks) this.drawSlicks(context, view, ratio);
    if (kept.references) paintReferences(context, place.references, view, ratio);
    if (kept.rings) paintSites(context, place, view, ratio, kept.selected, this.hovered, kept.hidden);
    const bar = scaleBar(120 / view.scale, place.pixel_m);
    this.bar.style.width = `${bar.pixels * view.scale}px`;
    this.bar.textContent = bar.text;
    this.stage.setAttribute("data-view", [view.scale, view.x, view.y].join());
    this.stage.setAttribute("data-settled", String(this.pictures.settled));
  }

  /** Draw the slicks, or while the view moves the picture of them. @param {CanvasRenderingContext2D} context @param {View} view @param {number} ratio */
  drawSlicks(context, view, ratio) {
    const layer = this.overlay.getContext("2d");
    if (!layer) return;
    if (!this.drawn) {
      paintSlicks(layer, this.layers, view, ratio, this.kept.hidden);
      this.drawn = view;
    }
    const scale = view.scale / this.drawn.scale;
    context.setTransform(
      scale,
      0,
      0,
      scale,
      (view.x - this.drawn.x * scale) * ratio,
      (view.y - this.drawn.y * scale) * ratio,
    );
    context.drawImage(this.overlay, 0, 0);
  }

  /** @returns {string} what the place holds */
  summary() {
    const { place } = this;
    if (!place) return "";
    const slicks = place.passes.reduce((sum, pass) => sum + pass.slicks.length, 0);
    return `${plural(place.sites.length, "site")}, ${plural(slicks, "slick")}, ${plural(place.passes.length, "pass", "passes")}`;
  }

  destroy() {
    clearTimeout(this.rest);
    cancelAnimationFrame(this.frame);
    this.frame = -1;
    this.resizer.disconnect();
    window.removeEventListener("resize", this.onResize);
    this.pictures.clear();
  }
}
