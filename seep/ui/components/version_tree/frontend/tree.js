/**
 * The table of versions with their lines of descent at its left.
 *
 * @import { TreeData, Version } from "./types.js"
 */

import { attach, element, svgElement } from "../../shared/dom.js";
import { ROW_PX, branch, dot, treeWidth } from "./paths.js";
import { alone, kept, toggled } from "./selection.js";
import { STYLE } from "./style.js";

const DOT_PX = 4.5;
const HALO_PX = 7.5;

export class Tree {
  /**
   * @param {ShadowRoot | HTMLElement} parent
   * @param {TreeData} data
   * @param {(ids: number[]) => void} select told when the choice changes
   */
  constructor(parent, data, select) {
    this.select = select;
    this.chosen = data.selected;
    this.shown = "";
    this.root = element("div", { class: "tree" });
    attach(parent, STYLE, this.root);
    this.root.addEventListener("click", (event) => this.click(event));
    this.root.addEventListener("keydown", (event) => this.press(event));
  }

  /** @param {TreeData} data */
  update(data) {
    const text = JSON.stringify([data.rows, data.columns]);
    if (text !== this.shown) {
      this.shown = text;
      this.ids = data.rows.map((row) => row.id);
      this.draw(data);
    }
    this.mark(kept(this.chosen, this.ids ?? []));
  }

  /** @param {TreeData} data */
  draw(data) {
    const table = element("table");
    table.setAttribute("role", "grid");
    table.setAttribute("aria-multiselectable", "true");
    table.setAttribute("aria-label", "Versions");
    const head = element("thead");
    const names = element("tr");
    names.append(
      element("th", {}, ""),
      element("th", { class: "lines" }, ""),
      ...data.columns.map((one) => element("th", {}, one)),
    );
    head.append(names);
    const body = element("tbody");
    const width = treeWidth(data.rows);
    body.append(...data.rows.map((row) => line(row, width)));
    table.append(head, body);
    this.root.replaceChildren(table, lines(data.rows, width));
    this.rows = /** @type {HTMLElement[]} */ ([...body.children]);
    if (this.rows[0]) this.rows[0].tabIndex = 0;
    const svg = /** @type {SVGElement} */ (this.root.querySelector("svg"));
    svg.style.left = "44px";
    svg.style.top = `${ROW_PX}px`;
  }

  /** @param {Event} event */
  click(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const id = idOf(target);
    if (id === null) return;
    const mouse = /** @type {MouseEvent} */ (event);
    const adds = target.closest(".pick") !== null || mouse.shiftKey || mouse.ctrlKey || mouse.metaKey;
    if (target.closest(".pick") && target.tagName !== "INPUT") event.preventDefault();
    this.choose(adds ? toggled(this.chosen, id) : alone(this.chosen, id));
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (target.closest("tbody tr"));
    const id = idOf(target);
    if (row === null || id === null) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      const next = this.rows?.[(this.rows.indexOf(row) ?? 0) + step];
      if (next) focus(row, next);
    } else if (event.key === "Enter") this.choose(alone(this.chosen, id));
    else if (event.key === " ") this.choose(toggled(this.chosen, id));
    else return;
    event.preventDefault();
  }

  /** @param {number[]} ids */
  choose(ids) {
    this.mark(ids);
    this.select(ids);
  }

  /** @param {number[]} ids */
  mark(ids) {
    this.chosen = ids;
    for (const row of this.rows ?? []) {
      const chosen = ids.includes(Number(row.dataset.id));
      row.setAttribute("aria-selected", String(chosen));
      /** @type {HTMLInputElement} */ (row.querySelector("input")).checked = chosen;
    }
  }
}

/**
 * @param {HTMLElement} from
 * @param {HTMLElement} to
 */
function focus(from, to) {
  from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

/**
 * @param {HTMLElement} target
 * @returns {number | null}
 */
function idOf(target) {
  const row = /** @type {HTMLElement | null} */ (target.closest("tbody tr"));
  return row ? Number(row.dataset.id) : null;
}

/**
 * @param {Version} row
 * @param {number} width of the tree
 * @returns {HTMLElement}
 */
function line(row, width) {
  const box = element("input", { type: "checkbox", tabIndex: -1, "aria-label": `Compare ${row.name}` });
  const pick = element("td", { class: "pick" }, box);
  const space = element("td", { class: "lines" });
  space.style.width = space.style.minWidth = `${width}px`;
  const cells = row.cells.map((text, at) => element("td", { class: at ? "" : "name" }, text));
  return element(
    "tr",
    { tabIndex: -1, "data-id": String(row.id), "data-state": row.state },
    pick,
    space,
    ...cells,
  );
}

/**
 * @param {Version[]} rows
 * @param {number} width
 * @returns {SVGElement}
 */
function lines(rows, width) {
  const svg = svgElement("svg", {
    width: String(width),
    height: String(rows.length * ROW_PX),
    "aria-hidden": "true",
  });
  svg.append(...rows.map((_, at) => svgElement("path", { d: branch(rows, at) })));
  rows.forEach((row, at) => {
    const { x, y } = dot(row.lane, at);
    const place = { cx: String(x), cy: String(y) };
    if (row.state === "active")
      svg.append(svgElement("circle", { ...place, r: String(HALO_PX), class: "halo" }));
    svg.append(svgElement("circle", { ...place, r: String(DOT_PX), class: row.state }));
    if (row.state === "dropped") {
      const cross = `M${x - 4} ${y - 4}l8 8M${x + 4} ${y - 4}l-8 8`;
      svg.append(svgElement("path", { d: cross, class: "cross" }));
    }
  });
  return svg;
}
