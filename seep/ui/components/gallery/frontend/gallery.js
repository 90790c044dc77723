/**
 * The grid: holds the tiles, the selection and the focused cell.
 *
 * @import { GalleryData, Tile } from "./types.js"
 * @import { Cell } from "./cell.js"
 * @import { Selection } from "./selection.js"
 */

import { attach, element } from "../../shared/dom.js";
import { setStates } from "../../shared/states.js";
import { RubberBand } from "./rubber_band.js";
import { fetchPicture, makeCell, showTile } from "./cell.js";
import { layOut, moved, touched } from "./layout.js";
import { banded, extended, inOrder, kept, selectionOf, toggled } from "./selection.js";
import { STYLE } from "./style.js";

const AHEAD = "480px 0px"; // distance at which thumbnails start to load
const BELOW_PX = 36; // the page's own margin under the grid
const LEAST_HEIGHT_PX = 240;
const REPORT_AFTER_MS = 120;
const LEAST_IDLE_MS = 2; // in which another cell is filled

/**
 * @typedef {object} GalleryEvents
 * @property {(id: number) => void} open
 * @property {(ids: number[]) => void} select
 * @property {(ids: number[]) => void} accept
 * @property {() => void} undo the last accept
 *
 * @typedef {object} Place scroll position and focus, kept while another page is shown
 * @property {number} scrollTop
 * @property {number | null} focused
 */

export class Gallery {
  /**
   * @param {ShadowRoot | HTMLElement} parent
   * @param {GalleryData} data
   * @param {GalleryEvents} events
   * @param {Place} place
   */
  constructor(parent, data, events, place) {
    this.data = data;
    this.events = events;
    this.place = place;
    /** @type {Map<number, Cell>} */
    this.cells = new Map();
    /** Tiles whose cells are empty still, by id. @type {Map<number, Tile>} */
    this.waiting = new Map();
    this.filling = false;
    /** @type {number[]} */
    this.ids = [];
    /** @type {Selection} */
    this.selection = selectionOf(data.selected);
    this.choice = data.choice;
    this.layout = layOut(0, 0, data.size_px);
    this.reportTimer = 0;
    this.root = element("div", { class: "gallery" });
    this.scroller = element("div", { class: "scroller" });
    this.grid = element("div", { class: "grid" });
    this.tally = element("div", { class: "tally" });
    this.tallyText = element("span");
    this.build(parent);
    this.observer = new IntersectionObserver((seen) => this.fetchSeen(seen), {
      root: this.scroller,
      rootMargin: AHEAD,
    });
    this.resizer = new ResizeObserver(() => this.arrange(this.ids.length));
    this.resizer.observe(this.scroller);
    this.onResize = () => this.fit();
    window.addEventListener("resize", this.onResize);
  }

  /** @param {ShadowRoot | HTMLElement} parent */
  build(parent) {
    this.grid.setAttribute("role", "listbox");
    this.grid.setAttribute("aria-multiselectable", "true");
    this.grid.setAttribute("aria-label", "Tiles");
    this.tallyText.setAttribute("role", "status");
    const clear = element("button", {}, "Clear");
    clear.title = "Clear the selection (Escape)";
    clear.addEventListener("click", () => this.select(selectionOf([])));
    this.tally.hidden = true;
    this.tally.append(this.tallyText, clear);
    this.scroller.append(this.grid);
    this.root.append(this.scroller, this.tally);
    attach(parent, STYLE, this.root);
    this.grid.addEventListener("click", (event) => this.click(event));
    this.grid.addEventListener("keydown", (event) => this.press(event));
    this.grid.addEventListener("focusin", (event) => this.focused(event));
    this.scroller.addEventListener("scroll", () => (this.place.scrollTop = this.scroller.scrollTop), {
      passive: true,
    });
    this.listenToBand();
  }

  listenToBand() {
    let start = this.selection;
    let keep = false;
    this.band = new RubberBand(this.scroller, this.grid, {
      begin: (added) => {
        start = this.selection;
        keep = added;
      },
      move: (area) => {
        const inside = touched(this.layout, area).map((index) => /** @type {number} */ (this.ids[index]));
        this.mark(banded(start, inside, keep));
      },
      end: () => this.select(this.selection),
      abandon: () => this.select(start),
    });
  }

  /** @param {GalleryData} data */
  update(data) {
    setStates(data.states);
    this.data = data;
    const ids = data.tiles.map((tile) => tile.id);
    this.fit();
    this.arrange(ids.length);
    for (const tile of data.tiles) this.take(tile);
    if (ids.join() !== this.ids.join()) this.replace(ids);
    this.fillWhenIdle();
    this.grid.classList.remove("opening");
    if (data.choice !== this.choice) {
      this.choice = data.choice;
      this.select(kept(selectionOf(data.selected), ids));
    } else this.mark(kept(this.selection, ids));
  }

  /**
   * Show a tile in its cell; a new cell stays empty for now.
   *
   * @param {Tile} tile
   */
  take(tile) {
    let cell = this.cells.get(tile.id);
    if (!cell) {
      cell = makeCell(tile.id);
      this.cells.set(tile.id, cell);
      this.observer.observe(cell.element);
    }
    if (cell.image) this.showTile(cell, tile);
    else this.waiting.set(tile.id, tile);
  }

  /**
   * @param {Cell} cell
   * @param {Tile} tile
   */
  showTile(cell, tile) {
    showTile(cell, tile, { ...this.data, size_px: this.layout.pictureSize });
  }

  /**
   * Fill the cell of a tile if it is empty.
   *
   * @param {number} id
   */
  fill(id) {
    const cell = this.cells.get(id);
    const tile = this.waiting.get(id);
    this.waiting.delete(id);
    if (cell && tile) this.showTile(cell, tile);
  }

  /**
   * Fill the cells in the window; all at once would take most of the time until the page is painted.
   *
   * @param {number} top scroll position
   */
  fillView(top) {
    const area = { left: 0, right: this.scroller.clientWidth, top, bottom: top + this.scroller.clientHeight };
    for (const index of touched(this.layout, area)) this.fill(/** @type {number} */ (this.ids[index]));
  }

  /** Fill the other cells whenever there is nothing else to do. */
  fillWhenIdle() {
    if (this.filling || !this.waiting.size) return;
    this.filling = true;
    whenIdle((remainingMs) => {
      this.filling = false;
      for (const id of this.waiting.keys()) {
        this.fill(id);
        if (remainingMs() < LEAST_IDLE_MS) break;
      }
      this.fillWhenIdle();
    });
  }

  /**
   * Show other tiles, or the same in another order. A new list starts at the top.
   *
   * @param {number[]} ids
   */
  replace(ids) {
    const first = this.ids.length === 0;
    const shown = new Set(ids);
    for (const [id, cell] of this.cells) {
      if (shown.has(id)) continue;
      this.observer.unobserve(cell.element);
      this.cells.delete(id);
      this.waiting.delete(id);
    }
    this.ids = ids;
    const top = first ? this.place.scrollTop : 0;
    this.fillView(top); // before the cells are in the page: no layout is needed
    this.grid.replaceChildren(...ids.map((id) => /** @type {Cell} */ (this.cells.get(id)).element));
    const focus = this.place.focused !== null && shown.has(this.place.focused) ? this.place.focused : ids[0];
    this.makeFocusable(focus ?? null);
    requestAnimationFrame(() => (this.scroller.scrollTop = top));
  }

  /** Extend the grid to the lower edge of the window. */
  fit() {
    const top = Math.max(0, this.scroller.getBoundingClientRect().top);
    const height = this.data.height_px ?? Math.max(LEAST_HEIGHT_PX, window.innerHeight - top - BELOW_PX);
    this.scroller.style.height = `${height}px`;
  }

  /** @param {number} count of cells */
  arrange(count) {
    this.layout = layOut(this.scroller.clientWidth, count, this.data.size_px);
    const { style } = this.grid;
    style.setProperty("--cell-width", `${this.layout.cellWidth}px`);
    style.setProperty("--picture-size", `${this.layout.pictureSize}px`);
    style.setProperty("--cell-height", `${this.layout.cellHeight}px`);
    style.gridTemplateColumns = `repeat(${this.layout.columns}, ${this.layout.cellWidth}px)`;
  }

  /** @param {IntersectionObserverEntry[]} seen */
  fetchSeen(seen) {
    for (const entry of seen) {
      const id = idOf(entry.target);
      const cell = entry.isIntersecting && this.cells.get(id);
      if (!cell) continue;
      this.fill(id);
      fetchPicture(cell);
    }
  }

  /** @param {MouseEvent} event */
  click(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const element = /** @type {HTMLElement | null} */ (target.closest(".cell"));
    if (!element || this.band?.moved) return; // the click that ends a drag
    const id = idOf(element);
    if (event.shiftKey) this.select(extended(this.selection, id, this.ids));
    else if (event.ctrlKey || event.metaKey || target.closest("[data-role=tick]"))
      this.select(toggled(this.selection, id));
    else this.open(id);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const id = this.place.focused;
    if (id === null) return;
    const target = moved(
      this.layout,
      this.ids.indexOf(id),
      event.key,
      Math.floor(this.scroller.clientHeight / this.layout.stepY),
    );
    if (target !== null) this.goTo(/** @type {number} */ (this.ids[target]), event.shiftKey);
    else if (event.key === "Enter") this.open(id);
    else if (event.key === " ") this.select(toggled(this.selection, id));
    else if (event.key === "Escape") this.escape();
    else if (event.key === "a" && (event.ctrlKey || event.metaKey))
      this.select({ ids: new Set(this.ids), anchor: id });
    else if (event.key === "a" && !event.altKey)
      this.events.accept(this.selection.ids.size ? inOrder(this.selection, this.ids) : [id]);
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.events.undo();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  escape() {
    if (this.band?.active) this.band.release(false);
    else this.select(selectionOf([]));
  }

  /**
   * @param {number} id
   * @param {boolean} selecting
   */
  goTo(id, selecting) {
    if (selecting && this.selection.anchor === null && this.place.focused !== null)
      this.selection = extended(this.selection, this.place.focused, this.ids);
    if (selecting) this.select(extended(this.selection, id, this.ids));
    this.cells.get(id)?.element.focus();
  }

  /** @param {FocusEvent} event */
  focused(event) {
    this.makeFocusable(idOf(/** @type {Element} */ (event.target)));
  }

  /** @param {number | null} id */
  makeFocusable(id) {
    const before = this.place.focused === null ? undefined : this.cells.get(this.place.focused);
    if (before) before.element.tabIndex = -1;
    this.place.focused = id;
    const now = id === null ? undefined : this.cells.get(id);
    if (now) now.element.tabIndex = 0;
  }

  /** @param {number} id */
  open(id) {
    clearTimeout(this.reportTimer); // a rerun for the selection right afterwards would lose the opening
    this.grid.classList.add("opening");
    this.makeFocusable(id);
    this.events.open(id);
  }

  /**
   * Select, and report to Python after a pause.
   *
   * @param {Selection} selection
   */
  select(selection) {
    this.mark(selection);
    clearTimeout(this.reportTimer);
    this.reportTimer = window.setTimeout(
      () => this.events.select(inOrder(this.selection, this.ids)),
      REPORT_AFTER_MS,
    );
  }

  /**
   * Show a selection without telling Python yet.
   *
   * @param {Selection} selection
   */
  mark(selection) {
    for (const id of new Set([...this.selection.ids, ...selection.ids])) {
      this.cells.get(id)?.element.setAttribute("aria-selected", String(selection.ids.has(id)));
    }
    this.selection = selection;
    this.tally.hidden = selection.ids.size === 0;
    this.tallyText.textContent = selection.ids.size ? `${selection.ids.size} selected` : "";
  }

  destroy() {
    this.waiting.clear();
    clearTimeout(this.reportTimer);
    window.removeEventListener("resize", this.onResize);
    this.observer.disconnect();
    this.resizer.disconnect();
  }
}

/**
 * Call when the browser has nothing else to do. Safari cannot tell, so there it is soon.
 *
 * @param {(remainingMs: () => number) => void} call is given how much time is left
 */
function whenIdle(call) {
  if ("requestIdleCallback" in window) {
    window.requestIdleCallback((deadline) => call(() => deadline.timeRemaining()));
    return;
  }
  setTimeout(() => {
    const end = performance.now() + 8;
    call(() => end - performance.now());
  }, 20);
}

/** @param {Element} element */
function idOf(element) {
  return Number(/** @type {HTMLElement} */ (element).dataset.id);
}
