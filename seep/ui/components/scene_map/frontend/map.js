/**
 * The map: holds the scene, the view and the layers, and paints at most once per frame.
 *
 * @import { Point, Size, View } from "../../shared/map_view.js"
 * @import { Choices, MapData, SceneDocument, SceneTile } from "./types.js"
 * @import { Picture } from "./painter.js"
 */

import { failureText } from "../../shared/api.js";
import { fetchScene, fetchSquare } from "./api.js";
import { Cache } from "../../shared/cache.js";
import { attach, element } from "../../shared/dom.js";
import { boundsOf, center, fit, keyOf, pan, squaresIn, toImage, zoomAt } from "../../shared/map_view.js";
import { setStates } from "../../shared/states.js";
import { ownParts, tileAt } from "./geometry.js";
import { listen } from "./input.js";
import { paint, paintMinimap, wanted } from "./painter.js";
import { Panels } from "./panels.js";
import { STYLE } from "./style.js";
import { setAboutSeeps } from "../../shared/words.js";

const KEPT_PICTURES = 400; // 256 x 256 x 4 bytes each: 100 MB
const PARKED_PICTURES = 120; // while other pages are shown
const PARALLEL = 6; // connections per host over HTTP/1.1
const BELOW_PX = 20;
const LEAST_HEIGHT_PX = 320;
const MINIMAP_PX = 168;
const DESTROYED = -1; // instead of the number of a frame: nothing is painted any more
const COARSE_MS = 1500; // interval between checks whether the server has created the image

/**
 * @typedef {{data: MapData, scene: SceneDocument, pictures: Cache<Picture>, masks: Cache<Picture>}} Parked the last scene
 * @typedef {{views: Map<number, View>, choices: Choices, parked: Parked | null}} Memory state that survives a change of page
 */

export class SceneMap {
  /**
   * @param {ShadowRoot | HTMLElement} parentElement
   * @param {MapData} data
   * @param {(id: number) => void} open
   * @param {Memory} memory
   */
  constructor(parentElement, data, open, memory) {
    this.data = data;
    this.open = open;
    this.memory = memory;
    /** @type {SceneDocument | null} */
    this.scene = null;
    /** @type {Map<number, import("../../shared/map_view.js").Rect>} */
    this.parts = new Map();
    /** @type {View} */
    this.view = { scale: 1, x: 0, y: 0 };
    /** @type {Size} */
    this.screen = { width: 0, height: 0 };
    /** Pointer position on the screen; null outside the map. @type {Point | null} */
    this.at = null;
    /** @type {SceneTile | null} */
    this.hovered = null;
    /** @type {number | null} the scene that the view belongs to */
    this.placed = null;
    this.frame = 0;
    this.waiting = 0;
    this.pictures = new Cache(this.source("image_version"), KEPT_PICTURES, PARALLEL);
    this.masks = new Cache(this.source("mask_version"), KEPT_PICTURES, PARALLEL);
    this.canvas = element("canvas", { class: "map" });
    this.minimap = element("canvas", { class: "minimap", hidden: true, "aria-hidden": "true" });
    this.said = element("div", { class: "said", role: "status" }, "Loading scene…");
    this.busy = element("div", { class: "busy", role: "status", hidden: true });
    this.trouble = element("div", { class: "trouble", role: "status", hidden: true });
    this.panels = new Panels(this.memory.choices, {
      choose: (choices) => this.choose(choices),
      zoom: (factor) => this.zoom(factor),
      fit: () => this.fit(),
    });
    const label =
      "Scene map. Arrow keys pan, plus and minus zoom, F fits the scene, Enter opens the tile under the pointer or in the center.";
    this.stage = element(
      "div",
      { class: "stage", role: "application", tabIndex: 0, "aria-label": label },
      this.canvas,
      this.panels.bar,
      this.minimap,
      this.busy,
      this.trouble,
      this.said,
    );
    this.root = element("div", { class: "scene-map" }, this.panels.above, this.stage, this.panels.below);
    attach(parentElement, STYLE, this.root);
    listen(this);
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(this.stage);
    this.onResize = () => this.fill();
    this.onReturn = () => document.visibilityState === "visible" && void this.load();
    window.addEventListener("resize", this.onResize);
    document.addEventListener("visibilitychange", this.onReturn);
  }

  /** @param {"image_version" | "mask_version"} version @returns {import("../../shared/cache.js").Source<Picture>} */
  source(version) {
    return {
      load: (/** @type {string} */ key, /** @type {AbortSignal} */ signal) =>
        fetchSquare(this.data, key, this.scene?.[version] ?? "", signal),
      release: (/** @type {Picture} */ picture) => picture.close(),
      arrived: () => this.draw(),
    };
  }

  /** @param {MapData} data */
  update(data) {
    const other = data.scene_id !== this.data.scene_id;
    setStates(data.states);
    setAboutSeeps(data.about_seeps);
    this.data = data;
    if (other) this.forget();
    this.takeParked();
    this.fill();
    void this.load();
  }

  forget() {
    this.pictures.clear();
    this.masks.clear();
    this.scene = this.hovered = this.placed = null;
    this.say("Loading scene…");
  }

  /** Keep the scene and its images for the next visit of the page. */
  park() {
    const { data, scene, pictures, masks } = this;
    if (!scene) return;
    for (const one of [pictures, masks]) one.park(PARKED_PICTURES);
    this.memory.parked = { data, scene, pictures, masks };
  }

  /** Show the parked scene, if it is this one, until its document is loaded again. */
  takeParked() {
    const { parked } = this.memory;
    this.memory.parked = null;
    if (!parked) return;
    const { data, scene, pictures, masks } = parked;
    if (this.scene || data.scene_id !== this.data.scene_id || data.author !== this.data.author) {
      for (const one of [pictures, masks]) one.clear();
      return;
    }
    this.pictures = pictures;
    this.masks = masks;
    pictures.source = this.source("image_version");
    masks.source = this.source("mask_version");
    this.show(scene);
  }

  /** Load the document at first and whenever the page becomes visible again. */
  async load() {
    const id = this.data.scene_id;
    try {
      const scene = await fetchScene(this.data);
      if (id === this.data.scene_id && this.frame !== DESTROYED) this.show(scene);
    } catch (error) {
      if (id === this.data.scene_id && !this.scene) this.fail(failureText(error));
    }
  }

  /** @param {SceneDocument} scene */
  show(scene) {
    const before = this.scene;
    this.scene = scene;
    this.parts = ownParts(scene.tiles);
    if (before && before.image_version !== scene.image_version) this.pictures.renew();
    if (before && before.mask_version !== scene.mask_version) this.masks.renew();
    clearTimeout(this.waiting);
    if (scene.picture === "coarse") this.waiting = window.setTimeout(() => this.load(), COARSE_MS);
    this.panels.showLegend(scene);
    this.root.setAttribute("data-scene", String(this.data.scene_id));
    this.said.hidden = true;
    if (!before) this.resize();
    this.hover(this.at); // keep the readout while finer images load
    this.draw();
  }

  /** @param {string} sentence @param {Node[]} more */
  say(sentence, ...more) {
    this.root.removeAttribute("data-scene");
    this.said.replaceChildren(element("div", {}, sentence), ...more);
    this.said.hidden = false;
  }

  /** @param {string} reason */
  fail(reason) {
    const again = element(
      "button",
      { type: "button", onclick: () => (this.say("Loading scene…"), void this.load()) },
      "Try again",
    );
    this.say(`The scene could not be loaded. ${reason}`, again);
  }

  /** Extend the map to the lower edge of the window. */
  fill() {
    const top = Math.max(0, this.root.getBoundingClientRect().top);
    const height = this.data.height_px ?? Math.max(LEAST_HEIGHT_PX, window.innerHeight - top - BELOW_PX);
    this.root.style.height = `${height}px`;
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    const before = this.screen;
    this.screen = { width, height };
    if (!this.scene || !width || !height) return;
    const id = this.data.scene_id;
    if (this.placed !== id) this.view = this.memory.views.get(id) ?? fit(boundsOf(this.scene), this.screen);
    else
      this.view = pan(
        this.view,
        (width - before.width) / 2,
        (height - before.height) / 2,
        boundsOf(this.scene),
        this.screen,
      );
    this.placed = id;
    this.draw();
  }

  /** @param {Partial<Choices>} choices */
  choose(choices) {
    Object.assign(this.memory.choices, choices);
    this.draw();
  }

  fit() {
    if (this.scene) this.look(fit(boundsOf(this.scene), this.screen));
  }

  /** @param {number} factor @param {Point} [at] */
  zoom(factor, at = { x: this.screen.width / 2, y: this.screen.height / 2 }) {
    if (this.scene) this.look(zoomAt(this.view, factor, at, boundsOf(this.scene), this.screen));
  }

  /** @param {number} dx @param {number} dy */
  move(dx, dy) {
    if (this.scene) this.look(pan(this.view, dx, dy, boundsOf(this.scene), this.screen));
  }

  /** @param {Point} point of the scene */
  goTo(point) {
    if (this.scene) this.look(center(this.view, point, boundsOf(this.scene), this.screen));
  }

  /** @param {View} view */
  look(view) {
    this.view = view;
    this.memory.views.set(this.data.scene_id, view);
    this.draw();
  }

  /** @param {Point | null} at on the screen */
  hover(at) {
    this.at = at;
    if (!this.scene) return;
    const point = at && toImage(this.view, at);
    const tile = point && tileAt(this.scene.tiles, this.parts, point);
    this.panels.showPoint(this.scene, tile, point);
    this.stage.classList.toggle("over", tile !== null);
    if (tile === this.hovered) return;
    this.hovered = tile;
    this.draw();
  }

  /** @param {Point} at on the screen */
  openAt(at) {
    const tile = this.scene && tileAt(this.scene.tiles, this.parts, toImage(this.view, at));
    if (tile) this.open(tile.id);
  }

  /** Paint at the next frame. */
  draw() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.frame = 0;
    const { scene, canvas, screen } = this;
    const context = canvas.getContext("2d", { alpha: false });
    if (!scene || !context || !screen.width) return;
    const ratio = window.devicePixelRatio || 1;
    sized(canvas, screen, ratio);
    const { choices } = this.memory;
    const scenery = {
      scene,
      parts: this.parts,
      view: this.view,
      screen,
      ratio,
      choices,
      hovered: this.hovered,
    };
    const squares = wanted(scenery).map(keyOf);
    this.pictures.want([
      ...this.coarsest(`${choices.layer}/`),
      ...squares.map((key) => `${choices.layer}/${key}`),
    ]);
    this.masks.want(choices.masks ? squares.map((key) => `mask/${key}`) : []);
    paint(context, scenery, this.pictures, this.masks);
    this.panels.showView(scene, this.view);
    this.paintMinimap(scenery);
    const troubled = [this.pictures, this.masks].find((one) => one.troubled);
    this.trouble.hidden = !troubled;
    this.trouble.textContent = troubled
      ? `Some map tiles failed to load. ${troubled.reason} They are loaded again when the map moves.`
      : "";
    const busy = this.pictures.settled && this.masks.settled ? "" : "Loading the image…";
    this.busy.textContent = busy || (scene.picture === "coarse" ? "Preparing the full resolution…" : "");
    this.busy.hidden = !this.busy.textContent || Boolean(troubled);
    this.stage.setAttribute("data-settled", String(this.pictures.settled && this.masks.settled));
    this.stage.setAttribute("data-view", [this.view.scale, this.view.x, this.view.y].join());
  }

  /** The few squares of the last level: what the minimap shows, and what stands in while finer ones load. @param {string} prefix */
  coarsest(prefix) {
    if (!this.scene) return [];
    const whole = fit(boundsOf(this.scene), this.screen);
    return squaresIn(whole, this.scene.levels - 1, boundsOf(this.scene), this.screen).map(
      (square) => prefix + keyOf(square),
    );
  }

  /** @param {import("./painter.js").Scenery} scenery */
  paintMinimap(scenery) {
    const { scene, screen, view, ratio } = scenery;
    const { minimap } = this;
    minimap.hidden = scene.width * view.scale <= screen.width && scene.height * view.scale <= screen.height;
    if (minimap.hidden) return;
    const scale = MINIMAP_PX / Math.max(scene.width, scene.height);
    const size = { width: Math.max(8, scene.width * scale), height: Math.max(8, scene.height * scale) };
    sized(minimap, size, ratio);
    minimap.style.width = `${size.width}px`;
    minimap.style.height = `${size.height}px`;
    const context = minimap.getContext("2d", { alpha: false });
    if (context) paintMinimap(context, scenery, this.pictures, size);
  }

  destroy() {
    clearTimeout(this.waiting);
    cancelAnimationFrame(this.frame);
    this.frame = DESTROYED;
    this.resizer.disconnect();
    window.removeEventListener("resize", this.onResize);
    document.removeEventListener("visibilitychange", this.onReturn);
    this.park();
  }
}

/** @param {HTMLCanvasElement} canvas @param {Size} size @param {number} ratio */
function sized(canvas, size, ratio) {
  const width = Math.round(size.width * ratio);
  const height = Math.round(size.height * ratio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
